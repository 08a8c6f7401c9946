-- Signed battery reports as they were issued, byte for byte; what stands is decided when asked.
-- Whoever holds a report's id may verify it: 63 random bits, and nothing in it names a person.

CREATE TABLE reports (
    tenant_id integer NOT NULL,
    id bigint NOT NULL UNIQUE CHECK (id > 0),
    vehicle_id bigint NOT NULL,
    issued_at timestamptz NOT NULL,
    key_id text NOT NULL,
    public_key bytea NOT NULL,
    key_since timestamptz NOT NULL,
    key_compromised_at timestamptz,
    signed text NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_why text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, vehicle_id) REFERENCES vehicles (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX reports_by_vehicle ON reports (tenant_id, vehicle_id, issued_at);
CREATE INDEX reports_by_key ON reports (key_id);

ALTER TABLE reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE reports FORCE ROW LEVEL SECURITY;
CREATE POLICY all_of_it ON reports TO vigil_owner, vigil_worker USING (true) WITH CHECK (true);
CREATE POLICY api_reach ON reports FOR SELECT TO vigil_api
    USING (tenant_id = reach_tenant() AND vehicle_id IN (SELECT reach_vehicles()));

CREATE FUNCTION api_report(report bigint)
RETURNS TABLE (signed text, key_id text, public_key bytea, key_since timestamptz,
               key_compromised_at timestamptz, withdrawn boolean, superseded boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.signed, r.key_id, r.public_key, r.key_since, r.key_compromised_at,
           r.withdrawn_at IS NOT NULL,
           EXISTS (SELECT FROM reports n WHERE n.tenant_id = r.tenant_id
                   AND n.vehicle_id = r.vehicle_id AND n.issued_at > r.issued_at
                   AND n.withdrawn_at IS NULL)
    FROM reports r WHERE r.id = report
$$;
REVOKE ALL ON FUNCTION api_report(bigint) FROM PUBLIC;

GRANT SELECT, INSERT, UPDATE ON reports TO vigil_worker;
GRANT SELECT ON reports TO vigil_api;
GRANT EXECUTE ON FUNCTION api_report(bigint) TO vigil_api, vigil_worker;
