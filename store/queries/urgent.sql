-- name: take
-- Events that wait, held until they are handled: the first of each vehicle, then the second of
-- each, so that one car's thousands do not hold up another's one. More are looked at than taken:
-- another process may hold the first.
WITH vehicles_waiting AS (SELECT DISTINCT vehicle_id FROM events WHERE handled_at IS NULL),
fair AS (
    SELECT w.id, w.place
    FROM vehicles_waiting v
    CROSS JOIN LATERAL (
        SELECT e.id, row_number() OVER (ORDER BY e.id) AS place
        FROM (SELECT id FROM events WHERE handled_at IS NULL AND vehicle_id = v.vehicle_id
              ORDER BY id LIMIT %(limit)s) e) w
    ORDER BY w.place, w.id LIMIT 4 * %(limit)s)
SELECT e.id, e.tenant_id, e.vehicle_id, e.origin, e.received_at, e.kind,
       (extract(epoch FROM e.ts) * 1000)::bigint, e.code, e.component, e.level, e.active,
       e.readings, e.notes
FROM events e JOIN fair USING (id)
WHERE e.handled_at IS NULL
ORDER BY fair.place, e.id LIMIT %(limit)s FOR UPDATE OF e SKIP LOCKED;

-- name: same
-- Events of a vehicle that say what one of them said: handled with it. How many, and when last.
WITH same AS (
    SELECT id FROM events
    WHERE handled_at IS NULL AND vehicle_id = %(vehicle)s AND id > %(after)s
      AND kind = %(kind)s AND code = %(code)s AND component = %(component)s
      AND level = %(level)s AND active = %(active)s AND origin = %(origin)s
    FOR UPDATE SKIP LOCKED),
handled AS (
    UPDATE events e SET handled_at = clock_timestamp() FROM same WHERE e.id = same.id
    RETURNING e.ts)
SELECT count(*), (extract(epoch FROM max(ts)) * 1000)::bigint FROM handled;

-- name: handled
-- Events that were handled.
UPDATE events SET handled_at = clock_timestamp() WHERE id = ANY(%(ids)s);

-- name: waiting
-- How many wait, and since when.
SELECT count(*), min(received_at) FROM events WHERE handled_at IS NULL;

-- name: listen
-- Wake me for urgent events.
LISTEN vigil_urgent;
