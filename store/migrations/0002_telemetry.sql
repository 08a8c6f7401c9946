-- Readings. One row per vehicle, source and tick; one typed column per scalar signal of the
-- catalogue (a new signal is a new migration). row_digest is a 64-bit hash of everything the tick
-- carried: equal rows of one source and time are stored once.

CREATE TABLE telemetry (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    ts timestamptz NOT NULL,
    source_id integer NOT NULL,
    received_at timestamptz NOT NULL,
    origin smallint NOT NULL,
    row_digest bigint NOT NULL,
    vehicle_speed_kmh real,
    odometer_m double precision,
    vehicle_state bigint,
    charging_state bigint,
    drive_mode bigint,
    gear bigint,
    accelerator_pct real,
    brake_pct real,
    ignition_on boolean,
    ambient_temperature_c real,
    barometric_pressure_kpa real,
    pack_voltage_v real,
    pack_current_a real,
    soc_pct real,
    soc_displayed_pct real,
    bms_soh_pct real,
    onboard_soce_pct real,
    insulation_kohm real,
    dcdc_on boolean,
    cell_voltage_max_v real,
    cell_voltage_min_v real,
    cell_voltage_max_no bigint,
    cell_voltage_min_no bigint,
    probe_max_c real,
    probe_min_c real,
    alarm_level bigint,
    alarm_bits bigint,
    charge_power_limit_kw real,
    discharge_power_limit_kw real,
    charged_throughput_ah double precision,
    discharged_throughput_ah double precision,
    charged_energy_kwh double precision,
    discharged_energy_kwh double precision,
    pack_inlet_c real,
    charge_connected boolean,
    charge_kind bigint,
    pack_outlet_c real,
    range_remaining_m double precision,
    motor_speed_rpm real,
    motor_torque_nm real,
    motor_temperature_c real,
    inverter_temperature_c real,
    motor_rear_speed_rpm real,
    motor_rear_torque_nm real,
    motor_rear_temperature_c real,
    engine_speed_rpm real,
    engine_load_pct real,
    coolant_temperature_c real,
    oil_temperature_c real,
    oil_pressure_kpa real,
    intake_temperature_c real,
    map_kpa real,
    maf_gs real,
    throttle_pct real,
    timing_advance_deg real,
    stft1_pct real,
    ltft1_pct real,
    stft2_pct real,
    ltft2_pct real,
    lambda_commanded real,
    fuel_system_status bigint,
    fuel_rate_lh real,
    fuel_level_pct real,
    rail_pressure_kpa real,
    egr_pct real,
    catalyst_temperature_c real,
    engine_runtime_s double precision,
    engine_hours_h double precision,
    dpf_pressure_kpa real,
    dpf_inlet_c real,
    dpf_soot_pct real,
    adblue_level_pct real,
    transmission_oil_c real,
    narrow_o2_b1s2_v real,
    wide_lambda_b1s1 real,
    engine_torque_pct real,
    boost_pressure_kpa real,
    evap_purge_pct real,
    lv_voltage_v real,
    lv_current_a real,
    alternator_current_a real,
    tyre_fl_kpa real,
    tyre_fr_kpa real,
    tyre_rl_kpa real,
    tyre_rr_kpa real,
    tyre_fl_c real,
    tyre_fr_c real,
    tyre_rl_c real,
    tyre_rr_c real,
    brake_pad_wear_pct real,
    brake_fluid_low boolean,
    oil_life_pct real,
    mil_on boolean,
    dtc_count bigint,
    distance_mil_km double precision,
    distance_cleared_km double precision,
    warmups_cleared bigint,
    readiness_bits bigint,
    coarse_odometer_km double precision,
    gateway_queue_batches double precision,
    gateway_oldest_s double precision,
    gateway_frames double precision,
    gateway_decode_errors double precision,
    gateway_cpu_pct real,
    gateway_rss_mb real,
    gateway_clock_offset_ms double precision
);
CREATE INDEX telemetry_by_vehicle ON telemetry (tenant_id, vehicle_id, ts);

-- Cells in mV and probes in 0.1 °C; the first element is part number `first`. A null element has
-- its reason in signal_state.
CREATE TABLE cells (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    ts timestamptz NOT NULL,
    source_id integer NOT NULL,
    received_at timestamptz NOT NULL,
    origin smallint NOT NULL,
    first smallint NOT NULL,
    readings smallint[] NOT NULL
);
CREATE INDEX cells_by_vehicle ON cells (tenant_id, vehicle_id, ts);

CREATE TABLE probes (LIKE cells);
CREATE INDEX probes_by_vehicle ON probes (tenant_id, vehicle_id, ts);

