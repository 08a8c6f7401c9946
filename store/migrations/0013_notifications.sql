-- Messages to people with proof of delivery. One row per person, alert step and channel.

CREATE TABLE notifications (
    tenant_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    person_id bigint NOT NULL,
    vehicle_id bigint NOT NULL,
    change_id bigint NOT NULL,
    channel text NOT NULL,
    red boolean NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    made_at timestamptz NOT NULL,
    not_before timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    sent_at timestamptz,
    proof text,
    failed text,
    acknowledged_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, change_id, person_id, channel),
    FOREIGN KEY (tenant_id, person_id) REFERENCES identity.people (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX notifications_waiting ON notifications (not_before) WHERE sent_at IS NULL;
