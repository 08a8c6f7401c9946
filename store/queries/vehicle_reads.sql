-- name: vehicles
SELECT v.*, s.ts AS seen_at,
    (SELECT count(*) FROM alerts a WHERE a.tenant_id = v.tenant_id AND a.vehicle_id = v.id AND a.state = 'open') AS open_alerts,
    (SELECT max(a.severity) FROM alerts a WHERE a.tenant_id = v.tenant_id AND a.vehicle_id = v.id AND a.state = 'open') AS worst
FROM vehicles v LEFT JOIN api_seen() s ON s.vehicle_id = v.id
WHERE v.tenant_id = reach_tenant() AND v.id IN (SELECT reach_vehicles()) AND v.id > %(after)s
ORDER BY v.id LIMIT %(most)s

-- name: vehicle
SELECT v.*, s.ts AS seen_at,
    (SELECT count(*) FROM alerts a WHERE a.tenant_id = v.tenant_id AND a.vehicle_id = v.id AND a.state = 'open') AS open_alerts,
    (SELECT max(a.severity) FROM alerts a WHERE a.tenant_id = v.tenant_id AND a.vehicle_id = v.id AND a.state = 'open') AS worst
FROM vehicles v LEFT JOIN api_latest(%(vehicle_id)s) s ON s.vehicle_id = v.id
WHERE v.tenant_id = reach_tenant() AND v.id = %(vehicle_id)s AND reaches(v.id)

-- name: latest
SELECT ts, signals, times_ms, readings, reasons FROM api_latest(%(vehicle_id)s)

-- name: series
SELECT t, mean, lowest, highest, n FROM api_series(%(vehicle_id)s, %(signal)s, %(low)s, %(high)s, %(step)s)

-- name: cells
SELECT ts, first, readings FROM api_cells(%(vehicle_id)s)

-- name: events
SELECT * FROM api_events(%(vehicle_id)s, %(low)s, %(high)s, %(before)s, %(most)s)

-- name: records
SELECT r AS record FROM api_records(%(vehicle_id)s, %(kind)s, %(low)s, %(high)s, %(most)s) r

-- name: assessment
SELECT a.as_of, a.model_version, a.body FROM assessments a
JOIN assessment_latest l ON l.tenant_id = a.tenant_id AND l.vehicle_id = a.vehicle_id AND l.assessment_id = a.id
WHERE a.tenant_id = reach_tenant() AND a.vehicle_id = %(vehicle_id)s AND reaches(a.vehicle_id)

-- name: assessments
SELECT a.as_of, a.model_version, a.body FROM assessments a
WHERE a.tenant_id = reach_tenant() AND a.vehicle_id = %(vehicle_id)s AND reaches(a.vehicle_id)
ORDER BY a.as_of DESC LIMIT %(most)s

-- name: cohort
SELECT v.id, v.make, v.model, v.model_year, v.powertrain, v.centre_id, a.body -> 'answers' AS answers
FROM vehicles v JOIN assessment_latest l ON l.tenant_id = v.tenant_id AND l.vehicle_id = v.id
JOIN assessments a ON a.tenant_id = v.tenant_id AND a.vehicle_id = v.id AND a.id = l.assessment_id
WHERE v.tenant_id = reach_tenant() AND v.id IN (SELECT reach_vehicles()) ORDER BY v.id LIMIT %(most)s

-- name: alerts
SELECT a.*, v.make, v.model, v.model_year, v.centre_id, v.powertrain FROM alerts a
JOIN vehicles v ON v.tenant_id = a.tenant_id AND v.id = a.vehicle_id
WHERE a.tenant_id = reach_tenant() AND a.vehicle_id IN (SELECT reach_vehicles())
  AND (%(state)s::text IS NULL OR a.state = %(state)s)
  AND (%(vehicle_id)s::bigint IS NULL OR a.vehicle_id = %(vehicle_id)s)
  AND (%(before)s::timestamptz IS NULL OR (a.changed_at, a.id) < (%(before)s, %(before_id)s))
ORDER BY a.changed_at DESC, a.id DESC LIMIT %(most)s

-- name: alert
SELECT a.*, v.make, v.model, v.model_year, v.centre_id, v.powertrain FROM alerts a
JOIN vehicles v ON v.tenant_id = a.tenant_id AND v.id = a.vehicle_id
WHERE a.tenant_id = reach_tenant() AND a.id = %(alert_id)s AND reaches(a.vehicle_id)

-- name: alert_changes
SELECT c.kind, c.at, c.severity, c.why FROM alert_changes c
WHERE c.tenant_id = reach_tenant() AND c.alert_id = %(alert_id)s AND reaches(c.vehicle_id) ORDER BY c.id

-- name: alert_feed
SELECT c.id, c.kind, c.at, c.severity, c.alert_id, c.vehicle_id, a.cause, a.component, a.state
FROM alert_changes c JOIN alerts a ON a.tenant_id = c.tenant_id AND a.id = c.alert_id
WHERE c.tenant_id = reach_tenant() AND c.id > %(after)s AND c.vehicle_id IN (SELECT reach_vehicles())
ORDER BY c.id LIMIT %(most)s

-- name: alert_feed_end
SELECT coalesce(max(id), 0) AS id FROM alert_changes WHERE tenant_id = reach_tenant()

-- name: acknowledge
UPDATE alerts SET acknowledged_at = coalesce(acknowledged_at, %(at)s), changed_at = %(at)s
WHERE tenant_id = reach_tenant() AND id = %(alert_id)s AND state = 'open' AND reaches(vehicle_id) RETURNING vehicle_id, severity, cause

-- name: snooze
UPDATE alerts SET snoozed_until = %(until)s, changed_at = %(at)s
WHERE tenant_id = reach_tenant() AND id = %(alert_id)s AND state = 'open' AND severity < 3 AND reaches(vehicle_id) RETURNING vehicle_id, severity, cause

-- name: resolve
UPDATE alerts SET state = 'resolved', closed_at = %(at)s, changed_at = %(at)s
WHERE tenant_id = reach_tenant() AND id = %(alert_id)s AND state = 'open' AND reaches(vehicle_id) RETURNING vehicle_id, severity, cause

-- name: wrong
UPDATE alerts SET state = 'wrong', closed_at = %(at)s, changed_at = %(at)s
WHERE tenant_id = reach_tenant() AND id = %(alert_id)s AND state = 'open' AND severity < 3 AND reaches(vehicle_id) RETURNING vehicle_id, severity, cause

-- name: add_change
INSERT INTO alert_changes (tenant_id, alert_id, vehicle_id, kind, at, severity, notify, why)
VALUES (reach_tenant(), %(alert_id)s, %(vehicle_id)s, %(kind)s, %(at)s, %(severity)s, false, %(why)s)

-- name: add_label
INSERT INTO labels (tenant_id, vehicle_id, alert_id, cause, outcome, reason, severity, services, at, person_id)
VALUES (%(tenant_id)s, %(vehicle_id)s, %(alert_id)s, %(cause)s, %(outcome)s, %(reason)s, %(severity)s, %(services)s, %(at)s, %(person_id)s)

-- name: rescue
SELECT r.id, r.vehicle_id, r.alert_id, r.opened_at, r.closed_at FROM rescue_cases r
WHERE r.tenant_id = reach_tenant() AND r.vehicle_id IN (SELECT reach_vehicles()) AND r.closed_at IS NULL
ORDER BY r.opened_at LIMIT %(most)s

-- name: alive
SELECT 1
