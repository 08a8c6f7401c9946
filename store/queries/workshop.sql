-- name: take_slot
-- A free slot is taken.
UPDATE slots SET taken = true
WHERE tenant_id = reach_tenant() AND id = %(slot_id)s AND NOT taken

-- name: free_slot
-- A slot is free again.
UPDATE slots SET taken = false WHERE tenant_id = reach_tenant() AND id = %(slot_id)s

-- name: add_slot
-- Bay time of a centre.
INSERT INTO slots (tenant_id, id, centre_id, start_at, end_at, skills, bay)
VALUES (%(tenant_id)s, %(id)s, %(centre_id)s, %(start)s, %(end)s, %(skills)s, %(bay)s)
ON CONFLICT DO NOTHING

-- name: slots
-- Bay time of a centre, taken or free.
SELECT id, start_at, end_at, skills, bay, taken FROM slots
WHERE tenant_id = reach_tenant() AND centre_id = %(centre_id)s
  AND start_at >= %(low)s AND start_at < %(high)s
ORDER BY start_at, bay

-- name: set_stock
-- How many of a part a centre has.
INSERT INTO stock (tenant_id, centre_id, part, amount)
VALUES (%(tenant_id)s, %(centre_id)s, %(part)s, %(amount)s)
ON CONFLICT (tenant_id, centre_id, part) DO UPDATE SET amount = excluded.amount

-- name: add_order
-- The work order of an accepted offer.
INSERT INTO work_orders (tenant_id, id, offer_id, vehicle_id, centre_id, slot_id, state, services,
                         agreed_fen, made_at, changed_at)
VALUES (reach_tenant(), %(id)s, %(offer_id)s, %(vehicle_id)s, %(centre_id)s, %(slot_id)s, 'booked',
        %(services)s, %(agreed_fen)s, %(at)s, %(at)s)

-- name: add_step
-- One step of a work order.
INSERT INTO work_steps (tenant_id, work_order_id, at, state, person_id, note)
VALUES (reach_tenant(), %(order_id)s, %(at)s, %(state)s, %(person_id)s, %(note)s)

-- name: orders
-- Work orders in reach: open ones by their time, then ended ones.
SELECT w.id, w.offer_id, w.vehicle_id, v.make, v.model, o.cause, o.alert_id, w.state, w.services,
       w.agreed_fen, s.start_at, s.end_at, w.outcome, w.rating
FROM work_orders w JOIN vehicles v ON v.tenant_id = w.tenant_id AND v.id = w.vehicle_id
JOIN offers o ON o.tenant_id = w.tenant_id AND o.id = w.offer_id
LEFT JOIN slots s ON s.tenant_id = w.tenant_id AND s.id = w.slot_id
WHERE w.tenant_id = reach_tenant()
  AND (%(vehicle_id)s::bigint IS NULL OR w.vehicle_id = %(vehicle_id)s)
  AND (%(open)s = false OR w.state NOT IN ('done', 'cancelled'))
ORDER BY (w.state IN ('done', 'cancelled')), coalesce(s.start_at, w.made_at), w.id
LIMIT %(most)s

-- name: order
-- One work order in reach with its technician.
SELECT w.id, w.offer_id, w.vehicle_id, v.make, v.model, o.cause, o.alert_id, w.state, w.services,
       w.agreed_fen, s.start_at, s.end_at, w.outcome, w.rating,
       p.name AS technician
FROM work_orders w JOIN vehicles v ON v.tenant_id = w.tenant_id AND v.id = w.vehicle_id
JOIN offers o ON o.tenant_id = w.tenant_id AND o.id = w.offer_id
LEFT JOIN slots s ON s.tenant_id = w.tenant_id AND s.id = w.slot_id
LEFT JOIN identity.people p ON p.tenant_id = w.tenant_id AND p.id = w.technician_id
WHERE w.tenant_id = reach_tenant() AND w.id = %(order_id)s

-- name: lock_order
-- A work order, held for a move.
SELECT w.vehicle_id, w.slot_id, w.state, w.services, o.alert_id, o.cause, o.severity
FROM work_orders w JOIN offers o ON o.tenant_id = w.tenant_id AND o.id = w.offer_id
WHERE w.tenant_id = reach_tenant() AND w.id = %(order_id)s FOR UPDATE OF w

-- name: steps
-- The way of a work order.
SELECT at, state, note FROM work_steps
WHERE tenant_id = reach_tenant() AND work_order_id = %(order_id)s ORDER BY id

-- name: move
-- The next state of a work order.
UPDATE work_orders SET state = %(state)s, changed_at = %(at)s,
    technician_id = coalesce(%(technician_id)s, technician_id),
    outcome = coalesce(%(outcome)s, outcome)
WHERE tenant_id = reach_tenant() AND id = %(order_id)s

