-- name: open
-- A session by the hash of its secret.
INSERT INTO identity.sessions (secret_hash, tenant_id, person_id, csrf, created_at, expires_at)
VALUES (%(secret_hash)s, %(tenant_id)s, %(person_id)s, %(csrf)s, %(at)s, %(expires_at)s)

-- name: revoke
-- One session ends.
UPDATE identity.sessions SET revoked_at = %(at)s
WHERE secret_hash = %(secret_hash)s AND revoked_at IS NULL

-- name: revoke_all
-- Every session of a person ends.
UPDATE identity.sessions SET revoked_at = %(at)s
WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s AND revoked_at IS NULL

-- name: keys
-- Signing keys in force, newest first.
SELECT id FROM identity.token_keys WHERE retired_at IS NULL ORDER BY created_at DESC, id

-- name: add_key
-- A signing key comes into force.
INSERT INTO identity.token_keys (id, created_at) VALUES (%(id)s, %(at)s) ON CONFLICT DO NOTHING

-- name: retire_key
-- A signing key goes out of force.
UPDATE identity.token_keys SET retired_at = %(at)s WHERE id = %(id)s AND retired_at IS NULL

-- name: add_token
-- A token that was issued.
INSERT INTO identity.tokens (id, tenant_id, person_id, label, created_at, expires_at)
VALUES (%(id)s, %(tenant_id)s, %(person_id)s, %(label)s, %(at)s, %(expires_at)s)

-- name: tokens
-- A person's tokens, newest first.
SELECT id, label, created_at, expires_at, revoked_at FROM identity.tokens
WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s ORDER BY created_at DESC LIMIT 100

-- name: revoke_token
-- One token of a person ends.
UPDATE identity.tokens SET revoked_at = %(at)s
WHERE id = %(id)s AND tenant_id = %(tenant_id)s AND person_id = %(person_id)s AND revoked_at IS NULL
