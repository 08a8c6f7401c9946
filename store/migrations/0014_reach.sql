-- How far a signed-in person sees. The service says who asks, per transaction:
--   vigil.tenant  vigil.reach (owner | centre | group)  vigil.person  vigil.centre
-- Nothing said: nothing seen. Readings are read through the functions below, never from tables.

CREATE FUNCTION reach_tenant() RETURNS integer LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('vigil.tenant', true), '')::integer $$;
CREATE FUNCTION reach_kind() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT coalesce(current_setting('vigil.reach', true), '') $$;
CREATE FUNCTION reach_person() RETURNS bigint LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('vigil.person', true), '')::bigint $$;
CREATE FUNCTION reach_centre() RETURNS integer LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('vigil.centre', true), '')::integer $$;

CREATE FUNCTION reach_vehicles() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp ROWS 1000 AS $$
    SELECT v.id FROM vehicles v
    WHERE v.tenant_id = reach_tenant() AND reach_kind() = 'group'
    UNION ALL
    SELECT t.vehicle_id FROM identity.tenures t
    WHERE t.tenant_id = reach_tenant() AND reach_kind() = 'owner'
      AND t.person_id = reach_person() AND t.since <= now() AND (t.until IS NULL OR t.until > now())
    UNION ALL
    SELECT v.id FROM vehicles v
    WHERE v.tenant_id = reach_tenant() AND reach_kind() = 'centre' AND (
        v.centre_id = reach_centre() AND NOT EXISTS (
            SELECT FROM mandates m WHERE m.tenant_id = v.tenant_id AND m.vehicle_id = v.id
                AND m.centre_id = reach_centre())
        OR EXISTS (
            SELECT FROM mandates m WHERE m.tenant_id = v.tenant_id AND m.vehicle_id = v.id
                AND m.centre_id = reach_centre() AND m.since <= now()
                AND (m.until IS NULL OR m.until > now()))
        OR EXISTS (
            SELECT FROM work_orders w WHERE w.tenant_id = v.tenant_id AND w.vehicle_id = v.id
                AND w.centre_id = reach_centre() AND w.state NOT IN ('done', 'cancelled')))
$$;

CREATE FUNCTION reaches(vehicle bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    AS $$ SELECT EXISTS (SELECT FROM reach_vehicles() r WHERE r = vehicle) $$;

-- Row-level security of the tables above: the service sees its caller's rows; the worker, which
-- makes offers and messages, its own work.
DO $$
DECLARE tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['mandates', 'consents', 'access_log', 'offers', 'entitlements',
                               'work_orders', 'labels', 'call_notes', 'notifications'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tab);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tab);
        EXECUTE format('CREATE POLICY owner_all ON %I TO vigil_owner, vigil_worker '
                       'USING (true) WITH CHECK (true)', tab);
        EXECUTE format('CREATE POLICY api_reach ON %I TO vigil_api '
                       'USING (tenant_id = reach_tenant() AND vehicle_id IN (SELECT reach_vehicles())) '
                       'WITH CHECK (tenant_id = reach_tenant() AND vehicle_id IN (SELECT reach_vehicles()))',
                       tab);
    END LOOP;
    FOREACH tab IN ARRAY ARRAY['slots', 'stock', 'identity.people'] LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tab);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tab);
        EXECUTE format('CREATE POLICY owner_all ON %s TO vigil_owner, vigil_worker '
                       'USING (true) WITH CHECK (true)', tab);
        EXECUTE format('CREATE POLICY api_tenant ON %s TO vigil_api '
                       'USING (tenant_id = reach_tenant()) WITH CHECK (tenant_id = reach_tenant())', tab);
    END LOOP;
    FOREACH tab IN ARRAY ARRAY['work_steps', 'work_extras'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tab);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tab);
        EXECUTE format('CREATE POLICY owner_all ON %I TO vigil_owner, vigil_worker '
                       'USING (true) WITH CHECK (true)', tab);
        EXECUTE format('CREATE POLICY api_order ON %I TO vigil_api '
                       'USING (EXISTS (SELECT FROM work_orders w WHERE w.id = work_order_id)) '
                       'WITH CHECK (EXISTS (SELECT FROM work_orders w WHERE w.id = work_order_id))', tab);
    END LOOP;
END $$;

