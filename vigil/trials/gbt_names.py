"""What recorded frames call the fields of GB/T 32960: the first name of a line is how we print it.

Names are compared without case, `_` and a unit at their end (speed_kmh = speed). A name with `_raw`
means the number on the wire, one with `_mv` thousandths. A `*` stands for each way to name a cell,
probe or sensor (vmax_cell, tmax_probe), a `#` for each way to name a subsystem (vmax_sub).
"""

from __future__ import annotations

import re

_TABLE = """
frame.edition               edition ed version protocol year standard start starter
frame.command               cmd command
frame.flag                  ack flag reply answer
frame.vin                   vin id
frame.encryption            enc encryption encrypt
frame.length                len length data_len size
frame.check                 bcc check checksum
frame.clock                 time timestamp ts t
frame.types                 types items infos
frame.unknown               unknown rest raw trailing
frame.signature             sig signature sign
frame.vehicle               vehicle veh whole whole_vehicle
frame.motors                motors motor drive_motors emotors emotor
frame.fuel_cell             fuel_cell fuelcell fc
frame.hydrogen              fuel_cell fuelcell fc h2 hydrogen fc_engine fuel_cell_engine
frame.engine                engine eng ice
frame.position              pos position gnss gps loc location
frame.extremes              ext extremes extrema extreme
frame.alarm                 alarm alarms warning warnings
frame.cells                 cells cell_volts cell_voltages volts voltages units min_parallel
frame.probes                temps probes probe_temps cell_temps temperatures battery_temps
frame.custom                custom user oem defined
frame.stacks                stacks stack fc_stacks fc_stack fuel_cell_stacks fuel_cell_stack
frame.supercapacitor        supercap super_cap supercapacitor scap capacitor ultracap sc cap caps
frame.supercapacitor_extremes supercap_ext super_cap_ext supercapacitor_extremes scap_ext sc_ext supercap_extremes supercap_extrema cap_ext sc_extremes capacitor_ext super_capacitor_ext
login.sequence              seq sequence serial sn session
login.iccid                 iccid sim
login.systems               n subsystems systems bms bms_count count
login.size                  m code_len codes_len pack_counts packs_per_bms packs
login.codes                 codes battery_codes pack_codes
logout.sequence             seq sequence serial sn session
platform_login.sequence     seq sequence serial sn session
platform_login.user         user username name account
platform_login.password     password pwd pass passwd
platform_login.encryption   rule enc_rule encrypt_rule encryption_rule login_enc
platform_logout.sequence    seq sequence serial sn session
activation.chip             chip chip_id
activation.public_key       pubkey public_key key
activation.vin              vin2 data_vin activated_vin
activation.signature_group  sig signature sign
activation_reply.state      state status result
activation_reply.detail     info detail message reason
key_exchange.algorithm      type key_type algo alg
key_exchange.key            key
key_exchange.valid_from     from valid_from start start_time enabled
key_exchange.valid_until    until to valid_until end end_time expires
query.parameters            ids params parameters
set.count                   count n
set.parameters              params parameters
control.order               order control cmd_id command_id
control.parameters          params parameters
signature.algorithm         type algo alg algorithm
signature.r                 r r_value
signature.s                 s s_value
vehicle.vehicle_state       status state vehicle_status vehicle_state
vehicle.charging_state      charge charging chg charge_status charge_state charging_state
vehicle.drive_mode          mode run_mode drive_mode operation_mode running_mode
vehicle.speed_kmh           speed vehicle_speed
vehicle.odometer_km         odo odometer mileage total_mileage
vehicle.voltage_v           volt voltage total_volt total_voltage u
vehicle.current_a           curr current total_curr total_current i
vehicle.soc_pct             soc
vehicle.dcdc                dcdc dc_dc dcdc_state dcdc_status
vehicle.gear                gear gear_pos gear_position
vehicle.gear_group          gear gear_state gear_status gear_bits
vehicle.braking             braking brake_force gear_brake braking_force
vehicle.driving             driving drive_force gear_drive driving_force
vehicle.insulation_kohm     ins insulation ins_res insulation_resistance resistance
vehicle.accelerator_pct     accel accelerator accel_pedal throttle acc
vehicle.brake_pct           brake brake_pedal
motors.count                count motor_count total n
motor.number                n no num number index idx id seq
motor.state                 state status
motor.controller_temperature_c ctrl_t ctrl_temp controller_t controller_temp controller_temperature
motor.speed_rpm             rpm speed
motor.torque_nm             torque tq
motor.temperature_c         temp t motor_t motor_temp temperature
motor.voltage_v             v volt voltage in_v input_v ctrl_v ctrl_volt
motor.current_a             a curr current dc_a dc_curr bus_a ctrl_a ctrl_curr
fuel_cell.voltage_v         volt voltage v u
fuel_cell.current_a         curr current a i
fuel_cell.hydrogen_kg_100km rate consumption fuel_rate h2_rate fuel fuel_consumption h2_consumption cons h2_cons
fuel_cell.count             probes probe_count n_probes n probe_n count temp_count
fuel_cell.probes            temps probe_temps temperatures t values
fuel_cell.group             temps probes probe_temps temperatures
fuel_cell.mean                  mean avg average
fuel_cell.spread                spread delta diff range
fuel_cell.nulls                 nulls null missing invalid
fuel_cell.min               temp_min min temps_min
fuel_cell.max               temp_max max temps_max
fuel_cell.hydrogen_temperature_max_c h2_tmax tmax max_t h2_temp_max h2_max_temp max_temp h2_temp temp_max h2_t temp t
fuel_cell.hydrogen_temperature_max_probe h2_tmax_probe tmax* h2_tmax* max_t* h2_temp_max* h2_max_temp* max_temp* h2_temp* temp_max* h2_t* temp* t*
fuel_cell.hydrogen_concentration_mg_kg h2_conc cmax conc h2_cmax conc_max h2_conc_max max_conc h2_max_conc h2_c concentration h2_concentration
fuel_cell.hydrogen_concentration_sensor h2_conc_sensor cmax* h2_conc* conc* h2_cmax* conc_max* h2_conc_max* max_conc* h2_max_conc* h2_c* concentration* h2_concentration*
fuel_cell.hydrogen_pressure_mpa h2_press pmax press h2_pmax press_max h2_press_max pressure h2_pressure max_press h2_max_press h2_p p max_pressure pressure_max h2_max_pressure
fuel_cell.hydrogen_pressure_sensor h2_press_sensor pmax* h2_press* press* h2_pmax* press_max* h2_press_max* pressure* h2_pressure* max_press* h2_max_press* h2_p* p* max_pressure* pressure_max* h2_max_pressure*
fuel_cell.high_voltage_dcdc dcdc hv_dcdc hvdcdc dcdc_state
hydrogen.hydrogen_temperature_max_c h2_tmax tmax max_t h2_temp_max h2_max_temp max_temp h2_temp temp_max h2_t temp t
hydrogen.hydrogen_temperature_max_probe h2_tmax_probe tmax* h2_tmax* max_t* h2_temp_max* h2_max_temp* max_temp* h2_temp* temp_max* h2_t* temp* t*
hydrogen.hydrogen_concentration_pct h2_conc cmax conc h2_cmax conc_max h2_conc_max max_conc h2_max_conc h2_c concentration h2_concentration
hydrogen.hydrogen_concentration_sensor h2_conc_sensor cmax* h2_conc* conc* h2_cmax* conc_max* h2_conc_max* max_conc* h2_max_conc* h2_c* concentration* h2_concentration*
hydrogen.hydrogen_pressure_mpa h2_press pmax press h2_pmax press_max h2_press_max pressure h2_pressure max_press h2_max_press h2_p p max_pressure pressure_max h2_max_pressure
hydrogen.hydrogen_pressure_sensor h2_press_sensor pmax* h2_press* press* h2_pmax* press_max* h2_press_max* pressure* h2_pressure* max_press* h2_max_press* h2_p* p* max_pressure* pressure_max* h2_max_pressure*
hydrogen.high_voltage_dcdc  dcdc hv_dcdc hvdcdc dcdc_state
hydrogen.hydrogen_left_pct  h2_left h2 h2_soc left remaining h2_remaining h2_remain remain h2_level soh2
hydrogen.dcdc_temperature_c dcdc_t dcdc_temp hv_dcdc_t hv_dcdc_temp dcdc_ctrl_t ctrl_t
engine.state                status state
engine.crank_rpm            rpm crank crank_speed speed
engine.fuel_l_100km         fuel rate fuel_rate consumption fuel_consumption cons fuel_cons
position.status             status state
position.valid              valid fix fixed
position.north_south        ns n_s lat_dir
position.east_west          ew e_w lon_dir
position.south              south
position.west               west
position.coordinate_system  cs coord coordsys coord_sys coordinate_system system datum crs gcs coordinate coordinates
position.longitude_deg      lon lng longitude
position.latitude_deg       lat latitude
extremes.voltage_max_subsystem vmax# max_v# volt_max# max_volt# voltage_max# max_voltage# cell_max# max_cell_v#
extremes.voltage_max_cell vmax* max_v* volt_max* max_volt* voltage_max* max_voltage* cell_max* max_cell_v*
extremes.voltage_max_v vmax max_v volt_max max_volt voltage_max max_voltage cell_max max_cell_v
extremes.voltage_min_subsystem vmin# min_v# volt_min# min_volt# voltage_min# min_voltage# cell_min# min_cell_v#
extremes.voltage_min_cell vmin* min_v* volt_min* min_volt* voltage_min* min_voltage* cell_min* min_cell_v*
extremes.voltage_min_v vmin min_v volt_min min_volt voltage_min min_voltage cell_min min_cell_v
extremes.temperature_max_subsystem tmax# max_t# temp_max# max_temp# temperature_max# max_temperature#
extremes.temperature_max_probe tmax_probe tmax* max_t* temp_max* max_temp* temperature_max* max_temperature*
extremes.temperature_max_c tmax max_t temp_max max_temp temperature_max max_temperature
extremes.temperature_min_subsystem tmin# min_t# temp_min# min_temp# temperature_min# min_temperature#
extremes.temperature_min_probe tmin_probe tmin* min_t* temp_min* min_temp* temperature_min* min_temperature*
extremes.temperature_min_c tmin min_t temp_min min_temp temperature_min min_temperature
supercapacitor_extremes.voltage_max_system vmax# max_v# volt_max# max_volt# voltage_max# max_voltage# cell_max# max_cell_v#
supercapacitor_extremes.voltage_max_cell vmax* max_v* volt_max* max_volt* voltage_max* max_voltage* cell_max* max_cell_v*
supercapacitor_extremes.voltage_max_v vmax max_v volt_max max_volt voltage_max max_voltage cell_max max_cell_v
supercapacitor_extremes.voltage_min_system vmin# min_v# volt_min# min_volt# voltage_min# min_voltage# cell_min# min_cell_v#
supercapacitor_extremes.voltage_min_cell vmin* min_v* volt_min* min_volt* voltage_min* min_voltage* cell_min* min_cell_v*
supercapacitor_extremes.voltage_min_v vmin min_v volt_min min_volt voltage_min min_voltage cell_min min_cell_v
supercapacitor_extremes.temperature_max_system tmax# max_t# temp_max# max_temp# temperature_max# max_temperature#
supercapacitor_extremes.temperature_max_probe tmax_probe tmax* max_t* temp_max* max_temp* temperature_max* max_temperature*
supercapacitor_extremes.temperature_max_c tmax max_t temp_max max_temp temperature_max max_temperature
supercapacitor_extremes.temperature_min_system tmin# min_t# temp_min# min_temp# temperature_min# min_temperature#
supercapacitor_extremes.temperature_min_probe tmin_probe tmin* min_t* temp_min* min_temp* temperature_min* min_temperature*
supercapacitor_extremes.temperature_min_c tmin min_t temp_min min_temp temperature_min min_temperature
alarm.level                 level max_level alarm_level
alarm.flags                 flags general flag
alarm.bits                  bits general_bits alarm_bits set_bits
alarm.battery_faults        battery_faults bat_faults pack_faults storage_faults ress_faults battery bat storage
alarm.motor_faults          motor_faults drive_motor_faults motor
alarm.engine_faults         engine_faults engine
alarm.other_faults          other_faults other
alarm.fault_group           faults fault_codes codes
alarm.battery_fault_count   n1 battery_fault_count battery_n
alarm.motor_fault_count     n2 motor_fault_count motor_n
alarm.engine_fault_count    n3 engine_fault_count engine_n
alarm.other_fault_count     n4 other_fault_count other_n
alarm.flag_levels           levels general_levels bit_levels flag_levels general general_faults general_list general_alarms
alarm.flag_level_count      n5 general_count level_count levels_count
group.subsystems            subsystems packs n_packs pack_count subs n_subs list
group.number                n no num number pack sub subsystem index idx
group.voltage_v             volt v voltage pack_v pack_volt u
group.current_a             curr a current pack_a pack_curr i
group.cells                 total cell_total total_cells n_total
group.first_cell            start first start_no
group.count                 count n_cells n_probes frame_count m probes cells
group.mean                  mean avg average
group.spread                spread delta diff range
group.nulls                 nulls null missing invalid
group.min                   min vmin tmin
group.max                   max vmax tmax
group.values                values cells temps volts list data voltages temperatures v t
stack.number                n no num number index idx
stack.voltage_v             volt v voltage u
stack.current_a             curr a current i
stack.hydrogen_pressure_kpa h2_p h2_press h2_in_p h2_pressure h2_in h2_inlet_p hydrogen_pressure h2_inlet
stack.air_pressure_kpa      air_p air_press air_in_p air_pressure air_in air_inlet_p air_inlet
stack.air_temperature_c     air_t air_temp air_in_t air_temperature air_inlet_t air_in air_inlet
stack.count                 count probes probe_count n_probes coolant_count
stack.values                temps coolant coolant_temps coolant_t water_t outlet_t water_temps values
stack.group                 temps coolant coolant_temps coolant_t probes water_temps
stack.mean                  mean avg average
stack.spread                spread delta diff range
stack.nulls                 nulls null missing invalid
stack.min                   min temp_min coolant_min tmin
stack.max                   max temp_max coolant_max tmax
supercapacitor.number       n no num number sys system index
supercapacitor.voltage_v    volt v voltage total_volt u
supercapacitor.current_a    curr a current total_curr i
supercapacitor.cell_count   total cell_count n_cells count cells_total
supercapacitor.voltages     cells volts voltages cell_volts values
supercapacitor.cell_group   cells volts voltages cell_volts
supercapacitor.probe_group  temps probes temperatures probe_temps
supercapacitor.cell_min     vmin cell_min min
supercapacitor.cell_max     vmax cell_max max
supercapacitor.probe_count  probes probe_count n_probes temp_count
supercapacitor.temperatures temps temperatures probe_temps
supercapacitor.probe_min    tmin temp_min probe_min
supercapacitor.probe_max    tmax temp_max probe_max
gear.position position pos gear value letter
gear.braking  braking brake brake_force braking_force
gear.driving  driving drive drive_force driving_force
"""  # noqa: E501

