-- name: take_slot
UPDATE slots SET taken = true WHERE tenant_id = reach_tenant() AND id = %(slot_id)s AND NOT taken

-- name: free_slot
UPDATE slots SET taken = false WHERE tenant_id = reach_tenant() AND id = %(slot_id)s

-- name: add_slot
INSERT INTO slots (tenant_id, id, centre_id, start_at, end_at, skills, bay)
VALUES (%(tenant_id)s, %(id)s, %(centre_id)s, %(start)s, %(end)s, %(skills)s, %(bay)s) ON CONFLICT DO NOTHING

-- name: slots
SELECT id, centre_id, start_at, end_at, skills, bay, taken FROM slots
WHERE tenant_id = reach_tenant() AND centre_id = %(centre_id)s AND start_at >= %(low)s AND start_at < %(high)s
ORDER BY start_at, bay

-- name: set_stock
INSERT INTO stock (tenant_id, centre_id, part, amount) VALUES (%(tenant_id)s, %(centre_id)s, %(part)s, %(amount)s)
ON CONFLICT (tenant_id, centre_id, part) DO UPDATE SET amount = excluded.amount

-- name: add_order
INSERT INTO work_orders (tenant_id, id, offer_id, vehicle_id, centre_id, slot_id, state, services, agreed_fen, made_at, changed_at)
VALUES (reach_tenant(), %(id)s, %(offer_id)s, %(vehicle_id)s, %(centre_id)s, %(slot_id)s, 'booked', %(services)s, %(agreed_fen)s, %(at)s, %(at)s)

-- name: add_step
INSERT INTO work_steps (tenant_id, work_order_id, at, state, person_id, note)
VALUES (reach_tenant(), %(order_id)s, %(at)s, %(state)s, %(person_id)s, %(note)s)

-- name: orders
SELECT w.*, v.make, v.model, v.model_year, s.start_at, s.end_at, s.bay, o.cause, o.severity, o.alert_id
FROM work_orders w JOIN vehicles v ON v.tenant_id = w.tenant_id AND v.id = w.vehicle_id
JOIN offers o ON o.tenant_id = w.tenant_id AND o.id = w.offer_id
LEFT JOIN slots s ON s.tenant_id = w.tenant_id AND s.id = w.slot_id
WHERE w.tenant_id = reach_tenant() AND (%(vehicle_id)s::bigint IS NULL OR w.vehicle_id = %(vehicle_id)s)
  AND (%(open)s = false OR w.state NOT IN ('done', 'cancelled'))
ORDER BY (w.state IN ('done', 'cancelled')), coalesce(s.start_at, w.made_at), w.id LIMIT %(most)s

-- name: order
SELECT w.*, v.make, v.model, v.model_year, s.start_at, s.end_at, s.bay, o.cause, o.severity, o.alert_id, o.body, p.name AS technician
FROM work_orders w JOIN vehicles v ON v.tenant_id = w.tenant_id AND v.id = w.vehicle_id
JOIN offers o ON o.tenant_id = w.tenant_id AND o.id = w.offer_id
LEFT JOIN slots s ON s.tenant_id = w.tenant_id AND s.id = w.slot_id
LEFT JOIN identity.people p ON p.tenant_id = w.tenant_id AND p.id = w.technician_id
WHERE w.tenant_id = reach_tenant() AND w.id = %(order_id)s

-- name: lock_order
SELECT w.*, o.cause, o.severity, o.alert_id FROM work_orders w JOIN offers o ON o.tenant_id = w.tenant_id AND o.id = w.offer_id
WHERE w.tenant_id = reach_tenant() AND w.id = %(order_id)s FOR UPDATE OF w

-- name: steps
SELECT at, state, note FROM work_steps WHERE tenant_id = reach_tenant() AND work_order_id = %(order_id)s ORDER BY id

-- name: move
UPDATE work_orders SET state = %(state)s, changed_at = %(at)s, technician_id = coalesce(%(technician_id)s, technician_id), outcome = coalesce(%(outcome)s, outcome)
WHERE tenant_id = reach_tenant() AND id = %(order_id)s

-- name: extras
SELECT id, service, price_fen, why, state, asked_at, decided_at FROM work_extras
WHERE tenant_id = reach_tenant() AND work_order_id = %(order_id)s ORDER BY asked_at, id

-- name: ask_extra
INSERT INTO work_extras (tenant_id, id, work_order_id, service, price_fen, why, asked_at)
VALUES (reach_tenant(), %(id)s, %(order_id)s, %(service)s, %(price_fen)s, %(why)s, %(at)s)

