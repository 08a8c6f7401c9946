-- name: fresh_changes
-- Steps of open alerts that nobody was told of yet, the most serious first.
SELECT c.id, c.tenant_id, c.vehicle_id, v.centre_id, c.severity, a.cause, a.since, v.make, v.model,
       v.model_year
FROM alert_changes c JOIN alerts a ON a.tenant_id = c.tenant_id AND a.id = c.alert_id
JOIN vehicles v ON v.tenant_id = a.tenant_id AND v.id = a.vehicle_id
WHERE c.notify AND c.kind IN ('raise', 'worsen', 'repeat') AND c.at > %(since)s
  AND a.state = 'open'
  AND NOT EXISTS (SELECT FROM notifications n
                  WHERE n.tenant_id = c.tenant_id AND n.change_id = c.id)
ORDER BY c.severity DESC, c.id LIMIT %(most)s

-- name: escalations
-- Red steps that nobody acknowledged in time and no manager heard of.
SELECT c.id, c.tenant_id, c.vehicle_id, v.centre_id, c.severity, a.cause, a.since, v.make, v.model,
       v.model_year
FROM alert_changes c JOIN alerts a ON a.tenant_id = c.tenant_id AND a.id = c.alert_id
JOIN vehicles v ON v.tenant_id = a.tenant_id AND v.id = a.vehicle_id
WHERE c.notify AND c.severity = 3 AND c.kind IN ('raise', 'worsen', 'repeat')
  AND c.at > %(since)s AND c.at <= %(until)s AND a.state = 'open' AND a.acknowledged_at IS NULL
  AND NOT EXISTS (SELECT FROM notifications n
                  JOIN identity.people p ON p.tenant_id = n.tenant_id AND p.id = n.person_id
                  WHERE n.tenant_id = c.tenant_id AND n.change_id = c.id
                    AND p.role = 'centre_manager')
ORDER BY c.id LIMIT 200

-- name: add
-- A message to send; the same step, person and channel only once.
INSERT INTO notifications (tenant_id, person_id, vehicle_id, change_id, channel, red, subject,
                           body, made_at, not_before)
VALUES (%(tenant_id)s, %(person_id)s, %(vehicle_id)s, %(change_id)s, %(channel)s, %(red)s,
        %(subject)s, %(body)s, %(at)s, %(not_before)s)
ON CONFLICT DO NOTHING

-- name: take
-- Messages that are due, red ones first, held until this transaction ends.
SELECT n.id, n.channel, n.red, n.subject, n.body, n.tries, p.email, p.lang
FROM notifications n
JOIN identity.people p ON p.tenant_id = n.tenant_id AND p.id = n.person_id
WHERE n.sent_at IS NULL AND n.not_before <= %(at)s AND n.tries < %(tries)s
ORDER BY n.red DESC, n.not_before LIMIT %(most)s FOR UPDATE OF n SKIP LOCKED

-- name: sent
-- The channel took a message.
UPDATE notifications SET sent_at = %(at)s, proof = %(proof)s, tries = tries + 1, failed = NULL
WHERE id = %(id)s

-- name: failed
-- The channel did not take a message.
UPDATE notifications SET tries = tries + 1, failed = %(failed)s, not_before = %(again)s
WHERE id = %(id)s
