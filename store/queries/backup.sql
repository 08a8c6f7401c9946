-- name: state
-- What a backup says about itself.
SELECT now(), (SELECT max(epoch) FROM store_epoch), current_setting('server_version'),
       EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'),
       (SELECT jsonb_object_agg(number::text, digest) FROM migrations);

-- name: exists
-- Whether a database is there.
SELECT 1 FROM pg_database WHERE datname = %(database)s;

-- name: drop
-- A database goes, with whoever is connected.
DROP DATABASE {database} WITH (FORCE);

-- name: raise_epoch
-- The store lives on from an earlier moment: gateways offer again.
INSERT INTO store_epoch (epoch, recovered_to, why)
SELECT greatest(max(epoch) + 1,
                (extract(epoch FROM now() - '2020-01-01 00:00Z'::timestamptz))::integer),
       %(recovered_to)s, 'restored'
FROM store_epoch
RETURNING epoch;
