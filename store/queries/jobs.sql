-- name: lock
-- One at a time makes the schema of jobs.
SELECT pg_advisory_xact_lock(6307744302921);

-- name: made
-- Whether the schema of jobs is there.
SELECT 1 FROM pg_namespace WHERE nspname = 'jobs';

-- name: make_schema
-- The schema of jobs.
CREATE SCHEMA jobs;

-- name: grant
-- What the worker may do with jobs.
GRANT USAGE ON SCHEMA jobs TO vigil_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO vigil_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO vigil_worker;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs TO vigil_worker;

-- name: alone
-- One worker at a time for a vehicle.
SELECT pg_advisory_lock(719, hashint8(%(vehicle)s));
