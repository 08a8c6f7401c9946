-- name: insert
INSERT INTO identity.people (tenant_id, id, email, name, role, centre_id, skills, lang, zone, password_hash)
VALUES (%(tenant_id)s, %(id)s, %(email)s, %(name)s, %(role)s, %(centre_id)s, %(skills)s, %(lang)s, %(zone)s, %(password_hash)s)

-- name: by_email
SELECT * FROM identity.person_by_email(%(email)s)

-- name: by_token
SELECT * FROM identity.person_by_token(%(key)s, %(token)s, %(at)s)

-- name: by_session
SELECT * FROM identity.person_by_session(%(secret_hash)s, %(at)s)

-- name: by_id
SELECT * FROM identity.person_by_id(%(tenant_id)s, %(id)s)

-- name: set_password
UPDATE identity.people SET password_hash = %(password_hash)s WHERE tenant_id = %(tenant_id)s AND id = %(id)s

-- name: set_preferences
UPDATE identity.people SET lang = %(lang)s, channels = %(channels)s, quiet_from = %(quiet_from)s, quiet_until = %(quiet_until)s
WHERE tenant_id = %(tenant_id)s AND id = %(id)s

-- name: list
SELECT id, email, name, role, centre_id, active FROM identity.people WHERE tenant_id = %(tenant_id)s ORDER BY role, email

-- name: staff
SELECT id, name, role, skills FROM identity.people
WHERE tenant_id = %(tenant_id)s AND centre_id = %(centre_id)s AND active ORDER BY role, name

-- name: keepers
SELECT p.* FROM identity.people p JOIN identity.tenures t ON t.tenant_id = p.tenant_id AND t.person_id = p.id
WHERE t.tenant_id = %(tenant_id)s AND t.vehicle_id = %(vehicle_id)s AND t.since <= %(at)s
  AND (t.until IS NULL OR t.until > %(at)s) AND p.active

-- name: centre_staff
SELECT * FROM identity.people WHERE tenant_id = %(tenant_id)s AND centre_id = %(centre_id)s AND active
  AND role = %(role)s AND centre_sees(%(tenant_id)s, %(vehicle_id)s, %(centre_id)s)

-- name: account_of
SELECT * FROM identity.account_of(%(email)s)

-- name: keeps
SELECT FROM identity.tenures WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s
  AND person_id = %(person_id)s AND since <= %(since)s AND (until IS NULL OR until > %(since)s)

-- name: end_tenure
UPDATE identity.tenures SET until = %(since)s
WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s AND since < %(since)s
  AND (until IS NULL OR until > %(since)s)

-- name: end_consents
UPDATE consents SET withdrawn_at = %(since)s
WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s AND person_id <> %(person_id)s
  AND withdrawn_at IS NULL AND until > %(since)s

-- name: start_tenure
INSERT INTO identity.tenures (tenant_id, vehicle_id, person_id, since)
VALUES (%(tenant_id)s, %(vehicle_id)s, %(person_id)s, %(since)s)

-- name: tenure_start
SELECT max(since) AS since FROM identity.tenures WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s
  AND person_id = %(person_id)s AND (until IS NULL OR until > now())

-- name: tenant
SELECT id FROM tenants WHERE name = %(name)s

-- name: centre
SELECT id FROM centres WHERE tenant_id = %(tenant_id)s AND name = %(name)s

-- name: centres
SELECT id, name, title, zone FROM centres WHERE tenant_id = %(tenant_id)s ORDER BY id
