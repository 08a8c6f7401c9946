-- Who may do what: exactly what store/grants.toml lists. Grants stand apart from the tables
-- because cutting a table into spans makes it anew.

-- ingest: stores what cars say
GRANT SELECT ON tenants, devices, bindings, vehicles, store_epoch, span_tables TO vigil_ingest;
GRANT SELECT, INSERT, UPDATE ON device_marks, latest, ledger, dead_letters TO vigil_ingest;
GRANT SELECT, INSERT ON telemetry, cells, probes, positions, rare, import_telemetry, import_cells,
    import_probes, import_positions, import_rare, signal_state, bursts, gaps, events, trips,
    charges, cranks, parked TO vigil_ingest;

-- worker: reads for the models, writes what they say, ages data out, registers
GRANT USAGE ON SCHEMA identity TO vigil_worker;
GRANT SELECT, INSERT, UPDATE ON tenants, centres, devices, vehicles, bindings, identity.vehicles,
    identity.tenures, device_marks TO vigil_worker;
GRANT SELECT ON store_epoch, span_tables, ledger, gaps, latest TO vigil_worker;
GRANT SELECT, DELETE ON telemetry, cells, probes, positions, rare, import_telemetry, import_cells,
    import_probes, import_positions, import_rare, signal_state, bursts, trips, charges, cranks,
    parked TO vigil_worker;
GRANT UPDATE, DELETE ON latest, ledger, gaps TO vigil_worker;
GRANT SELECT, UPDATE, DELETE ON events, dead_letters TO vigil_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON assessments, assessment_latest, alerts, alert_changes,
    rescue_cases TO vigil_worker;
