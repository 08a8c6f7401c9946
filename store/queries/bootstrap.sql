-- Run by the server's administrator, once.

-- name: lock
-- One bootstrap at a time.
SELECT pg_advisory_xact_lock(8447100);

-- name: role_exists
-- Whether a role is there.
SELECT 1 FROM pg_roles WHERE rolname = %(role)s;

-- name: create_role
-- A role that may sign in and nothing else.
CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {bypass}
    PASSWORD {password};

-- name: alter_role
-- A role as it should be, with a new password.
ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {bypass}
    PASSWORD {password};

-- name: backup_reads
-- The backup reads everything.
GRANT pg_read_all_data TO vigil_backup;

-- name: database_exists
-- Whether the database is there.
SELECT 1 FROM pg_database WHERE datname = %(database)s;

-- name: create_database
-- The database of the service.
CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8';

-- name: close_database
-- Nobody connects by default.
REVOKE ALL ON DATABASE {database} FROM PUBLIC;

-- name: allow_connect
-- One role may connect.
GRANT CONNECT ON DATABASE {database} TO {role};

-- name: timescale_available
-- Whether TimescaleDB can be used and is not yet.
SELECT 1 FROM pg_available_extensions a
WHERE a.name = 'timescaledb'
  AND current_setting('shared_preload_libraries') LIKE '%timescaledb%'
  AND NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'timescaledb');

-- name: create_timescale
-- TimescaleDB in this database.
CREATE EXTENSION IF NOT EXISTS timescaledb;
