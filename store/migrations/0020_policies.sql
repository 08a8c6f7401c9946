-- Who sees which car. The service (vigil_api) sees what its caller reaches; a reader (vigil_read,
-- one login per tenant) sees its tenant, through views and functions of schema reading; ingest and
-- the worker see all of it. The owner's policies serve the functions that run with its rights.

CREATE TABLE readers (
    role_name name PRIMARY KEY,
    tenant_id integer NOT NULL REFERENCES tenants
);

CREATE FUNCTION reader_tenant() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT tenant_id FROM readers WHERE role_name = session_user $$;

DO $$
DECLARE
    tab text;
    vehicle text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['vehicles', 'assessments', 'assessment_latest', 'alerts',
                               'alert_changes', 'rescue_cases'] LOOP
        vehicle := CASE tab WHEN 'vehicles' THEN 'id' ELSE 'vehicle_id' END;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tab);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tab);
        EXECUTE format('CREATE POLICY all_of_it ON %I TO vigil_owner, vigil_ingest, vigil_worker '
                       'USING (true) WITH CHECK (true)', tab);
        EXECUTE format('CREATE POLICY api_reach ON %1$I TO vigil_api '
                       'USING (tenant_id = reach_tenant() AND %2$I IN (SELECT reach_vehicles())) '
                       'WITH CHECK (tenant_id = reach_tenant() '
                       'AND %2$I IN (SELECT reach_vehicles()))', tab, vehicle);
        EXECUTE format('CREATE POLICY read_tenant ON %I FOR SELECT TO vigil_read '
                       'USING (tenant_id = reader_tenant())', tab);
    END LOOP;

    ALTER TABLE identity.tenures ENABLE ROW LEVEL SECURITY;
    ALTER TABLE identity.tenures FORCE ROW LEVEL SECURITY;
    CREATE POLICY all_of_it ON identity.tenures TO vigil_owner, vigil_worker
        USING (true) WITH CHECK (true);
    CREATE POLICY api_reach ON identity.tenures TO vigil_api
        USING (tenant_id = reach_tenant() AND vehicle_id IN (SELECT reach_vehicles()))
        WITH CHECK (tenant_id = reach_tenant() AND vehicle_id IN (SELECT reach_vehicles()));

    ALTER TABLE identity.vehicles ENABLE ROW LEVEL SECURITY;
    ALTER TABLE identity.vehicles FORCE ROW LEVEL SECURITY;
    CREATE POLICY all_of_it ON identity.vehicles TO vigil_owner, vigil_worker
        USING (true) WITH CHECK (true);
    CREATE POLICY api_reach ON identity.vehicles TO vigil_api
        USING (tenant_id = reach_tenant() AND vehicle_id IN (SELECT reach_vehicles()))
        WITH CHECK (tenant_id = reach_tenant() AND vehicle_id IN (SELECT reach_vehicles()));

    ALTER TABLE offer_refusals ENABLE ROW LEVEL SECURITY;
    ALTER TABLE offer_refusals FORCE ROW LEVEL SECURITY;
    CREATE POLICY all_of_it ON offer_refusals TO vigil_owner, vigil_worker
        USING (true) WITH CHECK (true);
    CREATE POLICY api_reach ON offer_refusals TO vigil_api
        USING (tenant_id = reach_tenant()
               AND EXISTS (SELECT FROM alerts a WHERE a.id = offer_refusals.alert_id));

    ALTER TABLE centres ENABLE ROW LEVEL SECURITY;
    ALTER TABLE centres FORCE ROW LEVEL SECURITY;
    CREATE POLICY all_of_it ON centres TO vigil_owner, vigil_worker
        USING (true) WITH CHECK (true);
    CREATE POLICY api_tenant ON centres TO vigil_api USING (tenant_id = reach_tenant());
    CREATE POLICY read_tenant ON centres FOR SELECT TO vigil_read
        USING (tenant_id = reader_tenant());
END $$;

-- What dashboards and notebooks read: no person, no VIN, no position.
CREATE SCHEMA reading;
REVOKE ALL ON SCHEMA reading FROM PUBLIC;
GRANT USAGE ON SCHEMA reading TO vigil_read;

