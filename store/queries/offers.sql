-- name: alerts_waiting
-- Open alerts without an offer that were not refused for the same severity lately.
SELECT a.tenant_id, a.id, a.vehicle_id, a.cause, a.component, a.severity, a.experimental, a.due_low
FROM alerts a
WHERE a.state = 'open'
  AND NOT EXISTS (SELECT FROM offers o WHERE o.tenant_id = a.tenant_id AND o.alert_id = a.id
                  AND o.state IN ('open', 'accepted'))
  AND NOT EXISTS (SELECT FROM offer_refusals r
                  WHERE r.tenant_id = a.tenant_id AND r.alert_id = a.id
                    AND r.severity = a.severity AND r.at > %(again)s)
ORDER BY a.severity DESC, a.opened_at LIMIT %(most)s

-- name: vehicle
-- The asset, as far as offers depend on it.
SELECT tenant_id, id, centre_id, powertrain, in_service, warranty FROM vehicles
WHERE id = %(vehicle_id)s

-- name: keeper
-- Who keeps the car now.
SELECT person_id FROM identity.tenures
WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s
  AND since <= %(at)s AND (until IS NULL OR until > %(at)s)

-- name: odometer
-- The newest odometer reading in metres.
SELECT readings[array_position(signals, %(signal)s)] AS m FROM latest
WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s

-- name: entitlements
-- Rights of the car.
SELECT id, kind, package, services, systems, discount, uses_left, until, until_km, source
FROM entitlements
WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s ORDER BY id

-- name: consents
-- What the keeper allowed for this car.
SELECT person_id, vehicle_id, purpose, given_at, until, text_hash, withdrawn_at FROM consents
WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s AND person_id = %(person_id)s

-- name: past
-- Earlier offers to the keeper, or about a car that nobody keeps.
SELECT alert_id, made_at, state FROM offers WHERE tenant_id = %(tenant_id)s
  AND (person_id = %(person_id)s
       OR %(person_id)s::bigint IS NULL AND vehicle_id = %(vehicle_id)s)
  AND made_at > %(since)s ORDER BY made_at

-- name: promised
-- Services of open offers and of running work orders.
SELECT o.id AS offer_id, o.cause, o.severity, l ->> 'service' AS service, l ->> 'role' AS role
FROM offers o, jsonb_array_elements(o.body -> 'lines') l
WHERE o.tenant_id = %(tenant_id)s AND o.vehicle_id = %(vehicle_id)s AND o.state = 'open'
UNION ALL
SELECT NULL, '', NULL, unnest(w.services), 'main' FROM work_orders w
WHERE w.tenant_id = %(tenant_id)s AND w.vehicle_id = %(vehicle_id)s
  AND w.state NOT IN ('done', 'cancelled')

-- name: declined
-- Services the owner said no to.
SELECT services, at, severity FROM labels
WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s
  AND outcome = 'declined' AND at > %(since)s ORDER BY at

-- name: done
-- Finished work.
SELECT services, changed_at, agreed_fen FROM work_orders WHERE tenant_id = %(tenant_id)s
  AND vehicle_id = %(vehicle_id)s AND state = 'done' ORDER BY changed_at

-- name: free_slots
-- Free times of a centre.
SELECT id, centre_id, start_at, end_at, skills FROM slots WHERE tenant_id = %(tenant_id)s
  AND centre_id = %(centre_id)s AND NOT taken AND start_at BETWEEN %(low)s AND %(high)s
ORDER BY start_at, id LIMIT 200

-- name: stock
-- Parts of a centre.
SELECT part, amount FROM stock WHERE tenant_id = %(tenant_id)s AND centre_id = %(centre_id)s

-- name: insert
-- A new open offer; nothing where the alert has one.
INSERT INTO offers (tenant_id, id, vehicle_id, centre_id, person_id, alert_id, cause, severity,
                    state, made_at, expires_at, body)
VALUES (%(tenant_id)s, %(id)s, %(vehicle_id)s, %(centre_id)s, %(person_id)s, %(alert_id)s,
        %(cause)s, %(severity)s, 'open', %(made_at)s, %(expires_at)s, %(body)s)
ON CONFLICT DO NOTHING

-- name: refuse
-- Why an alert has no offer.
INSERT INTO offer_refusals (tenant_id, alert_id, reason, severity, at)
VALUES (%(tenant_id)s, %(alert_id)s, %(reason)s, %(severity)s, %(at)s)
ON CONFLICT (tenant_id, alert_id)
DO UPDATE SET reason = excluded.reason, severity = excluded.severity, at = excluded.at

