-- What a centre's sight rests on, written down: mandates, and whether the keeper agrees. Before, no
-- mandate at all counted as one, and the keeper's no to "my centre may look" changed nothing. The rule
-- itself is migration 0041.

-- Cars that were registered with a centre had its mandate by contract: now it is written down.
INSERT INTO mandates (tenant_id, vehicle_id, centre_id, since)
SELECT v.tenant_id, v.id, v.centre_id, now() FROM vehicles v
WHERE v.centre_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM mandates m
    WHERE m.tenant_id = v.tenant_id AND m.vehicle_id = v.id AND m.centre_id = v.centre_id);

-- True where nobody keeps the car, or its keeper agrees at this moment.
CREATE FUNCTION keeper_shares(tenant integer, vehicle bigint) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, identity, pg_temp AS $$
    SELECT NOT EXISTS (
        SELECT FROM identity.tenures t
        WHERE t.tenant_id = tenant AND t.vehicle_id = vehicle AND t.since <= now()
          AND (t.until IS NULL OR t.until > now())
          AND NOT EXISTS (
              SELECT FROM consents c
              WHERE c.tenant_id = t.tenant_id AND c.vehicle_id = t.vehicle_id
                AND c.person_id = t.person_id AND c.purpose = 'centre_share'
                AND c.given_at <= now() AND c.until > now()
                AND (c.withdrawn_at IS NULL OR c.withdrawn_at > now())))
$$;

REVOKE ALL ON FUNCTION keeper_shares(integer, bigint) FROM PUBLIC;

-- A hand-over by the registrar: the old keeper's time ends where the new one's begins.
CREATE FUNCTION identity.account_of(wanted text) RETURNS TABLE (tenant_id integer, id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp
    AS $$ SELECT tenant_id, id FROM identity.people WHERE email = wanted AND active $$;
REVOKE ALL ON FUNCTION identity.account_of(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.account_of(text) TO vigil_worker;
