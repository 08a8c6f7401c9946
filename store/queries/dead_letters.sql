-- name: counts
-- Open letters by reason.
SELECT reason, count(*), sum(row_count), min(received_at) FROM dead_letters
WHERE closed_at IS NULL AND (%(tenant)s::integer IS NULL OR tenant_id = %(tenant)s)
GROUP BY reason ORDER BY reason;

-- name: open
-- Open letters by id, from after one.
SELECT id, tenant_id, device_id, topic, reason, detail, payload, rows, row_count, received_at,
       tries
FROM dead_letters
WHERE closed_at IS NULL AND id > %(after)s AND reason = ANY(%(reasons)s)
  AND (%(tenant)s::integer IS NULL OR tenant_id = %(tenant)s)
ORDER BY id LIMIT %(limit)s;

-- name: tried
-- A letter was judged again.
UPDATE dead_letters
SET tries = tries + 1, tried_at = now(), closed_at = CASE WHEN %(closed)s THEN now() END
WHERE id = %(id)s;
