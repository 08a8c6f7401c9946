-- name: vehicles
-- A page of the cars in reach, with the newest reading's time and the open alerts.
SELECT v.id, v.make, v.model, v.model_year, v.powertrain, v.chemistry, v.zone,
       v.rated_capacity_ah, v.in_service, v.warranty, s.ts AS seen_at,
       coalesce(o.open_alerts, 0) AS open_alerts, o.worst
FROM vehicles v
LEFT JOIN api_seen() s ON s.vehicle_id = v.id
LEFT JOIN LATERAL (SELECT count(*) AS open_alerts, max(a.severity) AS worst FROM alerts a
                   WHERE a.tenant_id = v.tenant_id AND a.vehicle_id = v.id
                     AND a.state = 'open') o ON true
WHERE v.tenant_id = reach_tenant() AND v.id IN (SELECT reach_vehicles()) AND v.id > %(after)s
ORDER BY v.id LIMIT %(most)s

-- name: vehicle
-- One car in reach, with the newest reading's time and the open alerts.
SELECT v.id, v.make, v.model, v.model_year, v.powertrain, v.chemistry, v.zone,
       v.rated_capacity_ah, v.in_service, v.warranty, s.ts AS seen_at,
       coalesce(o.open_alerts, 0) AS open_alerts, o.worst
FROM vehicles v
LEFT JOIN api_latest(%(vehicle_id)s) s ON s.vehicle_id = v.id
LEFT JOIN LATERAL (SELECT count(*) AS open_alerts, max(a.severity) AS worst FROM alerts a
                   WHERE a.tenant_id = v.tenant_id AND a.vehicle_id = v.id
                     AND a.state = 'open') o ON true
WHERE v.tenant_id = reach_tenant() AND v.id = %(vehicle_id)s AND reaches(v.id)

-- name: latest
-- The newest readings of a car.
SELECT ts, signals, times_ms, readings, reasons FROM api_latest(%(vehicle_id)s)

-- name: series
-- A signal in buckets of one step.
SELECT t, mean, lowest, highest, n
FROM api_series(%(vehicle_id)s, %(signal)s, %(low)s, %(high)s, %(step)s)

-- name: cells
-- The newest cell voltages.
SELECT ts, first, readings FROM api_cells(%(vehicle_id)s)

-- name: events
-- Events of a span, newest received first.
SELECT id, ts, kind, code, component, level, active, readings
FROM api_events(%(vehicle_id)s, %(low)s, %(high)s, %(before)s, %(most)s)

-- name: records
-- Trips, charges, cranks or parked periods of a span.
SELECT r AS record FROM api_records(%(vehicle_id)s, %(kind)s, %(low)s, %(high)s, %(most)s) r

-- name: assessment
-- The newest assessment of a car.
SELECT a.as_of, a.model_version, a.body FROM assessments a
JOIN assessment_latest l ON l.tenant_id = a.tenant_id AND l.vehicle_id = a.vehicle_id
    AND l.assessment_id = a.id
WHERE a.tenant_id = reach_tenant() AND a.vehicle_id = %(vehicle_id)s AND reaches(a.vehicle_id)

-- name: assessments
-- Past assessments of a car, newest first.
SELECT a.as_of, a.model_version, a.body FROM assessments a
WHERE a.tenant_id = reach_tenant() AND a.vehicle_id = %(vehicle_id)s AND reaches(a.vehicle_id)
ORDER BY a.as_of DESC LIMIT %(most)s

-- name: cohort
-- Every assessed car in reach with its newest answers.
SELECT v.id, v.make, v.model, v.model_year, v.powertrain, a.body -> 'answers' AS answers
FROM vehicles v JOIN assessment_latest l ON l.tenant_id = v.tenant_id AND l.vehicle_id = v.id
JOIN assessments a ON a.tenant_id = v.tenant_id AND a.vehicle_id = v.id AND a.id = l.assessment_id
WHERE v.tenant_id = reach_tenant() AND v.id IN (SELECT reach_vehicles())
ORDER BY v.id LIMIT %(most)s

-- name: alerts
-- A page of the alerts in reach by last change, without their evidence series.
SELECT a.id, a.vehicle_id, a.cause, a.component, a.severity, a.state, a.since, a.as_of,
       a.confidence, a.historical, a.occurrences, a.readings, a.limits, a.method, a.due_low,
       a.due_high, a.acknowledged_at, a.snoozed_until, a.closed_at, a.rescue, a.experimental,
       a.changed_at
