-- What models said, and the alert book.

CREATE TABLE assessments (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    as_of timestamptz NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT now(),
    model_version text NOT NULL,
    input_digest text NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (tenant_id, vehicle_id, id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX assessments_by_time ON assessments (tenant_id, vehicle_id, as_of);

CREATE TABLE assessment_latest (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    assessment_id bigint NOT NULL,
    seen_version bigint NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, vehicle_id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE alerts (
    tenant_id integer NOT NULL,
    id bigint NOT NULL UNIQUE CHECK (id > 0),
    vehicle_id bigint NOT NULL,
    cause text NOT NULL,
    component text NOT NULL,
    severity smallint NOT NULL CHECK (severity BETWEEN 0 AND 3),
    state text NOT NULL CHECK (state IN ('open', 'recovered', 'resolved', 'wrong')),
    since timestamptz NOT NULL,
    as_of timestamptz NOT NULL,
    confidence double precision NOT NULL,
    historical boolean NOT NULL,
    occurrences integer NOT NULL DEFAULT 1,
    readings jsonb NOT NULL DEFAULT '{}',
    limits jsonb NOT NULL DEFAULT '{}',
    method text NOT NULL DEFAULT '',
    due_low timestamptz,
    due_high timestamptz,
    acknowledged_at timestamptz,
    snoozed_until timestamptz,
    closed_at timestamptz,
    rescue boolean NOT NULL DEFAULT false,
    experimental boolean NOT NULL DEFAULT false,
    chart jsonb NOT NULL DEFAULT '{}',
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE,
    CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX alerts_one_open ON alerts (tenant_id, vehicle_id, cause) WHERE state = 'open';
CREATE INDEX alerts_by_vehicle ON alerts (tenant_id, vehicle_id, since);

CREATE TABLE alert_changes (
    tenant_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    alert_id bigint NOT NULL,
    vehicle_id bigint NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    severity smallint NOT NULL,
    notify boolean NOT NULL,
    why text NOT NULL,
    finding jsonb,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, alert_id) REFERENCES alerts (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX alert_changes_by_alert ON alert_changes (tenant_id, alert_id, id);

CREATE TABLE rescue_cases (
    tenant_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    vehicle_id bigint NOT NULL,
    alert_id bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, alert_id) REFERENCES alerts (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX rescue_cases_one_open ON rescue_cases (tenant_id, alert_id)
    WHERE closed_at IS NULL;
