-- name: lock
SELECT pg_advisory_xact_lock(6307744302921);

-- name: made
SELECT 1 FROM pg_namespace WHERE nspname = 'jobs';

-- name: make_schema
CREATE SCHEMA jobs;

-- name: grant
GRANT USAGE ON SCHEMA jobs TO vigil_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO vigil_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO vigil_worker;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs TO vigil_worker;

-- name: alone
SELECT pg_advisory_lock(719, hashint8(%(vehicle)s));