CREATE VIEW reading.vehicles WITH (security_invoker = true) AS
    SELECT id AS vehicle_id, centre_id, powertrain, make, model, model_year, zone, chemistry,
           rated_capacity_ah, rated_energy_kwh, cells_in_series, in_service
    FROM public.vehicles;

CREATE VIEW reading.alerts WITH (security_invoker = true) AS
    SELECT id AS alert_id, vehicle_id, cause, component, severity, state, since, as_of,
           confidence, historical, occurrences, readings, limits, method, due_low, due_high,
           acknowledged_at, closed_at, rescue, experimental, opened_at, changed_at
    FROM public.alerts;

CREATE VIEW reading.alert_changes WITH (security_invoker = true) AS
    SELECT alert_id, vehicle_id, kind, at, severity FROM public.alert_changes;

CREATE VIEW reading.rescue_cases WITH (security_invoker = true) AS
    SELECT id AS case_id, vehicle_id, alert_id, opened_at, closed_at FROM public.rescue_cases;

CREATE VIEW reading.assessments WITH (security_invoker = true) AS
    SELECT s.vehicle_id, s.as_of, s.saved_at, s.model_version, s.body,
           l.assessment_id IS NOT NULL AS is_latest
    FROM public.assessments s
    LEFT JOIN public.assessment_latest l
        ON l.tenant_id = s.tenant_id AND l.vehicle_id = s.vehicle_id AND l.assessment_id = s.id;

CREATE FUNCTION reads(vehicle bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT EXISTS (SELECT FROM vehicles v
                         WHERE v.id = vehicle AND v.tenant_id = reader_tenant()) $$;

CREATE FUNCTION reading.telemetry(vehicle bigint, low timestamptz, high timestamptz)
    RETURNS SETOF public.telemetry LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT * FROM (
            SELECT * FROM telemetry t WHERE t.tenant_id = reader_tenant()
                AND t.vehicle_id = vehicle AND t.ts >= low AND t.ts < high
            UNION ALL
            SELECT * FROM import_telemetry t WHERE t.tenant_id = reader_tenant()
                AND t.vehicle_id = vehicle AND t.ts >= low AND t.ts < high) r
          WHERE reads(vehicle) ORDER BY r.ts $$;

CREATE FUNCTION reading.cells(vehicle bigint, low timestamptz, high timestamptz)
    RETURNS SETOF public.cells LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT * FROM (
            SELECT * FROM cells t WHERE t.tenant_id = reader_tenant()
                AND t.vehicle_id = vehicle AND t.ts >= low AND t.ts < high
            UNION ALL
            SELECT * FROM import_cells t WHERE t.tenant_id = reader_tenant()
                AND t.vehicle_id = vehicle AND t.ts >= low AND t.ts < high) r
          WHERE reads(vehicle) ORDER BY r.ts $$;

CREATE FUNCTION reading.latest(vehicle bigint)
    RETURNS TABLE (signal_id bigint, at timestamptz, value double precision, reason smallint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT u.signal, to_timestamp(u.time_ms / 1000.0), u.value, u.reason
          FROM latest l, unnest(l.signals, l.times_ms, l.readings, l.reasons)
               AS u (signal, time_ms, value, reason)
          WHERE l.tenant_id = reader_tenant() AND l.vehicle_id = vehicle AND reads(vehicle) $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA reading FROM PUBLIC;
REVOKE ALL ON FUNCTION reader_tenant(), reads(bigint) FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA reading TO vigil_read;
GRANT EXECUTE ON FUNCTION reader_tenant() TO vigil_read;
GRANT SELECT ON ALL TABLES IN SCHEMA reading TO vigil_read;
GRANT SELECT ON vehicles, assessments, assessment_latest, rescue_cases TO vigil_read;
GRANT SELECT (tenant_id, id, vehicle_id, cause, component, severity, state, since, as_of,
              confidence, historical, occurrences, readings, limits, method, due_low, due_high,
              acknowledged_at, closed_at, rescue, experimental, opened_at, changed_at)
    ON alerts TO vigil_read;
GRANT SELECT (tenant_id, alert_id, vehicle_id, kind, at, severity) ON alert_changes TO vigil_read;
GRANT SELECT, INSERT, DELETE ON readers TO vigil_worker;

-- Erasure blanks the columns of a habit in place, so that the row is still known as stored.
GRANT UPDATE ON telemetry, import_telemetry TO vigil_worker;