-- name: decide_extra
UPDATE work_extras SET state = %(state)s, decided_at = %(at)s
WHERE tenant_id = reach_tenant() AND work_order_id = %(order_id)s AND id = %(id)s AND state = 'asked'

-- name: rate
UPDATE work_orders SET rating = %(rating)s, rating_note = %(note)s
WHERE tenant_id = reach_tenant() AND id = %(order_id)s AND state = 'done' AND rating IS NULL

-- name: notes
SELECT n.at, n.body, p.name FROM call_notes n LEFT JOIN identity.people p ON p.tenant_id = n.tenant_id AND p.id = n.person_id
WHERE n.tenant_id = reach_tenant() AND n.vehicle_id = %(vehicle_id)s ORDER BY n.at DESC LIMIT 100

-- name: add_note
INSERT INTO call_notes (tenant_id, vehicle_id, centre_id, person_id, at, body)
VALUES (reach_tenant(), %(vehicle_id)s, %(centre_id)s, %(person_id)s, %(at)s, %(body)s)

-- name: queue
SELECT a.*, v.make, v.model, v.model_year, v.centre_id, v.powertrain, s.ts AS seen_at, o.id AS offer_id, o.state AS offer_state, o.total_fen, w.id AS order_id, w.state AS order_state, r.id AS rescue_id
FROM alerts a JOIN vehicles v ON v.tenant_id = a.tenant_id AND v.id = a.vehicle_id
LEFT JOIN api_seen() s ON s.vehicle_id = a.vehicle_id
LEFT JOIN LATERAL (SELECT * FROM offers x WHERE x.tenant_id = a.tenant_id AND x.alert_id = a.id ORDER BY x.made_at DESC LIMIT 1) o ON true
LEFT JOIN work_orders w ON w.tenant_id = a.tenant_id AND w.offer_id = o.id
LEFT JOIN rescue_cases r ON r.tenant_id = a.tenant_id AND r.alert_id = a.id AND r.closed_at IS NULL
WHERE a.tenant_id = reach_tenant() AND a.state = 'open' AND a.vehicle_id IN (SELECT reach_vehicles())
LIMIT %(most)s

-- name: group
SELECT c.id, c.name, c.title,
  (SELECT count(*) FROM vehicles v WHERE v.tenant_id = c.tenant_id AND v.centre_id = c.id) AS vehicles,
  (SELECT count(*) FROM alerts a JOIN vehicles v ON v.id = a.vehicle_id AND v.tenant_id = a.tenant_id WHERE a.tenant_id = c.tenant_id AND v.centre_id = c.id AND a.state = 'open') AS alerts_open,
  (SELECT count(*) FROM alerts a JOIN vehicles v ON v.id = a.vehicle_id AND v.tenant_id = a.tenant_id WHERE a.tenant_id = c.tenant_id AND v.centre_id = c.id AND a.state = 'wrong') AS alerts_wrong,
  (SELECT count(*) FROM alerts a JOIN vehicles v ON v.id = a.vehicle_id AND v.tenant_id = a.tenant_id WHERE a.tenant_id = c.tenant_id AND v.centre_id = c.id AND a.state <> 'open') AS alerts_closed,
  (SELECT count(*) FROM offers o WHERE o.tenant_id = c.tenant_id AND o.centre_id = c.id) AS offers,
  (SELECT count(*) FROM offers o WHERE o.tenant_id = c.tenant_id AND o.centre_id = c.id AND o.state = 'accepted') AS accepted,
  (SELECT count(*) FROM offers o WHERE o.tenant_id = c.tenant_id AND o.centre_id = c.id AND o.state = 'declined') AS declined,
  (SELECT count(*) FROM work_orders w WHERE w.tenant_id = c.tenant_id AND w.centre_id = c.id AND w.state = 'done') AS done,
  (SELECT count(*) FROM work_orders w WHERE w.tenant_id = c.tenant_id AND w.centre_id = c.id AND w.outcome = 'confirmed') AS confirmed,
  (SELECT count(*) FROM work_orders w WHERE w.tenant_id = c.tenant_id AND w.centre_id = c.id AND w.outcome = 'not_found') AS not_found,
  (SELECT avg(w.rating)::float8 FROM work_orders w WHERE w.tenant_id = c.tenant_id AND w.centre_id = c.id) AS rating,
  (SELECT count(w.rating) FROM work_orders w WHERE w.tenant_id = c.tenant_id AND w.centre_id = c.id) AS ratings
FROM centres c WHERE c.tenant_id = reach_tenant() AND (reach_kind() = 'group' OR c.id = reach_centre()) ORDER BY c.id
