-- Terminals that name themselves by a VIN.

-- name: device_name
-- The device that stands for a VIN.
SELECT terminal_of(%(tenant)s, %(vin)s);

-- name: enrolled
-- Vehicle and device of a VIN, newest first.
SELECT x.vehicle_id, d.name FROM identity.vehicles v
JOIN identity.terminals x ON x.tenant_id = v.tenant_id AND x.vehicle_id = v.vehicle_id
JOIN devices d ON d.tenant_id = x.tenant_id AND d.id = x.device_id
WHERE v.tenant_id = %(tenant)s AND v.vin = %(vin)s
ORDER BY x.enrolled_at DESC, x.device_id DESC LIMIT 1;

-- name: vehicle_of
-- The vehicle of a VIN.
SELECT vehicle_id FROM identity.vehicles WHERE tenant_id = %(tenant)s AND vin = %(vin)s;

-- name: add_terminal
-- A device stands for the VIN of a vehicle.
INSERT INTO identity.terminals (tenant_id, device_id, vehicle_id)
VALUES (%(tenant)s, %(device)s, %(vehicle)s);

-- name: listed
-- All terminals of a tenant.
SELECT v.vin, x.vehicle_id, d.name, d.revoked, x.enrolled_at, m.received_at
FROM identity.terminals x
JOIN tenants t ON t.id = x.tenant_id
JOIN identity.vehicles v ON v.tenant_id = x.tenant_id AND v.vehicle_id = x.vehicle_id
JOIN devices d ON d.tenant_id = x.tenant_id AND d.id = x.device_id
LEFT JOIN device_marks m ON m.device_id = d.id
WHERE t.name = %(tenant)s
ORDER BY v.vin, x.enrolled_at;

-- name: alarm_before
-- The last alarm bits before a moment.
SELECT (extract(epoch FROM ts) * 1000)::bigint, alarm_level, alarm_bits
FROM telemetry
WHERE tenant_id = %(tenant)s AND vehicle_id = ANY(%(vehicles)s) AND source_id = %(source)s
  AND ts < %(before)s AND ts >= %(after)s
  AND (alarm_level IS NOT NULL OR alarm_bits IS NOT NULL)
ORDER BY ts DESC LIMIT 1;
