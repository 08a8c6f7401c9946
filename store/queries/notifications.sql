-- name: fresh_changes
-- The newest step of each open alert that nobody was told of yet, the most serious first. What is
-- as serious as something told of the same alert within the window is part of that; below red, of
-- the same cause of the car, so that an alert that comes and goes is told once.
SELECT f.id, f.tenant_id, f.vehicle_id, v.centre_id, f.severity, f.cause, f.since, v.make, v.model,
       v.model_year
FROM (
    SELECT DISTINCT ON (c.tenant_id, c.alert_id)
           c.id, c.tenant_id, c.alert_id, c.vehicle_id, c.severity, c.at, a.cause, a.since
    FROM alert_changes c JOIN alerts a ON a.tenant_id = c.tenant_id AND a.id = c.alert_id
    WHERE c.notify AND c.kind IN ('raise', 'worsen', 'repeat') AND c.at > %(since)s
      AND a.state = 'open'
    ORDER BY c.tenant_id, c.alert_id, c.severity DESC, c.id DESC) f
JOIN vehicles v ON v.tenant_id = f.tenant_id AND v.id = f.vehicle_id
WHERE NOT EXISTS (
    SELECT FROM notifications n
    JOIN alert_changes t ON t.tenant_id = n.tenant_id AND t.id = n.change_id
    JOIN alerts b ON b.tenant_id = t.tenant_id AND b.id = t.alert_id
    WHERE n.tenant_id = f.tenant_id AND n.vehicle_id = f.vehicle_id AND b.cause = f.cause
      AND (t.alert_id = f.alert_id OR f.severity < 3)
      AND t.severity >= f.severity AND n.made_at > f.at - %(window)s)
ORDER BY f.severity DESC, f.id LIMIT %(most)s

-- name: escalations
-- The newest red step of each alert that nobody acknowledged in time, unless a manager heard of the
-- alert within the window.
SELECT f.id, f.tenant_id, f.vehicle_id, v.centre_id, f.severity, f.cause, f.since, v.make, v.model,
       v.model_year
FROM (
    SELECT DISTINCT ON (c.tenant_id, c.alert_id)
           c.id, c.tenant_id, c.alert_id, c.vehicle_id, c.severity, c.at, a.cause, a.since
    FROM alert_changes c JOIN alerts a ON a.tenant_id = c.tenant_id AND a.id = c.alert_id
    WHERE c.notify AND c.severity = 3 AND c.kind IN ('raise', 'worsen', 'repeat')
      AND c.at > %(since)s AND c.at <= %(until)s AND a.state = 'open'
      AND a.acknowledged_at IS NULL
    ORDER BY c.tenant_id, c.alert_id, c.id DESC) f
JOIN vehicles v ON v.tenant_id = f.tenant_id AND v.id = f.vehicle_id
WHERE NOT EXISTS (
    SELECT FROM notifications n
    JOIN alert_changes t ON t.tenant_id = n.tenant_id AND t.id = n.change_id
    JOIN identity.people p ON p.tenant_id = n.tenant_id AND p.id = n.person_id
    WHERE n.tenant_id = f.tenant_id AND t.alert_id = f.alert_id AND p.role = 'centre_manager'
      AND n.made_at > f.at - %(window)s)
ORDER BY f.id LIMIT 200

-- name: add
-- A message to send; the same step, person and channel only once.
INSERT INTO notifications (tenant_id, person_id, vehicle_id, change_id, channel, red, subject,
                           body, made_at, not_before)
VALUES (%(tenant_id)s, %(person_id)s, %(vehicle_id)s, %(change_id)s, %(channel)s, %(red)s,
        %(subject)s, %(body)s, %(at)s, %(not_before)s)
ON CONFLICT DO NOTHING

-- name: take
-- Messages that are due, red ones first and car by car, held until this transaction ends. More are
-- looked at than taken: another deliverer may hold the first.
WITH fair AS (
    SELECT n.id, n.red, row_number() OVER (
        PARTITION BY n.red, n.tenant_id, n.vehicle_id ORDER BY n.not_before, n.id) AS place
    FROM notifications n
    WHERE n.sent_at IS NULL AND n.not_before <= %(at)s AND n.tries < %(tries)s
    ORDER BY n.red DESC, place, n.id LIMIT 4 * %(most)s)
SELECT n.id, n.channel, n.red, n.subject, n.body, n.tries, p.email, p.lang
FROM fair JOIN notifications n ON n.id = fair.id
JOIN identity.people p ON p.tenant_id = n.tenant_id AND p.id = n.person_id
WHERE n.sent_at IS NULL
ORDER BY fair.red DESC, fair.place, n.id LIMIT %(most)s FOR UPDATE OF n SKIP LOCKED

-- name: sent
-- The channel took a message.
UPDATE notifications SET sent_at = %(at)s, proof = %(proof)s, tries = tries + 1, failed = NULL
WHERE id = %(id)s

-- name: failed
-- The channel did not take a message.
UPDATE notifications SET tries = tries + 1, failed = %(failed)s, not_before = %(again)s
WHERE id = %(id)s
