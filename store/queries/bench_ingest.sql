-- Tables beside the real ones, for measuring: made, filled and dropped by the owner.

-- name: like
-- A table with some columns of another, without index.
CREATE TABLE {table} AS SELECT {columns} FROM {other} WITH NO DATA;

-- name: ledger_table
-- A ledger of its own.
CREATE TABLE bench_ledger (LIKE ledger INCLUDING DEFAULTS INCLUDING INDEXES);

-- name: index
-- The index that readers need.
CREATE INDEX ON {table} (vehicle_id, ts);

-- name: cut
-- The table shall be cut into days.
INSERT INTO span_tables (table_name, time_column) VALUES (%(table)s, 'ts');

-- name: uncut
-- The tables are nobody's spans any more.
DELETE FROM span_tables WHERE table_name = ANY(%(tables)s);

-- name: drop
-- A table goes.
DROP TABLE IF EXISTS {table} CASCADE;

-- name: ledger
-- Entries of stored messages.
INSERT INTO bench_ledger (tenant_id, device_id, stream, seq, digest, rows_stored, rows_duplicate,
                          rows_quarantined, waits, received_at)
SELECT tenant_id, device_id, stream, seq, digest, rows_stored, 0, 0, false, now()
FROM unnest(%(tenants)s::integer[], %(devices)s::integer[], %(streams)s::bytea[],
            %(seqs)s::bigint[], %(digests)s::bytea[], %(rows)s::integer[])
     AS u (tenant_id, device_id, stream, seq, digest, rows_stored);

-- name: insert_row
-- A row as it is first written.
INSERT INTO {table} (ts, vehicle_id, {columns}) VALUES ({values});

-- name: vehicles
-- Cars of a load maker.
INSERT INTO vehicles (tenant_id, id, powertrain)
SELECT %(tenant)s, v, 'bev' FROM unnest(%(vehicles)s::bigint[]) AS v;

-- name: devices
-- Their devices, in the order of the names.
INSERT INTO devices (tenant_id, name)
SELECT %(tenant)s, name FROM unnest(%(names)s::text[]) WITH ORDINALITY AS u (name, place)
ORDER BY place RETURNING id;

-- name: marks
-- The devices have come no way yet.
INSERT INTO device_marks (tenant_id, device_id)
SELECT %(tenant)s, d FROM unnest(%(devices)s::integer[]) AS d;

-- name: bindings
-- Each device sits in its car.
INSERT INTO bindings (tenant_id, device_id, vehicle_id, since)
SELECT %(tenant)s, d, v, '2000-01-01'
FROM unnest(%(devices)s::integer[], %(vehicles)s::bigint[]) AS u (d, v);

-- name: written
-- Bytes of WAL so far, and of the database.
SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint, pg_database_size(current_database());

-- name: stored
-- Rows that the ledger of a tenant says are stored, doubled, waiting.
SELECT coalesce(sum(rows_stored), 0)::bigint, coalesce(sum(rows_duplicate), 0)::bigint,
       coalesce(sum(rows_quarantined), 0)::bigint
FROM ledger WHERE tenant_id = %(tenant)s;

-- name: counted
-- Rows of a tenant that really are there.
SELECT count(*) FROM telemetry WHERE tenant_id = %(tenant)s;

-- name: configuration
-- How the server is set.
SELECT name, setting || coalesce(' ' || unit, '') FROM pg_settings
WHERE name IN ('server_version', 'shared_buffers', 'max_wal_size', 'synchronous_commit', 'fsync',
               'full_page_writes', 'wal_compression', 'checkpoint_timeout', 'jit')
ORDER BY name;
