-- name: entries
SELECT seq, rows_stored, rows_duplicate, rows_quarantined FROM ledger
WHERE tenant_id = %(tenant)s AND device_id = %(device)s AND stream = %(stream)s;

-- name: letters
SELECT seq, reason, rows, row_count FROM dead_letters
WHERE tenant_id = %(tenant)s AND device_id = %(device)s AND stream = %(stream)s
  AND seq IS NOT NULL AND closed_at IS NULL;