FROM alerts a
WHERE a.tenant_id = reach_tenant() AND a.vehicle_id IN (SELECT reach_vehicles())
  AND (reach_kind() <> 'owner' OR a.state = 'open'
       OR a.closed_at >= reach_floor(a.vehicle_id))
  AND (%(state)s::text IS NULL OR a.state = %(state)s)
  AND (%(vehicle_id)s::bigint IS NULL OR a.vehicle_id = %(vehicle_id)s)
  AND (%(before)s::timestamptz IS NULL OR (a.changed_at, a.id) < (%(before)s, %(before_id)s))
ORDER BY a.changed_at DESC, a.id DESC LIMIT %(most)s

-- name: alert
-- One alert in reach with its evidence.
SELECT a.id, a.vehicle_id, a.cause, a.component, a.severity, a.state, a.since, a.as_of,
       a.confidence, a.historical, a.occurrences, a.readings, a.limits, a.method, a.due_low,
       a.due_high, a.acknowledged_at, a.snoozed_until, a.closed_at, a.rescue, a.experimental,
       a.changed_at, a.chart
FROM alerts a
WHERE a.tenant_id = reach_tenant() AND a.id = %(alert_id)s AND reaches(a.vehicle_id)
  AND (reach_kind() <> 'owner' OR a.state = 'open'
       OR a.closed_at >= reach_floor(a.vehicle_id))

-- name: alert_changes
-- What happened to an alert, oldest first.
SELECT c.kind, c.at, c.severity, c.why FROM alert_changes c
WHERE c.tenant_id = reach_tenant() AND c.alert_id = %(alert_id)s AND reaches(c.vehicle_id)
  AND (reach_kind() <> 'owner' OR c.at >= reach_floor(c.vehicle_id))
ORDER BY c.id

-- name: alert_feed
-- Changes of alerts in reach behind a position of the feed.
SELECT c.id, c.kind, c.at, c.severity, c.alert_id, c.vehicle_id, a.cause, a.component, a.state
FROM alert_changes c JOIN alerts a ON a.tenant_id = c.tenant_id AND a.id = c.alert_id
WHERE c.tenant_id = reach_tenant() AND c.id > %(after)s
  AND c.vehicle_id IN (SELECT reach_vehicles())
  AND (reach_kind() <> 'owner' OR c.at >= reach_floor(c.vehicle_id))
ORDER BY c.id LIMIT %(most)s

-- name: alert_feed_end
-- The newest position of the feed.
SELECT coalesce(max(id), 0) AS id FROM alert_changes WHERE tenant_id = reach_tenant()

-- name: acknowledge
-- Somebody has seen an open alert.
UPDATE alerts SET acknowledged_at = coalesce(acknowledged_at, %(at)s), changed_at = %(at)s
WHERE tenant_id = reach_tenant() AND id = %(alert_id)s AND state = 'open' AND reaches(vehicle_id)
RETURNING vehicle_id, id AS alert_id, cause, severity

-- name: snooze
-- An open alert rests until a moment; never a red one.
UPDATE alerts SET snoozed_until = %(until)s, changed_at = %(at)s
WHERE tenant_id = reach_tenant() AND id = %(alert_id)s AND state = 'open' AND severity < 3
  AND reaches(vehicle_id)
RETURNING vehicle_id, id AS alert_id, cause, severity

-- name: resolve
-- Staff close an open alert.
UPDATE alerts SET state = 'resolved', closed_at = %(at)s, changed_at = %(at)s
WHERE tenant_id = reach_tenant() AND id = %(alert_id)s AND state = 'open' AND reaches(vehicle_id)
RETURNING vehicle_id, id AS alert_id, cause, severity

-- name: wrong
-- An open alert is called wrong; never a red one.
UPDATE alerts SET state = 'wrong', closed_at = %(at)s, changed_at = %(at)s
WHERE tenant_id = reach_tenant() AND id = %(alert_id)s AND state = 'open' AND severity < 3
  AND reaches(vehicle_id)
RETURNING vehicle_id, id AS alert_id, cause, severity

-- name: add_change
-- One step of an alert, made by a person: nobody is told of it.
INSERT INTO alert_changes (tenant_id, alert_id, vehicle_id, kind, at, severity, notify, why)
VALUES (reach_tenant(), %(alert_id)s, %(vehicle_id)s, %(kind)s, %(at)s, %(severity)s, false,
        %(why)s)

-- name: alive
-- A round trip.
SELECT 1
