-- name: touch
INSERT INTO latest (tenant_id, vehicle_id, ts, first_ts, received_at, version, signals, times_ms,
                    readings, reasons, sources)
SELECT tenant_id, vehicle_id, 'epoch', 'infinity', 'epoch', 0, '{}', '{}', '{}', '{}', '{}'
FROM unnest(%(tenants)s::integer[], %(vehicles)s::bigint[]) AS u (tenant_id, vehicle_id)
ORDER BY vehicle_id
ON CONFLICT DO NOTHING;

-- name: lock
SELECT l.vehicle_id, l.signals, l.times_ms, l.readings, l.reasons, l.sources
FROM latest l
JOIN unnest(%(tenants)s::integer[], %(vehicles)s::bigint[]) AS u (tenant_id, vehicle_id)
    USING (tenant_id, vehicle_id)
ORDER BY l.vehicle_id FOR UPDATE OF l;

-- name: update
UPDATE latest SET
    ts = greatest(ts, %(high)s), first_ts = least(first_ts, %(low)s),
    received_at = greatest(received_at, %(received)s), version = version + 1,
    signals = %(signals)s, times_ms = %(times)s, readings = %(readings)s, reasons = %(reasons)s,
    sources = %(sources)s
WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s;

-- name: one
SELECT ts, first_ts, received_at, version, signals, times_ms, readings, reasons, sources
FROM latest
WHERE vehicle_id = %(vehicle)s
  AND tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s);
