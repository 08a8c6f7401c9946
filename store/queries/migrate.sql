-- name: lock
-- One migration at a time.
SELECT pg_advisory_lock(8447101);

-- name: make_book
-- The book of migrations.
CREATE TABLE IF NOT EXISTS migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    digest text NOT NULL,
    ran_at timestamptz NOT NULL DEFAULT now()
);

-- name: done
-- Migrations that ran.
SELECT number, digest FROM migrations ORDER BY number;

-- name: record
-- A migration ran.
INSERT INTO migrations (number, name, digest) VALUES (%(number)s, %(name)s, %(digest)s);
