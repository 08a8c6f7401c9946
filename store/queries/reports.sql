-- name: keep
INSERT INTO reports (tenant_id, id, vehicle_id, issued_at, key_id, public_key, key_since, signed)
SELECT v.tenant_id, %(id)s, v.id, %(issued_at)s, %(key_id)s, %(public_key)s, %(key_since)s,
       %(signed)s
FROM vehicles v WHERE v.id = %(vehicle)s
RETURNING id;

-- name: find
SELECT signed, key_id, public_key, key_since, key_compromised_at, withdrawn, superseded
FROM api_report(%(id)s);

-- name: withdraw
UPDATE reports SET withdrawn_at = %(at)s, withdrawn_why = %(why)s
WHERE id = %(id)s AND withdrawn_at IS NULL;

-- name: compromise
UPDATE reports SET key_compromised_at = %(at)s WHERE key_id = %(key_id)s;

-- name: of_vehicle
SELECT id, issued_at, withdrawn_at IS NOT NULL AS withdrawn FROM reports
WHERE vehicle_id = %(vehicle)s ORDER BY issued_at DESC LIMIT %(most)s;

-- name: vin
SELECT vin FROM identity.vehicles WHERE vehicle_id = %(vehicle)s;
