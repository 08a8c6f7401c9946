-- name: entries
-- Accounts of the batches of a stream.
SELECT seq, rows_stored, rows_duplicate, rows_quarantined FROM ledger
WHERE tenant_id = %(tenant)s AND device_id = %(device)s AND stream = %(stream)s;

-- name: letters
-- Open letters of a stream.
SELECT seq, reason, rows, row_count FROM dead_letters
WHERE tenant_id = %(tenant)s AND device_id = %(device)s AND stream = %(stream)s
  AND seq IS NOT NULL AND closed_at IS NULL;

-- name: offers
-- Open offers of a vehicle.
SELECT count(*) FROM offers
WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s AND state = 'open';

-- name: undecided
-- Open alerts of a vehicle with neither offer nor refusal.
SELECT count(*) FROM alerts a
WHERE a.tenant_id = %(tenant)s AND a.vehicle_id = %(vehicle)s AND a.state = 'open'
  AND NOT EXISTS (SELECT FROM offers o WHERE o.tenant_id = a.tenant_id AND o.alert_id = a.id)
  AND NOT EXISTS (SELECT FROM offer_refusals r WHERE r.tenant_id = a.tenant_id
                  AND r.alert_id = a.id AND r.severity = a.severity);
