-- name: insert
-- A new account.
INSERT INTO identity.people (tenant_id, id, email, name, role, centre_id, skills, lang, zone,
                             password_hash)
VALUES (%(tenant_id)s, %(id)s, %(email)s, %(name)s, %(role)s, %(centre_id)s, %(skills)s, %(lang)s,
        %(zone)s, %(password_hash)s)

-- name: by_email
-- What a sign-in is checked against.
SELECT tenant_id, id, password_hash, active FROM identity.person_by_email(%(email)s)

-- name: by_token
-- The person behind a token in force.
SELECT tenant_id, id, email, name, role, centre_id, skills, lang, zone, channels, quiet_from,
       quiet_until
FROM identity.person_by_token(%(key)s, %(token)s, %(at)s)

-- name: by_session
-- The person behind a live session.
SELECT tenant_id, id, email, name, role, centre_id, skills, lang, zone, channels, quiet_from,
       quiet_until, csrf
FROM identity.person_by_session(%(secret_hash)s, %(at)s)

-- name: by_id
-- An active account.
SELECT tenant_id, id, email, name, role, centre_id, skills, lang, zone, channels, quiet_from,
       quiet_until
FROM identity.person_by_id(%(tenant_id)s, %(id)s)

-- name: set_password
-- Another password's hash.
UPDATE identity.people SET password_hash = %(password_hash)s
WHERE tenant_id = %(tenant_id)s AND id = %(id)s

-- name: set_preferences
-- Language, channels and quiet hours of a person.
UPDATE identity.people SET lang = %(lang)s, channels = %(channels)s, quiet_from = %(quiet_from)s,
    quiet_until = %(quiet_until)s
WHERE tenant_id = %(tenant_id)s AND id = %(id)s

-- name: list
-- All accounts of a tenant.
SELECT id, email, name, role, centre_id, active FROM identity.people
WHERE tenant_id = %(tenant_id)s ORDER BY role, email

-- name: keepers
-- Who keeps a car at a moment.
SELECT p.tenant_id, p.id, p.email, p.name, p.role, p.centre_id, p.skills, p.lang, p.zone,
       p.channels, p.quiet_from, p.quiet_until
FROM identity.people p
JOIN identity.tenures t ON t.tenant_id = p.tenant_id AND t.person_id = p.id
WHERE t.tenant_id = %(tenant_id)s AND t.vehicle_id = %(vehicle_id)s AND t.since <= %(at)s
  AND (t.until IS NULL OR t.until > %(at)s) AND p.active

-- name: centre_staff
-- People of one role at a centre that may see the car.
SELECT tenant_id, id, email, name, role, centre_id, skills, lang, zone, channels, quiet_from,
       quiet_until
FROM identity.people
WHERE tenant_id = %(tenant_id)s AND centre_id = %(centre_id)s AND active
  AND role = %(role)s AND centre_sees(%(tenant_id)s, %(vehicle_id)s, %(centre_id)s)

-- name: account_of
-- Tenant and id of an active account, for registrars.
SELECT * FROM identity.account_of(%(email)s)

-- name: keeps
-- A row where the person keeps the car already.
SELECT FROM identity.tenures WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s
  AND person_id = %(person_id)s AND since <= %(since)s AND (until IS NULL OR until > %(since)s)

-- name: end_tenure
-- The present keeper's time ends.
UPDATE identity.tenures SET until = %(since)s
WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s AND since < %(since)s
  AND (until IS NULL OR until > %(since)s)

-- name: end_consents
-- What everybody but the new keeper allowed ends.
UPDATE consents SET withdrawn_at = %(since)s
WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s AND person_id <> %(person_id)s
  AND withdrawn_at IS NULL AND until > %(since)s

-- name: end_offers
-- Offers that were made to the keeper before are taken back.
UPDATE offers SET state = 'withdrawn', decided_at = %(since)s, version = version + 1
WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(vehicle_id)s AND state = 'open'
  AND person_id IS DISTINCT FROM %(person_id)s

-- name: start_tenure
-- A new keeper's time begins.
INSERT INTO identity.tenures (tenant_id, vehicle_id, person_id, since)
VALUES (%(tenant_id)s, %(vehicle_id)s, %(person_id)s, %(since)s)

-- name: tenant
-- A tenant by its name.
SELECT id FROM tenants WHERE name = %(name)s

-- name: centre
-- A centre by its name.
SELECT id FROM centres WHERE tenant_id = %(tenant_id)s AND name = %(name)s
