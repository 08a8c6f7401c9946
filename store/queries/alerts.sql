-- name: lock_vehicles
-- Vehicles held until the transaction ends, always in one order.
SELECT v.id, v.tenant_id, pg_advisory_xact_lock(8447103, v.slot) IS NULL
FROM (SELECT id, tenant_id, (id %% 2147483647)::integer AS slot FROM vehicles
      WHERE id = ANY(%(vehicles)s) ORDER BY slot) v;

-- name: open
-- Open alerts of a vehicle, the most serious first.
SELECT id, tenant_id, vehicle_id, cause, component, severity, state, since, as_of, confidence,
       historical, occurrences, readings, limits, method, due_low, due_high, acknowledged_at,
       snoozed_until, closed_at, rescue, experimental, chart
FROM alerts WHERE vehicle_id = %(vehicle)s AND state = 'open'
  AND tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
ORDER BY severity DESC, since, id;

-- name: one
-- One alert, held for a change.
SELECT id, tenant_id, vehicle_id, cause, component, severity, state, since, as_of, confidence,
       historical, occurrences, readings, limits, method, due_low, due_high, acknowledged_at,
       snoozed_until, closed_at, rescue, experimental, chart
FROM alerts WHERE id = %(alert)s FOR NO KEY UPDATE;

-- name: all_of
-- Every alert of a vehicle.
SELECT id, tenant_id, vehicle_id, cause, component, severity, state, since, as_of, confidence,
       historical, occurrences, readings, limits, method, due_low, due_high, acknowledged_at,
       snoozed_until, closed_at, rescue, experimental, chart
FROM alerts WHERE vehicle_id = %(vehicle)s
  AND tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
ORDER BY since, id;

-- name: open_one
-- The open alert of one cause.
SELECT id FROM alerts
WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s AND cause = %(cause)s AND state = 'open';

-- name: insert
-- A new alert.
INSERT INTO alerts (id, tenant_id, vehicle_id, cause, component, severity, state, since, as_of,
                    confidence, historical, occurrences, readings, limits, method, due_low,
                    due_high, acknowledged_at, snoozed_until, closed_at, rescue, experimental,
                    chart, opened_at, changed_at)
VALUES (%(id)s, %(tenant_id)s, %(vehicle_id)s, %(cause)s, %(component)s, %(severity)s, %(state)s,
        %(since)s, %(as_of)s, %(confidence)s, %(historical)s, %(occurrences)s, %(readings)s,
        %(limits)s, %(method)s, %(due_low)s, %(due_high)s, %(acknowledged_at)s, %(snoozed_until)s,
        %(closed_at)s, %(rescue)s, %(experimental)s, %(chart)s, %(at)s, %(at)s);

-- name: update
-- Another state of an alert.
UPDATE alerts SET
    component = %(component)s, severity = %(severity)s, state = %(state)s, since = %(since)s,
    as_of = %(as_of)s, confidence = %(confidence)s, historical = %(historical)s,
    occurrences = %(occurrences)s, readings = %(readings)s, limits = %(limits)s,
    method = %(method)s, due_low = %(due_low)s, due_high = %(due_high)s,
    acknowledged_at = %(acknowledged_at)s, snoozed_until = %(snoozed_until)s,
    closed_at = %(closed_at)s, rescue = %(rescue)s, experimental = %(experimental)s,
    chart = %(chart)s, changed_at = %(at)s
WHERE id = %(id)s;

-- name: record
-- One step of an alert.
INSERT INTO alert_changes (tenant_id, alert_id, vehicle_id, kind, at, severity, notify, why,
                           finding)
VALUES (%(tenant)s, %(alert)s, %(vehicle)s, %(kind)s, %(at)s, %(severity)s, %(notify)s, %(why)s,
        %(finding)s);

-- name: open_rescue
-- A rescue case for a red alert, once.
INSERT INTO rescue_cases (tenant_id, vehicle_id, alert_id, opened_at)
VALUES (%(tenant)s, %(vehicle)s, %(alert)s, %(at)s)
ON CONFLICT DO NOTHING;

-- name: close_rescue
-- The rescue case of an alert ends.
UPDATE rescue_cases SET closed_at = %(at)s
WHERE tenant_id = %(tenant)s AND alert_id = %(alert)s AND closed_at IS NULL;

-- name: changes
-- Steps of an alert.
SELECT kind, at, severity, notify, why, finding FROM alert_changes
WHERE alert_id = %(alert)s ORDER BY id;

-- name: wake
-- Whoever listens to alerts is woken.
SELECT pg_notify('vigil_alerts', %(alert)s);
