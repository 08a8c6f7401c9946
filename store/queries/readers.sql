-- name: exists
SELECT 1 FROM pg_roles WHERE rolname = %(role)s;

-- name: create
CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    IN ROLE vigil_read;

-- name: password
ALTER ROLE {role} PASSWORD {password};

-- name: connect
GRANT CONNECT ON DATABASE {database} TO {role};

-- name: drop
DELETE FROM readers WHERE role_name = %(role)s;

-- name: add
INSERT INTO readers (role_name, tenant_id) VALUES (%(role)s, %(tenant)s);
