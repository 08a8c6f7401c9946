-- name: take
-- Events that wait, held until they are handled.
SELECT e.id, e.tenant_id, e.vehicle_id, e.origin, e.received_at, e.kind,
       (extract(epoch FROM e.ts) * 1000)::bigint, e.code, e.component, e.level, e.active,
       e.readings, e.notes
FROM events e
WHERE e.handled_at IS NULL
ORDER BY e.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED;

-- name: handled
-- Events that were handled.
UPDATE events SET handled_at = clock_timestamp() WHERE id = ANY(%(ids)s);

-- name: waiting
-- How many wait, and since when.
SELECT count(*), min(received_at) FROM events WHERE handled_at IS NULL;

-- name: listen
-- Wake me for urgent events.
LISTEN vigil_urgent;
