-- People, their sessions and the keys that sign tokens. A person belongs to one tenant; staff also
-- to a centre. Passwords are argon2 hashes, session and token secrets are kept as hashes only.

CREATE TABLE identity.people (
    tenant_id integer NOT NULL REFERENCES tenants,
    id bigint NOT NULL UNIQUE CHECK (id > 0),
    email text NOT NULL CHECK (email = lower(email) AND email LIKE '%_@_%'),
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'adviser', 'technician', 'centre_manager',
                                       'group_analyst', 'auditor', 'device')),
    centre_id integer,
    skills text[] NOT NULL DEFAULT '{}',
    lang text NOT NULL DEFAULT 'zh' CHECK (lang IN ('zh', 'en')),
    zone text NOT NULL DEFAULT 'Asia/Shanghai',
    password_hash text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    channels text[] NOT NULL DEFAULT '{log}',
    quiet_from time NOT NULL DEFAULT '22:00',
    quiet_until time NOT NULL DEFAULT '08:00',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (email),
    FOREIGN KEY (tenant_id, centre_id) REFERENCES centres (tenant_id, id),
    CHECK ((role IN ('adviser', 'technician', 'centre_manager')) = (centre_id IS NOT NULL))
);

ALTER TABLE identity.tenures ADD FOREIGN KEY (tenant_id, person_id)
    REFERENCES identity.people (tenant_id, id);
CREATE INDEX tenures_by_person ON identity.tenures (tenant_id, person_id);

CREATE TABLE identity.sessions (
    secret_hash bytea PRIMARY KEY CHECK (length(secret_hash) = 32),
    tenant_id integer NOT NULL,
    person_id bigint NOT NULL,
    csrf text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    FOREIGN KEY (tenant_id, person_id) REFERENCES identity.people (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sessions_by_person ON identity.sessions (tenant_id, person_id);

-- Ids of signing keys; the key itself is derived from the service's secret, so a copy of this
-- table signs nothing. The newest that is not retired signs; retired ones verify nothing.
CREATE TABLE identity.token_keys (
    id text PRIMARY KEY,
    created_at timestamptz NOT NULL,
    retired_at timestamptz
);

CREATE TABLE identity.tokens (
    id text PRIMARY KEY,
    tenant_id integer NOT NULL,
    person_id bigint NOT NULL,
    label text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    FOREIGN KEY (tenant_id, person_id) REFERENCES identity.people (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX tokens_by_person ON identity.tokens (tenant_id, person_id);

-- A centre may see a car while a mandate runs. No row at all: the car's own centre has one by
-- contract; an ended row takes it away.
CREATE TABLE mandates (
    tenant_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    vehicle_id bigint NOT NULL,
    centre_id integer NOT NULL,
    given_by bigint,
    since timestamptz NOT NULL,
    until timestamptz CHECK (until >= since),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, centre_id) REFERENCES centres (tenant_id, id)
);
CREATE INDEX mandates_by_centre ON mandates (tenant_id, centre_id, vehicle_id);
