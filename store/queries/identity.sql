-- name: add_tenant
-- A tenant, new or found by name.
INSERT INTO tenants (name, title) VALUES (%(name)s, %(title)s)
ON CONFLICT (name) DO UPDATE SET title = coalesce(nullif(excluded.title, ''), tenants.title)
RETURNING id;

-- name: add_centre
-- A centre, new or found by name.
INSERT INTO centres (tenant_id, name, title, zone)
VALUES (%(tenant)s, %(name)s, %(title)s, %(zone)s)
ON CONFLICT (tenant_id, name)
    DO UPDATE SET title = coalesce(nullif(excluded.title, ''), centres.title)
RETURNING id;

-- name: add_device
-- A device, new or found by name.
INSERT INTO devices (tenant_id, name, may_import) VALUES (%(tenant)s, %(name)s, %(may_import)s)
ON CONFLICT (tenant_id, name) DO UPDATE SET may_import = excluded.may_import
RETURNING id;

-- name: add_mark
-- A device has come no way yet.
INSERT INTO device_marks (tenant_id, device_id) VALUES (%(tenant)s, %(device)s)
ON CONFLICT DO NOTHING;

-- name: revoke
-- Nothing of a device is stored any more.
UPDATE devices SET revoked = true WHERE tenant_id = %(tenant)s AND id = %(device)s;

-- name: add_vehicle
-- An asset, new or corrected.
INSERT INTO vehicles (tenant_id, id, centre_id, powertrain, make, model, model_year, zone,
                      chemistry, rated_capacity_ah, rated_energy_kwh, cells_in_series, in_service,
                      warranty, tyre_placard_kpa, approvals, part_names)
VALUES (%(tenant_id)s, %(id)s, %(centre_id)s, %(powertrain)s, %(make)s, %(model)s, %(model_year)s,
        %(zone)s, %(chemistry)s, %(rated_capacity_ah)s, %(rated_energy_kwh)s, %(cells_in_series)s,
        %(in_service)s, %(warranty)s, %(tyre_placard_kpa)s, %(approvals)s, %(part_names)s)
ON CONFLICT (tenant_id, id) DO UPDATE SET
    centre_id = excluded.centre_id, powertrain = excluded.powertrain, make = excluded.make,
    model = excluded.model, model_year = excluded.model_year, zone = excluded.zone,
    chemistry = excluded.chemistry, rated_capacity_ah = excluded.rated_capacity_ah,
    rated_energy_kwh = excluded.rated_energy_kwh, cells_in_series = excluded.cells_in_series,
    in_service = excluded.in_service, warranty = excluded.warranty,
    tyre_placard_kpa = excluded.tyre_placard_kpa, approvals = excluded.approvals,
    part_names = excluded.part_names;

-- name: add_plates
-- VIN and plate, which stay apart from the asset.
INSERT INTO identity.vehicles (tenant_id, vehicle_id, vin, plate)
VALUES (%(tenant)s, %(vehicle)s, %(vin)s, %(plate)s)
ON CONFLICT (tenant_id, vehicle_id) DO UPDATE SET
    vin = coalesce(excluded.vin, identity.vehicles.vin),
    plate = coalesce(excluded.plate, identity.vehicles.plate);

-- name: vehicle
-- The asset.
SELECT id, tenant_id, centre_id, powertrain, make, model, model_year, zone, chemistry,
       rated_capacity_ah, rated_energy_kwh, cells_in_series, in_service, warranty,
       tyre_placard_kpa, approvals, part_names
FROM vehicles WHERE id = %(vehicle)s;

-- name: vehicle_ids
-- Vehicles of one tenant or of all.
SELECT id FROM vehicles
WHERE (%(tenant)s::integer IS NULL OR tenant_id = %(tenant)s) ORDER BY id;

-- name: bound_vehicle
-- Where a device sat last.
SELECT b.vehicle_id FROM bindings b
JOIN devices d ON d.tenant_id = b.tenant_id AND d.id = b.device_id
WHERE d.tenant_id = %(tenant)s AND d.name = %(name)s ORDER BY b.since DESC LIMIT 1;

-- name: bind
-- A device sits in a vehicle.
INSERT INTO bindings (tenant_id, device_id, vehicle_id, since, until)
VALUES (%(tenant)s, %(device)s, %(vehicle)s, %(since)s, %(until)s);

-- name: unbind
-- A binding ends.
UPDATE bindings SET until = %(until)s
WHERE tenant_id = %(tenant)s AND device_id = %(device)s AND until IS NULL;

-- name: centre_of
-- The centre of an asset, held for a change.
SELECT centre_id FROM vehicles WHERE tenant_id = %(tenant_id)s AND id = %(id)s FOR UPDATE;

-- name: end_mandates
-- Mandates that came with a contract end.
UPDATE mandates SET until = now()
WHERE tenant_id = %(tenant_id)s AND vehicle_id = %(id)s AND given_by IS NULL
  AND (until IS NULL OR until > now());

-- name: start_mandate
-- The mandate that comes with a contract.
INSERT INTO mandates (tenant_id, vehicle_id, centre_id, since)
SELECT %(tenant_id)s, %(id)s, %(centre_id)s, now() WHERE %(centre_id)s::integer IS NOT NULL;

-- name: add_tenure
-- A keeper's time with a car.
INSERT INTO identity.tenures (tenant_id, vehicle_id, person_id, since, until)
VALUES (%(tenant)s, %(vehicle)s, %(person)s, %(since)s, %(until)s) RETURNING id;

-- name: end_tenure
-- The open tenure of a car ends.
UPDATE identity.tenures SET until = %(until)s
WHERE tenant_id = %(tenant)s AND vehicle_id = %(vehicle)s AND until IS NULL RETURNING id;

-- name: device
-- A device by its name.
SELECT d.id, d.tenant_id, t.name, d.name, d.may_import, d.revoked
FROM devices d JOIN tenants t ON t.id = d.tenant_id
WHERE t.name = %(tenant)s AND d.name = %(name)s;

-- name: bindings
-- Where a device sat, oldest first.
SELECT device_id, vehicle_id, since, until FROM bindings
WHERE tenant_id = %(tenant)s AND device_id = %(device)s ORDER BY since;

