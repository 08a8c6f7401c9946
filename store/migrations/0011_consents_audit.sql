-- What owners allowed (R6: who, what, when, hash of the text), and who looked at what (R12).

CREATE TABLE consents (
    tenant_id integer NOT NULL,
    id bigint NOT NULL UNIQUE CHECK (id > 0),
    person_id bigint NOT NULL,
    vehicle_id bigint NOT NULL,
    purpose text NOT NULL,
    given_at timestamptz NOT NULL,
    until timestamptz NOT NULL CHECK (until > given_at),
    text_hash text NOT NULL,
    withdrawn_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES identity.people (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX consents_by_vehicle ON consents (tenant_id, vehicle_id, purpose);

CREATE TABLE access_log (
    tenant_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    at timestamptz NOT NULL,
    person_id bigint NOT NULL,
    role text NOT NULL,
    centre_id integer,
    vehicle_id bigint NOT NULL,
    what text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX access_log_by_vehicle ON access_log (tenant_id, vehicle_id, id);
