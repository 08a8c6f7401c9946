-- name: allowed
-- Whether somebody other than the keeper may ask.
SELECT api_certificate_allowed(%(vehicle)s, %(at)s);

-- name: standing
-- A car's last day at the counter.
SELECT
    (SELECT max(r.issued_at) FROM reports r
     WHERE r.tenant_id = reach_tenant() AND r.vehicle_id = %(vehicle)s AND r.withdrawn_at IS NULL
       AND (r.key_compromised_at IS NULL OR r.issued_at < r.key_compromised_at)) AS issued_at,
    (SELECT count(*) FROM report_asks a
     WHERE a.tenant_id = reach_tenant() AND a.vehicle_id = %(vehicle)s
       AND a.asked_at > %(day_ago)s) AS asks,
    (SELECT min(a.asked_at) FROM report_asks a
     WHERE a.tenant_id = reach_tenant() AND a.vehicle_id = %(vehicle)s
       AND a.asked_at > %(day_ago)s) AS first_ask;

-- name: newest
-- The newest ask of a car in reach.
SELECT id, asked_at, tries, ended_at, report_id, trouble FROM report_asks
WHERE tenant_id = reach_tenant() AND vehicle_id = %(vehicle)s AND reaches(vehicle_id)
  AND (reach_kind() <> 'owner' OR ended_at IS NULL OR asked_at >= reach_floor(vehicle_id))
ORDER BY id DESC LIMIT 1;

-- name: ask
-- A car is put in line.
INSERT INTO report_asks (tenant_id, vehicle_id, person_id, role, asked_at)
SELECT reach_tenant(), %(vehicle)s, reach_person(), %(role)s, %(at)s
WHERE reaches(%(vehicle)s)
ON CONFLICT (tenant_id, vehicle_id) WHERE ended_at IS NULL DO NOTHING
RETURNING id;

-- name: waiting
-- Open asks that no worker has in hand.
SELECT id FROM report_asks
WHERE ended_at IS NULL AND (tried_at IS NULL OR tried_at < %(before)s)
ORDER BY asked_at LIMIT %(most)s;

-- name: take
-- A worker takes an ask in hand.
UPDATE report_asks SET tries = tries + 1, tried_at = %(at)s
WHERE id = %(id)s AND ended_at IS NULL AND (tried_at IS NULL OR tried_at < %(before)s)
RETURNING vehicle_id, tries;

-- name: end
-- An ask ends with a report or a trouble.
UPDATE report_asks SET ended_at = %(at)s, report_id = %(report)s, trouble = %(trouble)s
WHERE id = %(id)s AND ended_at IS NULL;
