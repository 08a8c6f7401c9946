-- name: lock
SELECT pg_advisory_lock(8447101);

-- name: make_book
CREATE TABLE IF NOT EXISTS migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    digest text NOT NULL,
    ran_at timestamptz NOT NULL DEFAULT now()
);

-- name: done
SELECT number, digest FROM migrations ORDER BY number;

-- name: record
INSERT INTO migrations (number, name, digest) VALUES (%(number)s, %(name)s, %(digest)s);
