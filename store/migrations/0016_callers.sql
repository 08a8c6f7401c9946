-- Who stands behind a token or a session, in one look: key in force, not revoked, not ended, active.

CREATE FUNCTION identity.person_by_token(key text, token text, moment timestamptz)
    RETURNS SETOF identity.people
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp
    AS $$ SELECT p.* FROM tokens t
          JOIN token_keys k ON k.id = key AND k.retired_at IS NULL
          JOIN people p ON p.tenant_id = t.tenant_id AND p.id = t.person_id AND p.active
          WHERE t.id = token AND t.revoked_at IS NULL AND t.expires_at > moment $$;

CREATE FUNCTION identity.person_by_session(secret bytea, moment timestamptz)
    RETURNS TABLE (csrf text, tenant_id integer, id bigint, email text, name text, role text,
                   centre_id integer, skills text[], lang text, zone text, channels text[],
                   quiet_from time, quiet_until time)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp
    AS $$ SELECT s.csrf, p.tenant_id, p.id, p.email, p.name, p.role, p.centre_id, p.skills, p.lang,
                 p.zone, p.channels, p.quiet_from, p.quiet_until
          FROM sessions s
          JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id AND p.active
          WHERE s.secret_hash = secret AND s.revoked_at IS NULL AND s.expires_at > moment $$;

REVOKE ALL ON FUNCTION identity.person_by_token(text, text, timestamptz),
    identity.person_by_session(bytea, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.person_by_token(text, text, timestamptz),
    identity.person_by_session(bytea, timestamptz) TO vigil_api;
