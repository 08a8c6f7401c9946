-- name: list
-- What the asking person allowed, newest first, with what has ended.
SELECT id, vehicle_id, purpose, given_at, until, text_hash, withdrawn_at FROM consents
WHERE tenant_id = reach_tenant() AND person_id = reach_person()
  AND (%(vehicle_id)s::bigint IS NULL OR vehicle_id = %(vehicle_id)s)
ORDER BY given_at DESC, id LIMIT 200

-- name: give
-- A yes of the asking person.
INSERT INTO consents (tenant_id, id, person_id, vehicle_id, purpose, given_at, until, text_hash)
VALUES (reach_tenant(), %(id)s, reach_person(), %(vehicle_id)s, %(purpose)s, %(at)s, %(until)s,
        %(text_hash)s)

-- name: withdraw_purpose
-- A new yes ends the one before for the same purpose.
UPDATE consents SET withdrawn_at = %(at)s
WHERE tenant_id = reach_tenant() AND person_id = reach_person() AND vehicle_id = %(vehicle_id)s
  AND purpose = %(purpose)s AND withdrawn_at IS NULL AND until > %(at)s

-- name: withdraw
-- A no of the asking person.
UPDATE consents SET withdrawn_at = %(at)s
WHERE tenant_id = reach_tenant() AND person_id = reach_person() AND id = %(id)s
  AND withdrawn_at IS NULL