-- name: open_rescue
-- A rescue case for a red alert, once.
INSERT INTO rescue_cases (tenant_id, vehicle_id, alert_id, opened_at)
SELECT %(tenant_id)s, %(vehicle_id)s, %(alert_id)s, %(at)s
WHERE NOT EXISTS (SELECT FROM rescue_cases r
                  WHERE r.tenant_id = %(tenant_id)s AND r.alert_id = %(alert_id)s)
ON CONFLICT DO NOTHING

-- name: withdraw_closed
-- Offers whose alert was closed or turned red are taken back.
UPDATE offers o SET state = 'withdrawn', decided_at = %(at)s, version = version + 1 FROM alerts a
WHERE o.state = 'open' AND a.tenant_id = o.tenant_id AND a.id = o.alert_id
  AND (a.state <> 'open' OR a.severity = 3)

-- name: withdraw_outranked
-- Offers whose place a more serious one takes.
UPDATE offers SET state = 'withdrawn', decided_at = %(made_at)s, version = version + 1
WHERE tenant_id = %(tenant_id)s AND id = ANY(%(outranked)s) AND state = 'open'

-- name: expire
-- Offers past their day end.
UPDATE offers SET state = 'expired', decided_at = %(at)s, version = version + 1
WHERE state = 'open' AND expires_at <= %(at)s

-- name: due_candidates
-- Cars whose keepers want offers and have none now.
SELECT v.tenant_id, v.id
FROM vehicles v JOIN consents c ON c.tenant_id = v.tenant_id AND c.vehicle_id = v.id
WHERE c.purpose = 'personal_offers' AND c.given_at <= %(at)s AND c.until > %(at)s
  AND c.withdrawn_at IS NULL
  AND NOT EXISTS (SELECT FROM offers o WHERE o.tenant_id = v.tenant_id AND o.vehicle_id = v.id
                  AND o.state IN ('open', 'accepted'))
ORDER BY v.id LIMIT %(most)s

-- name: list
-- A page of the offers in reach, newest first.
SELECT o.id, o.vehicle_id, o.centre_id, o.alert_id, o.cause, o.severity, o.state, o.made_at,
       o.expires_at, o.version, o.body, o.chosen, o.total_fen, o.decline_reason
FROM offers o
WHERE o.tenant_id = reach_tenant() AND (%(state)s::text IS NULL OR o.state = %(state)s)
  AND (%(vehicle_id)s::bigint IS NULL OR o.vehicle_id = %(vehicle_id)s)
  AND (%(before)s::timestamptz IS NULL OR (o.made_at, o.id) < (%(before)s, %(before_id)s))
ORDER BY o.made_at DESC, o.id DESC LIMIT %(most)s

-- name: get
-- One offer in reach.
SELECT o.id, o.vehicle_id, o.centre_id, o.alert_id, o.cause, o.severity, o.state, o.made_at,
       o.expires_at, o.version, o.body, o.chosen, o.total_fen, o.decline_reason
FROM offers o WHERE o.tenant_id = reach_tenant() AND o.id = %(offer_id)s

-- name: lock
-- An offer, held for a decision.
SELECT vehicle_id, centre_id, alert_id, cause, severity FROM offers
WHERE tenant_id = reach_tenant() AND id = %(offer_id)s FOR UPDATE

-- name: accept
-- A yes to the version that was read.
UPDATE offers SET state = 'accepted', chosen = %(chosen)s, total_fen = %(total_fen)s,
    decided_at = %(at)s, version = version + 1
WHERE tenant_id = reach_tenant() AND id = %(offer_id)s AND state = 'open'
  AND version = %(version)s

-- name: decline
-- A no to the version that was read.
UPDATE offers SET state = 'declined', decline_reason = %(reason)s, decided_at = %(at)s,
    version = version + 1
WHERE tenant_id = reach_tenant() AND id = %(offer_id)s AND state = 'open'
  AND version = %(version)s

-- name: edit
-- Another content for the version that was read.
UPDATE offers SET body = %(body)s, edited_by = %(person_id)s, version = version + 1
WHERE tenant_id = reach_tenant() AND id = %(offer_id)s AND state = 'open'
  AND version = %(version)s

-- name: use_right
-- One use of a counted right.
UPDATE entitlements SET uses_left = uses_left - 1
WHERE tenant_id = reach_tenant() AND id = %(id)s AND uses_left > 0

-- name: refusal
-- Why an alert in reach has no offer.
SELECT r.reason FROM offer_refusals r
JOIN alerts a ON a.tenant_id = r.tenant_id AND a.id = r.alert_id
WHERE r.tenant_id = reach_tenant() AND r.alert_id = %(alert_id)s AND reaches(a.vehicle_id)
