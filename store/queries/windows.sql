-- Reading history. Nulls leave as NaN, so that elements have one size and a column of a window is
-- one array: the client touches no value.

-- name: span
-- First and last moment of the data.
SELECT l.first_ts, l.ts FROM latest l JOIN vehicles v ON v.tenant_id = l.tenant_id
    AND v.id = l.vehicle_id
WHERE v.id = %(vehicle)s;

-- name: tenant
-- The tenant of a vehicle.
SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s;

-- name: rows
-- Rows of a span as arrays, a column each.
SELECT array_send(array_agg(ts)), array_send(array_agg(source_id)),
       array_send(array_agg(received_at)), array_send(array_agg(row_digest)), {arrays}
FROM (
    SELECT ts, source_id, received_at, row_digest, {columns} FROM telemetry
    WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s AND ts >= %(start)s AND ts < %(end)s
    UNION ALL
    SELECT ts, source_id, received_at, row_digest, {columns} FROM import_telemetry
    WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s AND ts >= %(start)s AND ts < %(end)s
) AS r (ts, source_id, received_at, row_digest, {names});

-- name: array
-- One column as an array.
array_send(array_agg({name}))

-- name: real
-- A column that is 4-byte already.
coalesce({column}, 'NaN')

-- name: column
-- A column of numbers.
coalesce({column}::double precision, 'NaN')

-- name: flag
-- A column of yes and no.
coalesce({column}::integer::double precision, 'NaN')

-- name: rare
-- Rare values of a span.
COPY (
    SELECT ts, source_id, received_at, signal_id, value FROM rare
    WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s AND signal_id = ANY(%(signals)s)
      AND ts >= %(start)s AND ts < %(end)s
    UNION ALL
    SELECT ts, source_id, received_at, signal_id, value FROM import_rare
    WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s AND signal_id = ANY(%(signals)s)
      AND ts >= %(start)s AND ts < %(end)s
) TO STDOUT (FORMAT BINARY);

-- name: parts
-- Cells or probes of a span, a day each.
SELECT array_send(array_agg(ts)), array_send(array_agg(source_id)),
       array_send(array_agg(received_at)), array_send(array_agg(first)),
       array_send(array_agg(cardinality(readings))),
       string_agg(array_send(array_replace(readings, NULL, (-32768)::smallint)), ''::bytea)
FROM (
    SELECT ts, source_id, received_at, first, readings FROM {table}
    WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s AND ts >= %(start)s AND ts < %(end)s
    UNION ALL
    SELECT ts, source_id, received_at, first, readings FROM {imported}
    WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s AND ts >= %(start)s AND ts < %(end)s
) AS r GROUP BY date_trunc('day', ts);

-- name: states
-- States of signals that touch a span.
SELECT source_id, signal_id, component, reason,
       (extract(epoch FROM from_ts) * 1000)::bigint, (extract(epoch FROM to_ts) * 1000)::bigint
FROM signal_state
WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s AND signal_id = ANY(%(signals)s)
  AND from_ts < %(end)s AND to_ts >= %(start)s
ORDER BY signal_id, component, from_ts, to_ts, source_id, reason;

-- name: trip
-- Trips that begin in a span.
SELECT * FROM trips WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s
    AND start_ts >= %(start)s AND start_ts < %(end)s ORDER BY start_ts, end_ts, source_id, digest;

-- name: charge
-- Charges that begin in a span.
SELECT * FROM charges WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s
    AND start_ts >= %(start)s AND start_ts < %(end)s ORDER BY start_ts, end_ts, source_id, digest;

-- name: crank
-- Cranks that begin in a span.
SELECT * FROM cranks WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s
    AND start_ts >= %(start)s AND start_ts < %(end)s ORDER BY start_ts, end_ts, source_id, digest;

-- name: parked
-- Parked periods that begin in a span.
SELECT * FROM parked WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s
    AND start_ts >= %(start)s AND start_ts < %(end)s ORDER BY start_ts, end_ts, source_id, digest;

-- name: ended
-- Records that end in a span.
SELECT * FROM {table} WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s
    AND start_ts >= %(earliest)s AND start_ts < %(end)s
    AND end_ts >= %(start)s AND end_ts < %(end)s ORDER BY end_ts, start_ts, source_id, digest;

-- name: events
-- Events of a span.
SELECT kind, (extract(epoch FROM ts) * 1000)::bigint, code, component, level, active, readings,
       notes
FROM events WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s
    AND ts >= %(start)s AND ts < %(end)s ORDER BY ts, source_id, digest;
