-- name: due
-- Vehicles with data that no assessment has seen, longest waiting first.
SELECT l.vehicle_id, l.version
FROM latest l
JOIN vehicles v ON v.tenant_id = l.tenant_id AND v.id = l.vehicle_id
LEFT JOIN assessment_latest a ON a.tenant_id = l.tenant_id AND a.vehicle_id = l.vehicle_id
WHERE l.version > coalesce(a.seen_version, 0)
ORDER BY coalesce(a.saved_at, '-infinity'), l.vehicle_id
LIMIT %(limit)s;

-- name: version
-- How often data of a vehicle changed.
SELECT l.version FROM latest l JOIN vehicles v ON v.tenant_id = l.tenant_id
    AND v.id = l.vehicle_id
WHERE v.id = %(vehicle)s;

-- name: open
-- What a run begins with: span of the data, late data, checkpoint.
SELECT l.version, l.first_ts, l.ts, l.late_from, c.edge, c.key, c.body
FROM vehicles v
LEFT JOIN latest l ON l.tenant_id = v.tenant_id AND l.vehicle_id = v.id
LEFT JOIN checkpoints c ON c.tenant_id = l.tenant_id AND c.vehicle_id = l.vehicle_id
    AND c.edge = l.settled_to
WHERE v.id = %(vehicle)s;

-- name: settle
-- Everything before an edge is settled, unless data came meanwhile.
UPDATE latest SET settled_to = %(edge)s, late_from = NULL
WHERE tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
  AND vehicle_id = %(vehicle)s AND version = %(seen)s
RETURNING tenant_id;

-- name: keep
-- The checkpoint of a vehicle.
INSERT INTO checkpoints (tenant_id, vehicle_id, edge, key, body)
VALUES (%(tenant)s, %(vehicle)s, %(edge)s, %(key)s, %(body)s)
ON CONFLICT (tenant_id, vehicle_id) DO UPDATE
    SET edge = excluded.edge, key = excluded.key, body = excluded.body, saved_at = now();

-- name: save
-- An assessment, and that it is the newest.
WITH asset AS (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s),
saved AS (
    INSERT INTO assessments (tenant_id, vehicle_id, as_of, model_version, input_digest, body)
    SELECT tenant_id, %(vehicle)s, %(as_of)s, %(model_version)s, %(input_digest)s, %(body)s
    FROM asset RETURNING tenant_id, id)
INSERT INTO assessment_latest (tenant_id, vehicle_id, assessment_id, seen_version)
SELECT tenant_id, %(vehicle)s, id, %(seen)s FROM saved
ON CONFLICT (tenant_id, vehicle_id) DO UPDATE
    SET assessment_id = excluded.assessment_id, saved_at = now(),
        seen_version = greatest(assessment_latest.seen_version, excluded.seen_version)
RETURNING assessment_id;

-- name: latest
-- The newest assessment.
SELECT s.as_of, s.model_version, s.input_digest, s.body
FROM assessment_latest a JOIN assessments s ON s.id = a.assessment_id
WHERE a.vehicle_id = %(vehicle)s
  AND a.tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s);

-- name: history
-- Assessments of a span.
SELECT as_of, model_version, input_digest, body FROM assessments
WHERE vehicle_id = %(vehicle)s AND as_of >= %(start)s AND as_of < %(end)s
  AND tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
ORDER BY id;
