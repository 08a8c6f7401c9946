-- name: exists
-- Whether a role is there.
SELECT 1 FROM pg_roles WHERE rolname = %(role)s;

-- name: create
-- A role that reads the views of one tenant.
CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    IN ROLE vigil_read;

-- name: password
-- A reader's password.
ALTER ROLE {role} PASSWORD {password};

-- name: connect
-- A reader may connect.
GRANT CONNECT ON DATABASE {database} TO {role};

-- name: drop
-- A reader belongs to no tenant.
DELETE FROM readers WHERE role_name = %(role)s;

-- name: add
-- A reader belongs to a tenant.
INSERT INTO readers (role_name, tenant_id) VALUES (%(role)s, %(tenant)s);
