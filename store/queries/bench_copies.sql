-- One car's stored history under other names.

-- name: rows
-- A car's rows for other cars.
INSERT INTO telemetry (tenant_id, vehicle_id, ts, source_id, received_at, origin, row_digest,
                       {columns})
SELECT t.tenant_id, u.vehicle_id, t.ts, u.source_id, t.received_at, t.origin, t.row_digest,
       {columns}
FROM telemetry t, unnest(%(vehicles)s::bigint[], %(sources)s::integer[])
                  AS u (vehicle_id, source_id)
WHERE t.tenant_id = %(tenant)s AND t.vehicle_id = %(car)s AND t.ts >= %(start)s AND t.ts < %(end)s;

-- name: cells
-- A car's cell voltages for other cars.
INSERT INTO cells (tenant_id, vehicle_id, ts, source_id, received_at, origin, first, readings)
SELECT t.tenant_id, u.vehicle_id, t.ts, u.source_id, t.received_at, t.origin, t.first, t.readings
FROM cells t, unnest(%(vehicles)s::bigint[], %(sources)s::integer[]) AS u (vehicle_id, source_id)
WHERE t.tenant_id = %(tenant)s AND t.vehicle_id = %(car)s AND t.ts >= %(start)s AND t.ts < %(end)s;

-- name: latest
-- A car's newest readings for other cars.
INSERT INTO latest (tenant_id, vehicle_id, ts, first_ts, received_at, version, signals, times_ms,
                    readings, reasons, sources, settled_to)
SELECT l.tenant_id, u.vehicle_id, l.ts, l.first_ts, l.received_at, l.version, l.signals,
       l.times_ms, l.readings, l.reasons, l.sources, l.settled_to
FROM latest l, unnest(%(vehicles)s::bigint[]) AS u (vehicle_id)
WHERE l.tenant_id = %(tenant)s AND l.vehicle_id = %(car)s;

-- name: settled
-- Other cars are settled as far as the car.
UPDATE latest l SET settled_to = c.settled_to FROM latest c
WHERE l.tenant_id = %(tenant)s AND l.vehicle_id = ANY(%(vehicles)s::bigint[])
  AND c.tenant_id = l.tenant_id AND c.vehicle_id = %(car)s;

-- name: checkpoints
-- A car's checkpoint for other cars.
INSERT INTO checkpoints (tenant_id, vehicle_id, edge, key, body)
SELECT c.tenant_id, u.vehicle_id, c.edge, c.key, c.body
FROM checkpoints c, unnest(%(vehicles)s::bigint[]) AS u (vehicle_id)
WHERE c.tenant_id = %(tenant)s AND c.vehicle_id = %(car)s
ON CONFLICT (tenant_id, vehicle_id) DO UPDATE
    SET edge = excluded.edge, key = excluded.key, body = excluded.body;

-- name: weight
-- Mean size of a checkpoint in bytes.
SELECT coalesce(avg(length(body)), 0) FROM checkpoints WHERE vehicle_id = ANY(%(vehicles)s);
