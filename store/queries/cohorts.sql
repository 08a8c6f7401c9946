-- name: due
-- Tenants with a car that has no rank, or with ranks that are old.
SELECT v.tenant_id FROM vehicles v
JOIN assessment_latest l ON l.tenant_id = v.tenant_id AND l.vehicle_id = v.id
LEFT JOIN (SELECT tenant_id, vehicle_id, max(ranked_at) AS ranked_at FROM cohort_ranks
           GROUP BY tenant_id, vehicle_id) c ON c.tenant_id = v.tenant_id AND c.vehicle_id = v.id
WHERE v.powertrain IN ('bev', 'phev')
GROUP BY v.tenant_id
HAVING bool_or(c.vehicle_id IS NULL) OR max(c.ranked_at) < %(before)s
ORDER BY v.tenant_id;

-- name: members
-- Every assessed electric car of a tenant, with its distance and two answers.
SELECT v.id, v.make, v.model, v.chemistry, v.rated_capacity_ah, v.in_service, s.as_of,
       o.metres / 1000 AS km, s.body -> 'answers' -> 'capacity_soh' AS capacity_soh,
       s.body -> 'answers' -> 'resistance' AS resistance
FROM vehicles v
JOIN assessment_latest l ON l.tenant_id = v.tenant_id AND l.vehicle_id = v.id
JOIN assessments s ON s.tenant_id = l.tenant_id AND s.vehicle_id = l.vehicle_id
    AND s.id = l.assessment_id
LEFT JOIN latest w ON w.tenant_id = v.tenant_id AND w.vehicle_id = v.id
LEFT JOIN LATERAL (SELECT u.value AS metres FROM unnest(w.signals, w.readings, w.reasons)
                   AS u (signal, value, reason)
                   WHERE u.signal = %(odometer)s AND u.reason = 0 AND u.value > 0
                   LIMIT 1) o ON true
WHERE v.tenant_id = %(tenant)s AND v.powertrain IN ('bev', 'phev')
ORDER BY v.id;

-- name: forget
-- All ranks of a tenant go.
DELETE FROM cohort_ranks WHERE tenant_id = %(tenant)s;

-- name: keep
-- One rank of a car of the tenant.
INSERT INTO cohort_ranks (tenant_id, vehicle_id, quantity, rule, cohort, cars, needed, percentile,
                          low, high, as_of, ranked_at)
SELECT %(tenant)s, v.id, %(quantity)s, %(rule)s, %(cohort)s, %(cars)s, %(needed)s, %(percentile)s,
       %(low)s, %(high)s, %(as_of)s, %(ranked_at)s
FROM vehicles v WHERE v.tenant_id = %(tenant)s AND v.id = %(vehicle)s;

-- name: of_vehicle
-- All ranks of a car, for its report.
SELECT vehicle_id, quantity, rule, cohort, cars, needed, percentile, low, high, as_of,
       ranked_at
FROM cohort_ranks WHERE vehicle_id = %(vehicle)s ORDER BY quantity;

-- name: seen
-- All ranks of a car in reach.
SELECT vehicle_id, quantity, rule, cohort, cars, needed, percentile, low, high, as_of,
       ranked_at
FROM cohort_ranks
WHERE tenant_id = reach_tenant() AND vehicle_id = %(vehicle)s AND reaches(vehicle_id)
ORDER BY quantity;
