-- name: keep
-- A fresh report, byte for byte.
INSERT INTO reports (tenant_id, id, vehicle_id, issued_at, key_id, public_key, key_since, signed)
SELECT v.tenant_id, %(id)s, v.id, %(issued_at)s, %(key_id)s, %(public_key)s, %(key_since)s,
       %(signed)s
FROM vehicles v WHERE v.id = %(vehicle)s
RETURNING id;

-- name: find
-- A report by its number, whoever asks.
SELECT signed, key_id, public_key, key_since, key_compromised_at, withdrawn, superseded
FROM api_report(%(id)s);

-- name: withdraw
-- A report no longer stands.
UPDATE reports SET withdrawn_at = %(at)s, withdrawn_why = %(why)s
WHERE id = %(id)s AND withdrawn_at IS NULL;

-- name: compromise
-- Reports of a key are marked.
UPDATE reports SET key_compromised_at = %(at)s WHERE key_id = %(key_id)s;

-- name: of_vehicle
-- Reports of a car in reach, newest first.
SELECT r.signed, r.key_id, r.public_key, r.key_since, r.key_compromised_at,
       r.withdrawn_at IS NOT NULL AS withdrawn, p.report_id IS NOT NULL AS printed,
       EXISTS (SELECT FROM reports n WHERE n.tenant_id = r.tenant_id
               AND n.vehicle_id = r.vehicle_id AND n.issued_at > r.issued_at
               AND n.withdrawn_at IS NULL) AS superseded
FROM reports r
LEFT JOIN report_prints p ON p.tenant_id = r.tenant_id AND p.report_id = r.id
WHERE r.tenant_id = reach_tenant() AND r.vehicle_id = %(vehicle)s AND reaches(r.vehicle_id)
  AND (reach_kind() <> 'owner' OR r.issued_at >= reach_floor(r.vehicle_id))
  AND (%(id)s::bigint IS NULL OR r.id = %(id)s)
ORDER BY r.issued_at DESC LIMIT %(most)s;

-- name: vehicle_of
-- The car of a report in reach.
SELECT vehicle_id FROM reports
WHERE tenant_id = reach_tenant() AND id = %(id)s AND reaches(vehicle_id);

-- name: keep_print
-- The printed pages of a report.
INSERT INTO report_prints (tenant_id, report_id, vehicle_id, pdf)
SELECT tenant_id, id, vehicle_id, %(pdf)s FROM reports WHERE id = %(id)s
ON CONFLICT (tenant_id, report_id) DO NOTHING;

-- name: print
-- The printed pages of a report in reach.
SELECT p.pdf FROM report_prints p
JOIN reports r ON r.tenant_id = p.tenant_id AND r.id = p.report_id
WHERE p.tenant_id = reach_tenant() AND p.report_id = %(id)s AND reaches(p.vehicle_id)
  AND (reach_kind() <> 'owner' OR r.issued_at >= reach_floor(r.vehicle_id));

-- name: unprinted
-- Standing reports without printed pages.
SELECT r.signed FROM reports r WHERE r.issued_at > %(since)s AND r.withdrawn_at IS NULL
  AND NOT EXISTS (SELECT FROM report_prints p
                  WHERE p.tenant_id = r.tenant_id AND p.report_id = r.id)
ORDER BY r.issued_at DESC LIMIT %(most)s;

-- name: vin
-- The VIN to mask on a report.
SELECT vin FROM identity.vehicles WHERE vehicle_id = %(vehicle)s;