_UNIT = re.compile(
    r"_(kmh|km|v|a|pct|percent|kohm|rpm|nm|c|degc|mpa|kpa|mg_?kg|mg|ppm|deg|l_?(per_?)?100km|kg_?(per_?)?100km|l|kg|code)$"
)


def bare(name: str) -> str:
    """A name without case, unit and `_`.

    >>> bare("speed_kmh"), bare("Ctrl_T"), bare("v")
    ('speed', 'ctrlt', 'v')
    """
    return _UNIT.sub("", name.lower()).replace("_", "").replace("-", "").replace(" ", "")


_WHERE = {
    "*": ("", "_cell", "_probe", "_sensor", "_no", "_n", "_id", "_num", "_idx", "_index"),
    "#": ("_sub", "_subsystem", "_sys", "_system", "_pack", "_ss"),
}


def _spelt(names: list[str]) -> list[str]:
    """Names with every ending that `*` and `#` stand for."""
    found: list[str] = []
    for name in names:
        endings = _WHERE.get(name[-1], ("",))
        found += [
            name.rstrip("*#") + ending for ending in endings if ending or name[-1] not in "*#"
        ]
    return found


def _tables() -> tuple[dict[str, dict[str, str]], dict[str, dict[str, tuple[str, ...]]]]:
    shown: dict[str, dict[str, str]] = {}
    known: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in _TABLE.strip().splitlines():
        place, *names = line.split()
        kind, _, field = place.partition(".")
        shown.setdefault(kind, {})[field] = _spelt(names)[0]
        for name in dict.fromkeys(map(bare, (*_spelt(names), field))):
            held = known.setdefault(kind, {})
            held[name] = (*held.get(name, ()), field)
    return shown, known


_shown, _known = _tables()
_WITH_UNIT = {
    ("vehicle", "speed_kmh"): "speed_kmh",
    ("vehicle", "odometer_km"): "odo_km",
    ("vehicle", "insulation_kohm"): "ins_kohm",
}
"""Printed with their unit, as recorded frames have them."""


def printed(kind: str, field: str) -> str:
    """The name under which a field is printed."""
    return _WITH_UNIT.get((kind, field)) or _shown.get(kind, {}).get(field, field)


def meant(kind: str, name: str) -> tuple[str, ...]:
    """The fields that a name may mean, likeliest first; none where it is not known."""
    return _known.get(kind, {}).get(bare(name), ())