-- Position has its own consent and its own term.
CREATE TABLE positions (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    ts timestamptz NOT NULL,
    source_id integer NOT NULL,
    received_at timestamptz NOT NULL,
    origin smallint NOT NULL,
    latitude_deg double precision,
    longitude_deg double precision,
    altitude_m double precision,
    heading_deg double precision
);
CREATE INDEX positions_by_vehicle ON positions (tenant_id, vehicle_id, ts);

-- Values of ids this catalogue does not know: kept, promoted when it learns them.
CREATE TABLE rare (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    ts timestamptz NOT NULL,
    source_id integer NOT NULL,
    received_at timestamptz NOT NULL,
    origin smallint NOT NULL,
    signal_id bigint NOT NULL,
    value double precision NOT NULL
);
CREATE INDEX rare_by_vehicle ON rare (tenant_id, vehicle_id, signal_id, ts);

-- Imported rows that were older than 31 days when they came: cut by the day they came.
CREATE TABLE import_telemetry (LIKE telemetry INCLUDING INDEXES);
CREATE TABLE import_cells (LIKE cells INCLUDING INDEXES);
CREATE TABLE import_probes (LIKE probes INCLUDING INDEXES);
CREATE TABLE import_positions (LIKE positions INCLUDING INDEXES);
CREATE TABLE import_rare (LIKE rare INCLUDING INDEXES);

INSERT INTO span_tables (table_name, time_column) VALUES
    ('telemetry', 'ts'), ('cells', 'ts'), ('probes', 'ts'), ('positions', 'ts'), ('rare', 'ts'),
    ('import_telemetry', 'received_at'), ('import_cells', 'received_at'),
    ('import_probes', 'received_at'), ('import_positions', 'received_at'),
    ('import_rare', 'received_at');

-- Why values are null: runs of one reason as each batch told them, both ends included. component 0
-- is the signal itself, n the nth cell or probe. Reading merges what touches, so the order of
-- arrival does not matter.
CREATE TABLE signal_state (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    source_id integer NOT NULL,
    signal_id bigint NOT NULL,
    component smallint NOT NULL,
    reason smallint NOT NULL,
    from_ts timestamptz NOT NULL,
    to_ts timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, vehicle_id, signal_id, from_ts, source_id, component, reason, to_ts)
);

-- Fast captures: sample i was read at ts + i * period_us.
CREATE TABLE bursts (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    ts timestamptz NOT NULL,
    source_id integer NOT NULL,
    received_at timestamptz NOT NULL,
    origin smallint NOT NULL,
    signal_id bigint NOT NULL,
    period_us integer NOT NULL,
    trigger text NOT NULL,
    digest bytea NOT NULL,
    readings real[] NOT NULL,
    PRIMARY KEY (tenant_id, vehicle_id, ts, source_id, signal_id, digest)
);

-- What was stored: one row per message. Same key and digest is a duplicate; another digest is a
-- conflict. waits is true while something of the message waits as a dead letter.
CREATE TABLE ledger (
    tenant_id integer NOT NULL,
    device_id integer NOT NULL,
    stream bytea NOT NULL CHECK (length(stream) = 16),
    seq bigint NOT NULL CHECK (seq >= 0),
    digest bytea NOT NULL,
    rows_stored integer NOT NULL,
    rows_duplicate integer NOT NULL,
    rows_quarantined integer NOT NULL,
    waits boolean NOT NULL,
    received_at timestamptz NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, device_id, stream, seq)
);

-- Sequences an outbox gave up before a receipt: declared, never silently lost.
CREATE TABLE gaps (
    tenant_id integer NOT NULL,
    device_id integer NOT NULL,
    stream bytea NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL CHECK (last >= first),
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, device_id, stream, first, last)
);

-- Messages, or rows of them, that wait or were refused. key makes a letter that comes twice one.
-- tenant_id is null where the tenant itself is unknown. rows names the waiting rows by reason.
CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id integer,
    device_id integer,
    topic text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    payload bytea NOT NULL,
    key bytea NOT NULL UNIQUE,
    stream bytea,
    seq bigint,
    digest bytea,
    rows jsonb NOT NULL DEFAULT '{}',
    row_count integer NOT NULL DEFAULT 0,
    received_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    tried_at timestamptz,
    closed_at timestamptz
);
CREATE INDEX dead_letters_open ON dead_letters (tenant_id, reason, id) WHERE closed_at IS NULL;

-- The newest reading of every signal, one row per vehicle: parallel arrays by signal id. version
-- counts the changes; an assessment remembers the one it has seen.
CREATE TABLE latest (
    tenant_id integer NOT NULL,
    vehicle_id bigint NOT NULL,
    ts timestamptz NOT NULL,
    first_ts timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    signals bigint[] NOT NULL,
    times_ms bigint[] NOT NULL,
    readings double precision[] NOT NULL,
    reasons smallint[] NOT NULL,
    sources integer[] NOT NULL,
    PRIMARY KEY (tenant_id, vehicle_id)
) WITH (fillfactor = 70);