-- name: extras
-- Extra work of an order, in the order it was asked.
SELECT id, service, price_fen, why, state FROM work_extras
WHERE tenant_id = reach_tenant() AND work_order_id = %(order_id)s ORDER BY asked_at, id

-- name: ask_extra
-- More work, asked of the owner.
INSERT INTO work_extras (tenant_id, id, work_order_id, service, price_fen, why, asked_at)
VALUES (reach_tenant(), %(id)s, %(order_id)s, %(service)s, %(price_fen)s, %(why)s, %(at)s)

-- name: decide_extra
-- The owner's answer, once.
UPDATE work_extras SET state = %(state)s, decided_at = %(at)s
WHERE tenant_id = reach_tenant() AND work_order_id = %(order_id)s AND id = %(id)s
  AND state = 'asked'

-- name: rate
-- The owner's rating of finished work, once.
UPDATE work_orders SET rating = %(rating)s, rating_note = %(note)s
WHERE tenant_id = reach_tenant() AND id = %(order_id)s AND state = 'done' AND rating IS NULL

-- name: notes
-- Notes of calls about a car, newest first.
SELECT n.at, n.body, p.name
FROM call_notes n
LEFT JOIN identity.people p ON p.tenant_id = n.tenant_id AND p.id = n.person_id
WHERE n.tenant_id = reach_tenant() AND n.vehicle_id = %(vehicle_id)s
ORDER BY n.at DESC LIMIT 100

-- name: add_note
-- A note of a call.
INSERT INTO call_notes (tenant_id, vehicle_id, centre_id, person_id, at, body)
VALUES (reach_tenant(), %(vehicle_id)s, %(centre_id)s, %(person_id)s, %(at)s, %(body)s)

-- name: queue
-- Open alerts in reach with the newest offer, its work order and the open rescue case;
-- the most serious and the nearest first, should there be more than can be read.
SELECT a.id, a.vehicle_id, v.make, v.model, v.powertrain, a.cause, a.component, a.severity,
       a.confidence, a.since, a.due_low, a.historical, a.acknowledged_at, a.snoozed_until,
       s.ts AS seen_at, o.id AS offer_id, o.state AS offer_state, w.id AS order_id,
       w.state AS order_state, r.id AS rescue_id
FROM alerts a JOIN vehicles v ON v.tenant_id = a.tenant_id AND v.id = a.vehicle_id
LEFT JOIN api_seen() s ON s.vehicle_id = a.vehicle_id
LEFT JOIN LATERAL (SELECT x.id, x.state FROM offers x
                   WHERE x.tenant_id = a.tenant_id AND x.alert_id = a.id
                   ORDER BY x.made_at DESC LIMIT 1) o ON true
LEFT JOIN work_orders w ON w.tenant_id = a.tenant_id AND w.offer_id = o.id
LEFT JOIN rescue_cases r ON r.tenant_id = a.tenant_id AND r.alert_id = a.id
    AND r.closed_at IS NULL
WHERE a.tenant_id = reach_tenant() AND a.state = 'open'
  AND a.vehicle_id IN (SELECT reach_vehicles())
ORDER BY a.severity DESC, a.due_low NULLS LAST, a.id
LIMIT %(most)s

-- name: group
-- Counts of each centre in reach.
SELECT c.name, c.title, v.vehicles, a.alerts_open, a.alerts_wrong, a.alerts_closed, o.offers,
       o.accepted, o.declined, w.done, w.confirmed, w.not_found, w.rating, w.ratings
FROM centres c
CROSS JOIN LATERAL (
    SELECT count(*) AS vehicles FROM vehicles v
    WHERE v.tenant_id = c.tenant_id AND v.centre_id = c.id) v
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE a.state = 'open') AS alerts_open,
           count(*) FILTER (WHERE a.state = 'wrong') AS alerts_wrong,
           count(*) FILTER (WHERE a.state <> 'open') AS alerts_closed
    FROM alerts a JOIN vehicles v ON v.id = a.vehicle_id AND v.tenant_id = a.tenant_id
    WHERE a.tenant_id = c.tenant_id AND v.centre_id = c.id) a
CROSS JOIN LATERAL (
    SELECT count(*) AS offers,
           count(*) FILTER (WHERE o.state = 'accepted') AS accepted,
           count(*) FILTER (WHERE o.state = 'declined') AS declined
    FROM offers o WHERE o.tenant_id = c.tenant_id AND o.centre_id = c.id) o
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE w.state = 'done') AS done,
           count(*) FILTER (WHERE w.outcome = 'confirmed') AS confirmed,
           count(*) FILTER (WHERE w.outcome = 'not_found') AS not_found,
           avg(w.rating)::float8 AS rating, count(w.rating) AS ratings
    FROM work_orders w WHERE w.tenant_id = c.tenant_id AND w.centre_id = c.id) w
WHERE c.tenant_id = reach_tenant() AND (reach_kind() = 'group' OR c.id = reach_centre())
ORDER BY c.id
