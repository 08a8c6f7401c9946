-- Terminals that name themselves by a VIN (GB/T 32960): which device of ours stands for which
-- vehicle. The VIN stays in identity.vehicles; ingest asks through a function that gives the
-- device's name and nothing else.

CREATE TABLE identity.terminals (
    tenant_id integer NOT NULL,
    device_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    enrolled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, device_id),
    FOREIGN KEY (tenant_id, device_id) REFERENCES devices (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX terminals_by_vehicle ON identity.terminals (tenant_id, vehicle_id);

CREATE FUNCTION terminal_of(tenant text, vin text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT d.name FROM identity.vehicles v
          JOIN tenants t ON t.id = v.tenant_id
          JOIN identity.terminals x ON x.tenant_id = v.tenant_id AND x.vehicle_id = v.vehicle_id
          JOIN devices d ON d.tenant_id = x.tenant_id AND d.id = x.device_id
          WHERE t.name = terminal_of.tenant AND v.vin = terminal_of.vin
          ORDER BY x.enrolled_at DESC, x.device_id DESC LIMIT 1 $$;

REVOKE ALL ON FUNCTION terminal_of(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION terminal_of(text, text) TO vigil_ingest;
GRANT SELECT, INSERT ON identity.terminals TO vigil_worker;
