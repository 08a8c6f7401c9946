-- One transaction of ingest, in this order.

-- name: lock_devices
-- Devices of the group, held in one order, and how far each has come.
SELECT device_id, (extract(epoch FROM greatest(high_ts, '1970-01-01')) * 1000)::bigint
FROM device_marks WHERE device_id = ANY(%(devices)s) ORDER BY device_id FOR UPDATE;

-- name: epoch
-- The life of the store.
SELECT epoch, recovered_to FROM store_epoch ORDER BY epoch DESC LIMIT 1;

-- name: ledger_lookup
-- What is known of these batches.
SELECT l.device_id, l.stream, l.seq, l.digest, l.rows_stored, l.waits
FROM unnest(%(tenants)s::integer[], %(devices)s::integer[], %(streams)s::bytea[],
            %(seqs)s::bigint[]) AS u (tenant_id, device_id, stream, seq)
JOIN ledger l USING (tenant_id, device_id, stream, seq);

-- name: rows_before
-- Rows that are stored already, by their content.
SELECT u.position
FROM unnest(%(positions)s::integer[], %(tenants)s::integer[], %(vehicles)s::bigint[],
            %(times)s::timestamptz[], %(sources)s::integer[], %(digests)s::bigint[])
     AS u (position, tenant_id, vehicle_id, ts, source_id, row_digest)
WHERE EXISTS (
    SELECT 1 FROM telemetry t
    WHERE t.tenant_id = u.tenant_id AND t.vehicle_id = u.vehicle_id AND t.ts = u.ts
      AND t.source_id = u.source_id AND t.row_digest = u.row_digest
      AND t.ts BETWEEN %(low)s AND %(high)s)
   OR EXISTS (
    SELECT 1 FROM import_telemetry t
    WHERE t.tenant_id = u.tenant_id AND t.vehicle_id = u.vehicle_id AND t.ts = u.ts
      AND t.source_id = u.source_id AND t.row_digest = u.row_digest);

-- name: copy
-- The door for rows.
COPY {table} ({columns}) FROM STDIN (FORMAT BINARY);

-- name: states
-- States of signals, once each.
INSERT INTO signal_state (tenant_id, vehicle_id, source_id, signal_id, component, reason, from_ts,
                          to_ts, received_at)
SELECT * FROM unnest(%(tenants)s::integer[], %(vehicles)s::bigint[], %(sources)s::integer[],
                     %(signals)s::bigint[], %(components)s::smallint[], %(reasons)s::smallint[],
                     %(from)s::timestamptz[], %(to)s::timestamptz[], %(received)s::timestamptz[])
ON CONFLICT DO NOTHING;

-- name: event
-- An event, once.
INSERT INTO events (tenant_id, vehicle_id, ts, source_id, kind, code, component, level, active,
                    readings, notes, origin, urgent, digest, received_at, handled_at)
VALUES (%(tenant)s, %(vehicle)s, %(ts)s, %(source)s, %(kind)s, %(code)s, %(component)s, %(level)s,
        %(active)s, %(readings)s, %(notes)s, %(origin)s, %(urgent)s, %(digest)s, %(received)s,
        %(handled)s)
ON CONFLICT DO NOTHING;

-- name: trips
-- Trips, once each.
INSERT INTO trips SELECT * FROM jsonb_populate_recordset(NULL::trips, %(rows)s)
ON CONFLICT DO NOTHING;

-- name: charges
-- Charges, once each.
INSERT INTO charges SELECT * FROM jsonb_populate_recordset(NULL::charges, %(rows)s)
ON CONFLICT DO NOTHING;

-- name: cranks
-- Cranks, once each.
INSERT INTO cranks SELECT * FROM jsonb_populate_recordset(NULL::cranks, %(rows)s)
ON CONFLICT DO NOTHING;

-- name: parked
-- Parked periods, once each.
INSERT INTO parked SELECT * FROM jsonb_populate_recordset(NULL::parked, %(rows)s)
ON CONFLICT DO NOTHING;

-- name: burst
-- A burst, once.
INSERT INTO bursts (tenant_id, vehicle_id, ts, source_id, received_at, origin, signal_id,
                    period_us, trigger, digest, readings)
VALUES (%(tenant)s, %(vehicle)s, %(ts)s, %(source)s, %(received)s, %(origin)s, %(signal)s,
        %(period)s, %(trigger)s, %(digest)s, %(readings)s::real[])
ON CONFLICT DO NOTHING;

-- name: gap
-- A gap that a gateway told, once.
INSERT INTO gaps (tenant_id, device_id, stream, first, last, received_at)
VALUES (%(tenant)s, %(device)s, %(stream)s, %(first)s, %(last)s, %(received)s)
ON CONFLICT DO NOTHING;

-- name: letter
-- A dead letter, or what still waits of it.
INSERT INTO dead_letters (tenant_id, device_id, topic, reason, detail, payload, key, stream, seq,
                          digest, rows, row_count, received_at)
VALUES (%(tenant)s, %(device)s, %(topic)s, %(reason)s, %(detail)s, %(payload)s, %(key)s,
        %(stream)s, %(seq)s, %(digest)s, %(rows)s, %(count)s, %(received)s)
ON CONFLICT (key) DO UPDATE
    SET rows = excluded.rows, row_count = excluded.row_count, reason = excluded.reason,
        detail = excluded.detail
    WHERE dead_letters.closed_at IS NULL AND excluded.rows <> dead_letters.rows
RETURNING id, xmax = 0;

-- name: close_letter
-- Letters whose rows are stored.
UPDATE dead_letters SET closed_at = now() WHERE key = ANY(%(keys)s) AND closed_at IS NULL;

-- name: ledger
-- Accounts of batches.
INSERT INTO ledger (tenant_id, device_id, stream, seq, digest, rows_stored, rows_duplicate,
                    rows_quarantined, waits, received_at)
SELECT * FROM unnest(%(tenants)s::integer[], %(devices)s::integer[], %(streams)s::bytea[],
                     %(seqs)s::bigint[], %(digests)s::bytea[], %(stored)s::integer[],
                     %(duplicate)s::integer[], %(quarantined)s::integer[], %(waits)s::boolean[],
                     %(received)s::timestamptz[])
ON CONFLICT (tenant_id, device_id, stream, seq) DO UPDATE
    SET rows_stored = excluded.rows_stored, rows_duplicate = excluded.rows_duplicate,
        rows_quarantined = excluded.rows_quarantined, waits = excluded.waits;

-- name: mark_devices
-- How far devices have come.
UPDATE device_marks m SET high_ts = greatest(m.high_ts, u.ts), received_at = u.received_at
FROM unnest(%(devices)s::integer[], %(high)s::timestamptz[], %(received)s::timestamptz[])
     AS u (device_id, ts, received_at)
WHERE m.device_id = u.device_id;

-- name: wake_urgent
-- The urgent path is woken.
SELECT pg_notify('vigil_urgent', '');
