-- One rule for what a centre sees and what it is told: a mandate with the keeper's yes, or its own
-- open work on the car. A withdrawn yes must silence messages as it hides pages.

CREATE FUNCTION centre_sees(tenant integer, vehicle bigint, centre integer) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
            SELECT FROM mandates m WHERE m.tenant_id = tenant AND m.vehicle_id = vehicle
                AND m.centre_id = centre AND m.since <= now()
                AND (m.until IS NULL OR m.until > now()))
        AND keeper_shares(tenant, vehicle)
        OR EXISTS (
            SELECT FROM work_orders w WHERE w.tenant_id = tenant AND w.vehicle_id = vehicle
                AND w.centre_id = centre AND w.state NOT IN ('done', 'cancelled'))
$$;
REVOKE ALL ON FUNCTION centre_sees(integer, bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION centre_sees(integer, bigint, integer) TO vigil_worker;

-- The same rule written out for all cars at once: a function call per car would cost more than the
-- page it guards.
CREATE OR REPLACE FUNCTION reach_vehicles() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp ROWS 1000 AS $$
    SELECT v.id FROM vehicles v
    WHERE v.tenant_id = reach_tenant() AND reach_kind() = 'group'
    UNION ALL
    SELECT t.vehicle_id FROM identity.tenures t
    WHERE t.tenant_id = reach_tenant() AND reach_kind() = 'owner'
      AND t.person_id = reach_person() AND t.since <= now() AND (t.until IS NULL OR t.until > now())
    UNION ALL
    SELECT v.id FROM vehicles v
    WHERE v.tenant_id = reach_tenant() AND reach_kind() = 'centre' AND (
        EXISTS (
            SELECT FROM mandates m WHERE m.tenant_id = v.tenant_id AND m.vehicle_id = v.id
                AND m.centre_id = reach_centre() AND m.since <= now()
                AND (m.until IS NULL OR m.until > now()))
            AND NOT EXISTS (
                SELECT FROM identity.tenures t
                WHERE t.tenant_id = v.tenant_id AND t.vehicle_id = v.id AND t.since <= now()
                  AND (t.until IS NULL OR t.until > now())
                  AND NOT EXISTS (
                      SELECT FROM consents c
                      WHERE c.tenant_id = t.tenant_id AND c.vehicle_id = t.vehicle_id
                        AND c.person_id = t.person_id AND c.purpose = 'centre_share'
                        AND c.given_at <= now() AND c.until > now()
                        AND (c.withdrawn_at IS NULL OR c.withdrawn_at > now())))
        OR EXISTS (
            SELECT FROM work_orders w WHERE w.tenant_id = v.tenant_id AND w.vehicle_id = v.id
                AND w.centre_id = reach_centre() AND w.state NOT IN ('done', 'cancelled')))
$$;
