-- name: touch
-- Vehicles that never reported get a row.
INSERT INTO latest (tenant_id, vehicle_id, ts, first_ts, received_at, version, signals, times_ms,
                    readings, reasons, sources)
SELECT tenant_id, vehicle_id, 'epoch', 'infinity', 'epoch', 0, '{}', '{}', '{}', '{}', '{}'
FROM unnest(%(tenants)s::integer[], %(vehicles)s::bigint[]) AS u (tenant_id, vehicle_id)
ORDER BY vehicle_id
ON CONFLICT DO NOTHING;

-- name: lock
-- Newest readings of vehicles, held in one order.
SELECT l.vehicle_id, cardinality(l.signals), array_send(l.signals), array_send(l.times_ms),
       array_send(l.readings), array_send(l.reasons), array_send(l.sources)
FROM latest l
JOIN unnest(%(tenants)s::integer[], %(vehicles)s::bigint[]) AS u (tenant_id, vehicle_id)
    USING (tenant_id, vehicle_id)
ORDER BY l.vehicle_id FOR UPDATE OF l;

-- name: update
-- Newest readings of vehicles, and how far the data reach.
UPDATE latest l SET
    ts = greatest(l.ts, u.high), first_ts = least(l.first_ts, u.low),
    received_at = greatest(l.received_at, u.received), version = l.version + 1,
    late_from = least(l.late_from, CASE WHEN u.ended < l.settled_to THEN u.ended END),
    signals = (%(signals)s::bigint[])[u.first : u.last],
    times_ms = (%(times)s::bigint[])[u.first : u.last],
    readings = (%(readings)s::double precision[])[u.first : u.last],
    reasons = (%(reasons)s::smallint[])[u.first : u.last],
    sources = (%(sources)s::integer[])[u.first : u.last]
FROM unnest(%(tenants)s::integer[], %(vehicles)s::bigint[], %(low)s::timestamptz[],
            %(high)s::timestamptz[], %(ended)s::timestamptz[], %(received)s::timestamptz[],
            %(first)s::integer[], %(last)s::integer[])
     AS u (tenant_id, vehicle_id, low, high, ended, received, first, last)
WHERE l.tenant_id = u.tenant_id AND l.vehicle_id = u.vehicle_id;

-- name: one
-- The newest readings of a vehicle.
SELECT ts, first_ts, received_at, version, signals, times_ms, readings, reasons, sources
FROM latest
WHERE vehicle_id = %(vehicle)s
  AND tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s);
