-- name: state
SELECT now(), (SELECT max(epoch) FROM store_epoch), current_setting('server_version'),
       EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'),
       (SELECT jsonb_object_agg(number::text, digest) FROM migrations);

-- name: exists
SELECT 1 FROM pg_database WHERE datname = %(database)s;

-- name: drop
DROP DATABASE {database} WITH (FORCE);

-- name: raise_epoch
INSERT INTO store_epoch (epoch, recovered_to, why)
SELECT greatest(max(epoch) + 1, (extract(epoch FROM now() - '2020-01-01 00:00Z'::timestamptz))::integer),
       %(recovered_to)s, 'restored'
FROM store_epoch
RETURNING epoch;
