-- The offer book and what follows: slots, bookings, work orders, outcomes. Money is fen.

CREATE TABLE offers (
    tenant_id integer NOT NULL,
    id bigint NOT NULL UNIQUE CHECK (id > 0),
    vehicle_id bigint NOT NULL,
    centre_id integer,
    person_id bigint,
    alert_id bigint,
    cause text NOT NULL,
    severity smallint CHECK (severity BETWEEN 0 AND 2),
    state text NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')),
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    body jsonb NOT NULL,
    chosen text[] NOT NULL DEFAULT '{}',
    total_fen integer,
    decided_at timestamptz,
    decline_reason text,
    edited_by bigint,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, alert_id) REFERENCES alerts (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX offers_one_open ON offers (tenant_id, alert_id)
    WHERE state = 'open' AND alert_id IS NOT NULL;
CREATE INDEX offers_by_vehicle ON offers (tenant_id, vehicle_id, made_at);
CREATE INDEX offers_by_centre ON offers (tenant_id, centre_id, state);

-- Why an alert has no offer, so that nobody asks twice and people can read the reason.
CREATE TABLE offer_refusals (
    tenant_id integer NOT NULL,
    alert_id bigint NOT NULL,
    reason text NOT NULL,
    severity smallint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, alert_id),
    FOREIGN KEY (tenant_id, alert_id) REFERENCES alerts (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE entitlements (
    tenant_id integer NOT NULL,
    id bigint NOT NULL UNIQUE CHECK (id > 0),
    vehicle_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('warranty', 'extended_warranty', 'promise', 'prepaid',
                                       'member')),
    package text NOT NULL DEFAULT '',
    services text[] NOT NULL DEFAULT '{}',
    systems text[] NOT NULL DEFAULT '{}',
    discount double precision NOT NULL DEFAULT 1 CHECK (discount > 0 AND discount <= 1),
    uses_left integer CHECK (uses_left >= 0),
    until timestamptz,
    until_km double precision,
    source text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX entitlements_by_vehicle ON entitlements (tenant_id, vehicle_id);

CREATE TABLE slots (
    tenant_id integer NOT NULL,
    id bigint NOT NULL UNIQUE CHECK (id > 0),
    centre_id integer NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL CHECK (end_at > start_at),
    skills text[] NOT NULL DEFAULT '{general}',
    bay text NOT NULL DEFAULT '',
    taken boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, centre_id) REFERENCES centres (tenant_id, id),
    UNIQUE (tenant_id, centre_id, bay, start_at)
);
CREATE INDEX slots_free ON slots (tenant_id, centre_id, start_at) WHERE NOT taken;

CREATE TABLE stock (
    tenant_id integer NOT NULL,
    centre_id integer NOT NULL,
    part text NOT NULL,
    amount integer NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (tenant_id, centre_id, part),
    FOREIGN KEY (tenant_id, centre_id) REFERENCES centres (tenant_id, id)
);

-- A booking and the work that follows; states in order, a work order never goes back.
CREATE TABLE work_orders (
    tenant_id integer NOT NULL,
    id bigint NOT NULL UNIQUE CHECK (id > 0),
    offer_id bigint NOT NULL,
    vehicle_id bigint NOT NULL,
    centre_id integer NOT NULL,
    slot_id bigint,
    state text NOT NULL CHECK (state IN ('booked', 'received', 'in_work', 'quality_check', 'ready',
                                         'done', 'cancelled')),
    services text[] NOT NULL,
    agreed_fen integer NOT NULL,
    made_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    technician_id bigint,
    outcome text CHECK (outcome IN ('confirmed', 'not_found', 'done', 'declined')),
    rating smallint CHECK (rating BETWEEN 1 AND 5),
    rating_note text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offers (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, slot_id) REFERENCES slots (tenant_id, id),
    UNIQUE (tenant_id, offer_id)
);
CREATE INDEX work_orders_by_centre ON work_orders (tenant_id, centre_id, state);
CREATE INDEX work_orders_by_vehicle ON work_orders (tenant_id, vehicle_id);

CREATE TABLE work_steps (
    tenant_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    work_order_id bigint NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL,
    person_id bigint,
    note text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, work_order_id) REFERENCES work_orders (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX work_steps_by_order ON work_steps (tenant_id, work_order_id, id);

-- Work found on the way: done only after the owner said yes to its price.
CREATE TABLE work_extras (
    tenant_id integer NOT NULL,
    id bigint NOT NULL UNIQUE CHECK (id > 0),
    work_order_id bigint NOT NULL,
    service text NOT NULL,
    price_fen integer NOT NULL CHECK (price_fen >= 0),
    why text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'approved', 'refused')),
    asked_at timestamptz NOT NULL,
    decided_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, work_order_id) REFERENCES work_orders (tenant_id, id) ON DELETE CASCADE
);

-- What the workshop or the owner said about an alert: comes back to the rules.
CREATE TABLE labels (
    tenant_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    vehicle_id bigint NOT NULL,
    alert_id bigint,
    cause text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('confirmed', 'not_found', 'done', 'declined', 'wrong')),
    reason text NOT NULL DEFAULT '',
    severity smallint,
    services text[] NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL,
    person_id bigint,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX labels_by_vehicle ON labels (tenant_id, vehicle_id, at);

CREATE TABLE call_notes (
    tenant_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    vehicle_id bigint NOT NULL,
    centre_id integer NOT NULL,
    person_id bigint NOT NULL,
    at timestamptz NOT NULL,
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX call_notes_by_vehicle ON call_notes (tenant_id, vehicle_id, at);
