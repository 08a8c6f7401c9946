-- Who is who: tenants, centres, devices, vehicles, bindings, tenures. The VIN and people live in
-- schema identity. The tenant is in every key.

CREATE SCHEMA identity;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA identity FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO vigil_ingest, vigil_worker, vigil_api, vigil_read, vigil_backup;

CREATE TABLE tenants (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9_-]{1,64}$'),
    title text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE centres (
    tenant_id integer NOT NULL REFERENCES tenants,
    id integer GENERATED ALWAYS AS IDENTITY UNIQUE,
    name text NOT NULL CHECK (name ~ '^[A-Za-z0-9_-]{1,64}$'),
    title text NOT NULL DEFAULT '',
    zone text NOT NULL DEFAULT 'Asia/Shanghai',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);

CREATE TABLE vehicles (
    tenant_id integer NOT NULL REFERENCES tenants,
    id bigint NOT NULL UNIQUE CHECK (id > 0),
    centre_id integer,
    powertrain text NOT NULL CHECK (powertrain IN ('petrol', 'diesel', 'phev', 'bev')),
    make text NOT NULL DEFAULT '',
    model text NOT NULL DEFAULT '',
    model_year integer,
    zone text NOT NULL DEFAULT 'Asia/Shanghai',
    chemistry text NOT NULL DEFAULT 'unknown' CHECK (chemistry IN ('nmc', 'lfp', 'unknown')),
    rated_capacity_ah double precision,
    rated_energy_kwh double precision,
    cells_in_series integer,
    in_service date,
    warranty jsonb,
    tyre_placard_kpa double precision,
    approvals text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, centre_id) REFERENCES centres (tenant_id, id)
);
CREATE INDEX vehicles_by_centre ON vehicles (tenant_id, centre_id);

CREATE TABLE identity.vehicles (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    vin text,
    plate text,
    PRIMARY KEY (tenant_id, vehicle_id),
    UNIQUE (tenant_id, vin),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE
);

-- person_id points at the people of this schema; a tenure without a person is a keeper we do
-- not know.
CREATE TABLE identity.tenures (
    tenant_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    vehicle_id bigint NOT NULL,
    person_id bigint,
    since timestamptz NOT NULL,
    until timestamptz CHECK (until > since),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE,
    EXCLUDE USING gist (int8range(vehicle_id, vehicle_id, '[]') WITH &&,
                        tstzrange(since, until) WITH &&)
);

CREATE TABLE devices (
    tenant_id integer NOT NULL REFERENCES tenants,
    id integer GENERATED ALWAYS AS IDENTITY UNIQUE,
    name text NOT NULL CHECK (name ~ '^[A-Za-z0-9_-]{1,64}$'),
    may_import boolean NOT NULL DEFAULT false,
    revoked boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);

-- The row that a writing transaction locks, in order of id; high_ts saves it the look for equal
-- rows while a device moves forward in time.
CREATE TABLE device_marks (
    tenant_id integer NOT NULL,
    device_id integer NOT NULL,
    high_ts timestamptz NOT NULL DEFAULT '-infinity',
    received_at timestamptz,
    PRIMARY KEY (device_id),
    FOREIGN KEY (tenant_id, device_id) REFERENCES devices (tenant_id, id) ON DELETE CASCADE
) WITH (fillfactor = 50);

CREATE TABLE bindings (
    tenant_id integer NOT NULL,
    device_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz CHECK (until > since),
    PRIMARY KEY (tenant_id, device_id, since),
    FOREIGN KEY (tenant_id, device_id) REFERENCES devices (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE,
    EXCLUDE USING gist (int4range(device_id, device_id, '[]') WITH &&,
                        tstzrange(since, until) WITH &&)
);
CREATE INDEX bindings_by_vehicle ON bindings (tenant_id, vehicle_id);

-- Raised by every restore and promotion; recovered_to is the moment up to which data survived.
CREATE TABLE store_epoch (
    epoch integer PRIMARY KEY,
    began_at timestamptz NOT NULL DEFAULT now(),
    recovered_to timestamptz,
    why text NOT NULL
);
INSERT INTO store_epoch (epoch, why) VALUES (1, 'created');

-- Tables that edition.py cuts into spans of a day of their time column.
CREATE TABLE span_tables (
    table_name text PRIMARY KEY,
    time_column text NOT NULL,
    cut boolean NOT NULL DEFAULT false
);
