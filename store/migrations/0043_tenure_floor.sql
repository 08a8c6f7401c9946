-- A keeper sees their own time with a car and not that of the keeper before: in every function that
-- reads for people, and in the rows of offers, work, looks and notes. Staff have no floor;
-- a foreign car has none that anybody could compare with.

CREATE FUNCTION reach_floor(vehicle bigint) RETURNS timestamptz LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN NOT reaches(vehicle) THEN NULL
                WHEN reach_kind() <> 'owner' THEN '-infinity'::timestamptz
                ELSE (SELECT max(t.since) FROM identity.tenures t
                      WHERE t.tenant_id = reach_tenant() AND t.vehicle_id = vehicle
                        AND t.person_id = reach_person() AND t.since <= now()
                        AND (t.until IS NULL OR t.until > now())) END
$$;
REVOKE ALL ON FUNCTION reach_floor(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reach_floor(bigint) TO vigil_api;

CREATE OR REPLACE FUNCTION api_latest(vehicle bigint) RETURNS SETOF latest LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT l.* FROM latest l WHERE l.vehicle_id = vehicle AND l.tenant_id = reach_tenant()
          AND reaches(vehicle) AND l.ts >= reach_floor(vehicle) $$;

CREATE OR REPLACE FUNCTION api_series(vehicle bigint, signal text, low timestamptz,
                                      high timestamptz, step interval)
    RETURNS TABLE (t timestamptz, mean double precision, lowest double precision,
                   highest double precision, n bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT reaches(vehicle) THEN RETURN; END IF;
    RETURN QUERY EXECUTE format(
        'SELECT date_bin($1, ts, $2), avg(x)::float8, min(x)::float8, max(x)::float8, count(*) '
        'FROM (SELECT ts, %1$I::text::float8 AS x FROM telemetry '
        '      WHERE tenant_id = $5 AND vehicle_id = $4 AND ts >= $6 AND ts < $3 AND %1$I IS NOT NULL '
        '      UNION ALL SELECT ts, %1$I::text::float8 FROM import_telemetry '
        '      WHERE tenant_id = $5 AND vehicle_id = $4 AND ts >= $6 AND ts < $3 AND %1$I IS NOT NULL) s '
        'GROUP BY 1 ORDER BY 1', signal)
        USING step, low, high, vehicle, reach_tenant(), greatest(low, reach_floor(vehicle));
END $$;

CREATE OR REPLACE FUNCTION api_cells(vehicle bigint) RETURNS SETOF cells LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT * FROM (
            (SELECT * FROM cells WHERE tenant_id = reach_tenant() AND vehicle_id = vehicle
             ORDER BY ts DESC LIMIT 1)
            UNION ALL
            (SELECT * FROM import_cells WHERE tenant_id = reach_tenant() AND vehicle_id = vehicle
             ORDER BY ts DESC LIMIT 1)) c
          WHERE reaches(vehicle) AND ts >= reach_floor(vehicle) ORDER BY ts DESC LIMIT 1 $$;

CREATE OR REPLACE FUNCTION api_events(vehicle bigint, low timestamptz, high timestamptz,
                                      before_id bigint, most integer)
    RETURNS TABLE (id bigint, ts timestamptz, kind text, code text, component text, level integer,
                   active boolean, readings jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT e.id, e.ts, e.kind, e.code, e.component, e.level, e.active, e.readings FROM events e
          WHERE e.tenant_id = reach_tenant() AND e.vehicle_id = vehicle AND reaches(vehicle)
            AND e.ts >= greatest(low, reach_floor(vehicle)) AND e.ts < high
            AND (before_id IS NULL OR e.id < before_id)
          ORDER BY e.id DESC LIMIT most $$;

ALTER FUNCTION api_records(bigint, text, timestamptz, timestamptz, integer)
    RENAME TO api_records_above;
REVOKE ALL ON FUNCTION api_records_above(bigint, text, timestamptz, timestamptz, integer)
    FROM vigil_api;
CREATE FUNCTION api_records(vehicle bigint, kind text, low timestamptz, high timestamptz,
                            most integer)
    RETURNS SETOF jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT * FROM api_records_above(vehicle, kind, greatest(low, reach_floor(vehicle)), high,
                                          most) $$;
REVOKE ALL ON FUNCTION api_records(bigint, text, timestamptz, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION api_records(bigint, text, timestamptz, timestamptz, integer)
    TO vigil_api;

-- Restrictive: an owner's reach and its floor both hold.
CREATE POLICY own_time ON offers AS RESTRICTIVE TO vigil_api
    USING (reach_kind() <> 'owner' OR made_at >= reach_floor(vehicle_id)) WITH CHECK (true);
CREATE POLICY own_time ON work_orders AS RESTRICTIVE TO vigil_api
    USING (reach_kind() <> 'owner' OR made_at >= reach_floor(vehicle_id)) WITH CHECK (true);
CREATE POLICY own_time ON access_log AS RESTRICTIVE TO vigil_api
    USING (reach_kind() <> 'owner' OR at >= reach_floor(vehicle_id)) WITH CHECK (true);
