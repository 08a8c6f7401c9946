-- name: note
-- One look at a car, unless the same person looked at the same thing within five minutes.
INSERT INTO access_log (tenant_id, at, person_id, role, centre_id, vehicle_id, what)
SELECT reach_tenant(), %(at)s, reach_person(), %(role)s, reach_centre(), %(vehicle_id)s, %(what)s
WHERE NOT EXISTS (SELECT FROM access_log l WHERE l.tenant_id = reach_tenant()
  AND l.vehicle_id = %(vehicle_id)s AND l.person_id = reach_person() AND l.what = %(what)s
  AND l.at > %(at)s - interval '5 minutes')

-- name: list
-- Looks at a car, newest first.
SELECT l.id, l.at, l.role, c.title AS centre, l.what, l.person_id = reach_person() AS you
FROM access_log l LEFT JOIN centres c ON c.tenant_id = l.tenant_id AND c.id = l.centre_id
WHERE l.tenant_id = reach_tenant() AND l.vehicle_id = %(vehicle_id)s
  AND (%(before)s::bigint IS NULL OR l.id < %(before)s)
ORDER BY l.id DESC LIMIT %(most)s
