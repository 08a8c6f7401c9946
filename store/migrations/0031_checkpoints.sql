-- Where assessments left off. settled_to is the edge of the checkpoint that stands; what comes
-- later but belongs before it shows as late_from. Ingest looks at the edge with the row of latest
-- locked, the worker moves it only where nothing came since it read (version).

ALTER TABLE latest ADD COLUMN settled_to timestamptz, ADD COLUMN late_from timestamptz;

CREATE TABLE checkpoints (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    edge timestamptz NOT NULL,
    key text NOT NULL,
    body bytea NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, vehicle_id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE checkpoints ALTER body SET STORAGE EXTERNAL;  -- it is compressed already

GRANT SELECT, INSERT, UPDATE, DELETE ON checkpoints TO vigil_worker;
