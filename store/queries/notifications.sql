-- name: fresh_changes
SELECT c.id, c.tenant_id, c.alert_id, c.vehicle_id, c.kind, c.at, c.severity, a.cause, a.component, a.since, a.as_of,
       a.historical, v.make, v.model, v.model_year, v.centre_id
FROM alert_changes c JOIN alerts a ON a.tenant_id = c.tenant_id AND a.id = c.alert_id
JOIN vehicles v ON v.tenant_id = a.tenant_id AND v.id = a.vehicle_id
WHERE c.notify AND c.kind IN ('raise', 'worsen', 'repeat') AND c.at > %(since)s AND a.state = 'open'
  AND NOT EXISTS (SELECT FROM notifications n WHERE n.tenant_id = c.tenant_id AND n.change_id = c.id)
ORDER BY c.severity DESC, c.id LIMIT %(most)s

-- name: escalations
SELECT c.id, c.tenant_id, c.alert_id, c.vehicle_id, c.kind, c.at, c.severity, a.cause, a.component, a.since, a.as_of,
       a.historical, v.make, v.model, v.model_year, v.centre_id
FROM alert_changes c JOIN alerts a ON a.tenant_id = c.tenant_id AND a.id = c.alert_id
JOIN vehicles v ON v.tenant_id = a.tenant_id AND v.id = a.vehicle_id
WHERE c.notify AND c.severity = 3 AND c.kind IN ('raise', 'worsen', 'repeat') AND c.at > %(since)s AND c.at <= %(until)s
  AND a.state = 'open' AND a.acknowledged_at IS NULL
  AND NOT EXISTS (SELECT FROM notifications n JOIN identity.people p ON p.tenant_id = n.tenant_id AND p.id = n.person_id
                  WHERE n.tenant_id = c.tenant_id AND n.change_id = c.id AND p.role = 'centre_manager')
ORDER BY c.id LIMIT 200

-- name: add
INSERT INTO notifications (tenant_id, person_id, vehicle_id, change_id, channel, red, subject, body, made_at, not_before)
VALUES (%(tenant_id)s, %(person_id)s, %(vehicle_id)s, %(change_id)s, %(channel)s, %(red)s, %(subject)s, %(body)s, %(at)s, %(not_before)s)
ON CONFLICT DO NOTHING

-- name: take
SELECT n.*, p.email, p.name, p.lang FROM notifications n JOIN identity.people p ON p.tenant_id = n.tenant_id AND p.id = n.person_id
WHERE n.sent_at IS NULL AND n.not_before <= %(at)s AND n.tries < %(tries)s
ORDER BY n.red DESC, n.not_before LIMIT %(most)s FOR UPDATE OF n SKIP LOCKED

-- name: sent
UPDATE notifications SET sent_at = %(at)s, proof = %(proof)s, tries = tries + 1, failed = NULL WHERE id = %(id)s

-- name: failed
UPDATE notifications SET tries = tries + 1, failed = %(why)s, not_before = %(next)s WHERE id = %(id)s

-- name: mine
SELECT id, vehicle_id, channel, red, subject, body, made_at, not_before, sent_at, proof, failed FROM notifications
WHERE tenant_id = reach_tenant() AND person_id = reach_person() ORDER BY id DESC LIMIT %(most)s
