-- Run by the server's administrator, once.

-- name: lock
SELECT pg_advisory_xact_lock(8447100);

-- name: role_exists
SELECT 1 FROM pg_roles WHERE rolname = %(role)s;

-- name: create_role
CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {bypass}
    PASSWORD {password};

-- name: alter_role
ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {bypass}
    PASSWORD {password};

-- name: backup_reads
GRANT pg_read_all_data TO vigil_backup;

-- name: database_exists
SELECT 1 FROM pg_database WHERE datname = %(database)s;

-- name: create_database
CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8';

-- name: close_database
REVOKE ALL ON DATABASE {database} FROM PUBLIC;

-- name: allow_connect
GRANT CONNECT ON DATABASE {database} TO {role};

-- name: timescale_available
SELECT 1 FROM pg_available_extensions a
WHERE a.name = 'timescaledb'
  AND current_setting('shared_preload_libraries') LIKE '%timescaledb%'
  AND NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'timescaledb');

-- name: create_timescale
CREATE EXTENSION IF NOT EXISTS timescaledb;