-- Before anybody is signed in there is no reach: these four know one row by its secret.
CREATE FUNCTION identity.person_by_email(wanted text)
    RETURNS TABLE (tenant_id integer, id bigint, password_hash text, active boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp
    AS $$ SELECT tenant_id, id, password_hash, active FROM identity.people WHERE email = wanted $$;
CREATE FUNCTION identity.person_by_id(tenant integer, wanted bigint)
    RETURNS SETOF identity.people
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp
    AS $$ SELECT * FROM identity.people WHERE tenant_id = tenant AND id = wanted AND active $$;

-- Readings inside the reach. A foreign vehicle gives no row, as an unknown one does.
CREATE FUNCTION api_latest(vehicle bigint) RETURNS SETOF latest LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT l.* FROM latest l WHERE l.vehicle_id = vehicle AND l.tenant_id = reach_tenant()
          AND reaches(vehicle) $$;

CREATE FUNCTION api_seen() RETURNS TABLE (vehicle_id bigint, ts timestamptz) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT l.vehicle_id, l.ts FROM latest l WHERE l.tenant_id = reach_tenant()
          AND l.vehicle_id IN (SELECT reach_vehicles()) $$;

CREATE FUNCTION api_series(vehicle bigint, signal text, low timestamptz, high timestamptz,
                           step interval)
    RETURNS TABLE (t timestamptz, mean double precision, lowest double precision,
                   highest double precision, n bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT reaches(vehicle) THEN RETURN; END IF;
    RETURN QUERY EXECUTE format(
        'SELECT date_bin($1, ts, $2), avg(x)::float8, min(x)::float8, max(x)::float8, count(*) '
        'FROM (SELECT ts, %1$I::text::float8 AS x FROM telemetry '
        '      WHERE tenant_id = $5 AND vehicle_id = $4 AND ts >= $2 AND ts < $3 AND %1$I IS NOT NULL '
        '      UNION ALL SELECT ts, %1$I::text::float8 FROM import_telemetry '
        '      WHERE tenant_id = $5 AND vehicle_id = $4 AND ts >= $2 AND ts < $3 AND %1$I IS NOT NULL) s '
        'GROUP BY 1 ORDER BY 1', signal)
        USING step, low, high, vehicle, reach_tenant();
END $$;

CREATE FUNCTION api_cells(vehicle bigint) RETURNS SETOF cells LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT * FROM (
            (SELECT * FROM cells WHERE tenant_id = reach_tenant() AND vehicle_id = vehicle
             ORDER BY ts DESC LIMIT 1)
            UNION ALL
            (SELECT * FROM import_cells WHERE tenant_id = reach_tenant() AND vehicle_id = vehicle
             ORDER BY ts DESC LIMIT 1)) c
          WHERE reaches(vehicle) ORDER BY ts DESC LIMIT 1 $$;

CREATE FUNCTION api_events(vehicle bigint, low timestamptz, high timestamptz, before_id bigint,
                           most integer)
    RETURNS TABLE (id bigint, ts timestamptz, kind text, code text, component text, level integer,
                   active boolean, readings jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT e.id, e.ts, e.kind, e.code, e.component, e.level, e.active, e.readings FROM events e
          WHERE e.tenant_id = reach_tenant() AND e.vehicle_id = vehicle AND reaches(vehicle)
            AND e.ts >= low AND e.ts < high AND (before_id IS NULL OR e.id < before_id)
          ORDER BY e.id DESC LIMIT most $$;

CREATE FUNCTION api_records(vehicle bigint, kind text, low timestamptz, high timestamptz,
                            most integer)
    RETURNS SETOF jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE tab text;
BEGIN
    IF NOT reaches(vehicle) THEN RETURN; END IF;
    tab := CASE kind WHEN 'trip' THEN 'trips' WHEN 'charge' THEN 'charges'
                     WHEN 'crank' THEN 'cranks' WHEN 'parked' THEN 'parked' END;
    IF tab IS NULL THEN RETURN; END IF;
    RETURN QUERY EXECUTE format(
        'SELECT to_jsonb(r) - ''tenant_id'' - ''vehicle_id'' - ''digest'' - ''source_id'' '
        '- ''origin'' - ''received_at'' FROM %I r WHERE tenant_id = $1 AND vehicle_id = $2 '
        'AND start_ts >= $3 AND start_ts < $4 ORDER BY start_ts DESC LIMIT $5', tab)
        USING reach_tenant(), vehicle, low, high, most;
END $$;

REVOKE ALL ON FUNCTION reach_tenant(), reach_kind(), reach_person(), reach_centre(),
    reach_vehicles(), reaches(bigint), identity.person_by_email(text),
    identity.person_by_id(integer, bigint), api_latest(bigint), api_seen(),
    api_series(bigint, text, timestamptz, timestamptz, interval), api_cells(bigint),
    api_events(bigint, timestamptz, timestamptz, bigint, integer),
    api_records(bigint, text, timestamptz, timestamptz, integer) FROM PUBLIC;
