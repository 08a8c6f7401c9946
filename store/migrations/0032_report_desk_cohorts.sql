-- Asking for a battery report: the ask, the printed pages beside the signed text, who may ask when.
-- And where a car stands among its like, as the last look over the tenant's assessments found it.

CREATE TABLE report_asks (
    tenant_id integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    vehicle_id bigint NOT NULL,
    person_id bigint NOT NULL,
    role text NOT NULL,
    asked_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    tried_at timestamptz,
    ended_at timestamptz,
    report_id bigint,
    trouble text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, report_id) REFERENCES reports (tenant_id, id) ON DELETE CASCADE,
    CHECK (ended_at IS NOT NULL OR (report_id IS NULL AND trouble = ''))
);
CREATE UNIQUE INDEX report_asks_one_open ON report_asks (tenant_id, vehicle_id)
    WHERE ended_at IS NULL;
CREATE INDEX report_asks_by_vehicle ON report_asks (tenant_id, vehicle_id, asked_at);

CREATE TABLE report_prints (
    tenant_id integer NOT NULL,
    report_id bigint NOT NULL,
    vehicle_id bigint NOT NULL,
    pdf bytea NOT NULL,
    PRIMARY KEY (tenant_id, report_id),
    FOREIGN KEY (tenant_id, report_id) REFERENCES reports (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE cohort_ranks (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    quantity text NOT NULL,
    rule text NOT NULL,
    cohort jsonb NOT NULL,
    cars integer NOT NULL CHECK (cars >= 0),
    needed integer NOT NULL CHECK (needed >= 10),
    percentile double precision,
    low double precision,
    high double precision,
    as_of timestamptz NOT NULL,
    ranked_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, vehicle_id, quantity),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE,
    CHECK (percentile IS NULL OR (cars >= needed AND low <= percentile AND percentile <= high))
);
COMMENT ON TABLE cohort_ranks IS 'Few cars tell on each other: no rank under `needed` others.';

DO $$
DECLARE tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['report_asks', 'report_prints', 'cohort_ranks'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tab);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tab);
        EXECUTE format('CREATE POLICY all_of_it ON %I TO vigil_owner, vigil_worker '
                       'USING (true) WITH CHECK (true)', tab);
        EXECUTE format('CREATE POLICY api_reach ON %I TO vigil_api '
                       'USING (tenant_id = reach_tenant() AND vehicle_id IN (SELECT reach_vehicles())) '
                       'WITH CHECK (tenant_id = reach_tenant() AND vehicle_id IN (SELECT reach_vehicles()))',
                       tab);
    END LOOP;
END $$;

-- A report tells how a car was used: while somebody keeps it, a centre needs the keeper's yes.
CREATE FUNCTION api_certificate_allowed(vehicle bigint, moment timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT reaches(vehicle) AND NOT EXISTS (
        SELECT FROM identity.tenures t
        WHERE t.tenant_id = reach_tenant() AND t.vehicle_id = vehicle
          AND t.since <= moment AND (t.until IS NULL OR t.until > moment)
          AND NOT EXISTS (
              SELECT FROM consents c
              WHERE c.tenant_id = t.tenant_id AND c.vehicle_id = vehicle
                AND c.person_id = t.person_id AND c.purpose = 'certificate'
                AND c.given_at <= moment AND c.until > moment AND c.withdrawn_at IS NULL))
$$;
REVOKE ALL ON FUNCTION api_certificate_allowed(bigint, timestamptz) FROM PUBLIC;

GRANT SELECT, INSERT ON report_asks TO vigil_api;
GRANT SELECT, UPDATE ON report_asks TO vigil_worker;
GRANT SELECT ON report_prints, cohort_ranks TO vigil_api;
GRANT SELECT, INSERT ON report_prints TO vigil_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON cohort_ranks TO vigil_worker;
GRANT EXECUTE ON FUNCTION api_certificate_allowed(bigint, timestamptz) TO vigil_api;
