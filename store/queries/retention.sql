-- Ageing out: everything older than its term.

-- name: open_rescues
-- Vehicles whose positions stay while help is under way.
SELECT DISTINCT vehicle_id FROM rescue_cases WHERE closed_at IS NULL;

-- name: old_positions
-- Positions past their term.
DELETE FROM positions WHERE ts < %(before)s AND NOT vehicle_id = ANY(%(kept)s);

-- name: old_import_positions
-- Imported positions past their term.
DELETE FROM import_positions WHERE received_at < %(before)s AND NOT vehicle_id = ANY(%(kept)s);

-- name: states
-- States of signals past their term.
DELETE FROM signal_state WHERE to_ts < %(before)s AND received_at < %(before)s;

-- name: bursts
-- Bursts past their term.
DELETE FROM bursts WHERE ts < %(before)s AND received_at < %(before)s;

-- name: letters
-- Dead letters past their term.
DELETE FROM dead_letters WHERE received_at < %(before)s;

-- name: trips
-- Trips past their term.
DELETE FROM trips WHERE end_ts < %(before)s AND received_at < %(before)s;

-- name: charges
-- Charges past their term.
DELETE FROM charges WHERE end_ts < %(before)s AND received_at < %(before)s;

-- name: cranks
-- Cranks past their term.
DELETE FROM cranks WHERE end_ts < %(before)s AND received_at < %(before)s;

-- name: parked
-- Parked periods past their term.
DELETE FROM parked WHERE end_ts < %(before)s AND received_at < %(before)s;

-- name: assessments
-- Assessments past their term, but for the newest.
DELETE FROM assessments s WHERE s.saved_at < %(before)s
    AND NOT EXISTS (SELECT FROM assessment_latest l WHERE l.tenant_id = s.tenant_id
                    AND l.vehicle_id = s.vehicle_id AND l.assessment_id = s.id);

-- name: checkpoints
-- Checkpoints past their term.
DELETE FROM checkpoints WHERE saved_at < %(before)s;

-- Erasing a keeper's time.

-- name: erase_checkpoints
-- The checkpoint of a vehicle goes.
DELETE FROM checkpoints
WHERE tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
    AND vehicle_id = %(vehicle)s;

-- name: erase_positions
-- Positions of a span go.
DELETE FROM positions WHERE tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
    AND vehicle_id = %(vehicle)s AND ts >= %(since)s AND ts < %(until)s;

-- name: erase_import_positions
-- Imported positions of a span go.
DELETE FROM import_positions
WHERE tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
    AND vehicle_id = %(vehicle)s AND ts >= %(since)s AND ts < %(until)s;

-- name: erase_trips
-- Trips of a span go.
DELETE FROM trips WHERE tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
    AND vehicle_id = %(vehicle)s AND start_ts >= %(since)s AND start_ts < %(until)s;

-- name: erase_states
-- States of some signals in a span go.
DELETE FROM signal_state WHERE tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
    AND vehicle_id = %(vehicle)s AND signal_id = ANY(%(signals)s)
    AND from_ts >= %(since)s AND from_ts < %(until)s;

-- name: erase_bursts
-- Bursts of some signals in a span go.
DELETE FROM bursts WHERE tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
    AND vehicle_id = %(vehicle)s AND signal_id = ANY(%(signals)s)
    AND ts >= %(since)s AND ts < %(until)s;

-- name: erase_letters
-- Dead letters of a vehicle's devices in a span go.
DELETE FROM dead_letters d USING bindings b
WHERE b.vehicle_id = %(vehicle)s AND b.tenant_id = d.tenant_id AND b.device_id = d.device_id
  AND d.received_at >= greatest(b.since, %(since)s)
  AND d.received_at < least(coalesce(b.until, 'infinity'), %(until)s);

-- name: erase_latest
-- Newest readings of some signals in a span go.
UPDATE latest l SET version = l.version + 1, settled_to = NULL, late_from = NULL,
    (signals, times_ms, readings, reasons, sources) = (
    SELECT coalesce(array_agg(u.s ORDER BY u.s), '{}'), coalesce(array_agg(u.t ORDER BY u.s), '{}'),
           coalesce(array_agg(u.v ORDER BY u.s), '{}'), coalesce(array_agg(u.r ORDER BY u.s), '{}'),
           coalesce(array_agg(u.o ORDER BY u.s), '{}')
    FROM unnest(l.signals, l.times_ms, l.readings, l.reasons, l.sources) AS u (s, t, v, r, o)
    WHERE NOT (u.s = ANY(%(signals)s)
               AND to_timestamp(u.t / 1000.0) >= %(since)s
               AND to_timestamp(u.t / 1000.0) < %(until)s))
WHERE l.tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
  AND l.vehicle_id = %(vehicle)s;

-- name: blank
-- Columns of a span become null.
UPDATE {table} SET {columns}
WHERE tenant_id = (SELECT tenant_id FROM vehicles WHERE id = %(vehicle)s)
  AND vehicle_id = %(vehicle)s AND ts >= %(since)s AND ts < %(until)s;

-- name: blanked
-- One such column.
{column} = NULL
