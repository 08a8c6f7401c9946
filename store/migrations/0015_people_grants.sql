-- Rights of the service and the worker on people, offers and work.

GRANT USAGE ON SCHEMA identity TO vigil_api;
GRANT EXECUTE ON FUNCTION reach_tenant(), reach_kind(), reach_person(), reach_centre(),
    reach_vehicles(), reaches(bigint), identity.person_by_email(text),
    identity.person_by_id(integer, bigint), api_latest(bigint), api_seen(),
    api_series(bigint, text, timestamptz, timestamptz, interval), api_cells(bigint),
    api_events(bigint, timestamptz, timestamptz, bigint, integer),
    api_records(bigint, text, timestamptz, timestamptz, integer) TO vigil_api;

GRANT SELECT ON tenants, centres, vehicles, assessments, assessment_latest, rescue_cases,
    offer_refusals TO vigil_api;
GRANT SELECT, UPDATE ON alerts TO vigil_api;
GRANT SELECT, INSERT ON alert_changes TO vigil_api;
GRANT SELECT ON identity.tenures TO vigil_api;
GRANT SELECT, INSERT, UPDATE ON identity.people, identity.sessions, identity.token_keys,
    identity.tokens, mandates, consents, offers, slots, stock, work_orders, work_extras,
    notifications TO vigil_api;
GRANT SELECT, INSERT ON access_log, entitlements, work_steps, labels, call_notes TO vigil_api;
GRANT UPDATE (uses_left) ON entitlements TO vigil_api;
GRANT UPDATE (centre_id) ON vehicles TO vigil_api;

GRANT SELECT, INSERT, UPDATE ON identity.people, identity.token_keys, mandates, offers,
    offer_refusals, entitlements, slots, stock, notifications, consents, labels TO vigil_worker;
GRANT SELECT ON identity.sessions, identity.tokens, access_log, work_orders, work_steps,
    work_extras, call_notes TO vigil_worker;
