"""The catalogue: every signal a car may report, one line each.

Read a line as: id, name (with unit: it is the column of the wide row), unit, storage, scale,
low, high, legal group, sampling class, powertrains (i combustion, h hybrid, e electric), VSS path
("~" marks our overlay), Chinese, English. Released lines are never changed or reused.
"""

from __future__ import annotations

from types import MappingProxyType

from firmware_contracts.signal import Group, Sampling, Signal, Storage

CATALOGUE_VERSION = 1

_TABLE = """
1|vehicle_speed_kmh|km/h|real|0.001|0|500|habit|fast|ihe|Speed|车速|Vehicle speed
2|odometer_m|m|double|1|0|4294967293|asset|rare|ihe|TraveledDistance|里程|Odometer
3|vehicle_state||integer|1|0|15|asset|slow|ihe|~VehicleState|车辆状态|Vehicle state
4|charging_state||integer|1|0|15|asset|slow|he|~ChargingState|充电状态|Charging state
5|drive_mode||integer|1|0|15|habit|slow|he|~DriveMode|运行模式|Drive mode
6|gear||integer|1|0|255|habit|fast|ihe|Powertrain.Transmission.CurrentGear|挡位|Gear
7|accelerator_pct|%|real|0.1|0|100|habit|fast|ihe|Chassis.Accelerator.PedalPosition|加速踏板|Accelerator pedal
8|brake_pct|%|real|0.1|0|100|habit|fast|ihe|Chassis.Brake.PedalPosition|制动踏板|Brake pedal
9|ignition_on||boolean|1|0|1|asset|slow|ihe|~IgnitionOn|点火开关|Ignition on
10|ambient_temperature_c|°C|real|0.01|-60|85|asset|rare|ihe|Exterior.AirTemperature|环境温度|Ambient temperature
11|barometric_pressure_kpa|kPa|real|0.1|30|130|asset|rare|ihe|Exterior.AirPressure|大气压|Barometric pressure
20|pack_voltage_v|V|real|0.01|0|1500|asset|fast|he|Powertrain.TractionBattery.CurrentVoltage|电池包电压|Pack voltage
21|pack_current_a|A|real|0.01|-3000|3000|asset|fast|he|Powertrain.TractionBattery.CurrentCurrent|电池包电流|Pack current (+ = charging)
22|soc_pct|%|real|0.01|0|100|asset|fast|he|Powertrain.TractionBattery.StateOfCharge.Current|荷电状态|State of charge
23|soc_displayed_pct|%|real|0.01|0|100|asset|slow|he|Powertrain.TractionBattery.StateOfCharge.Displayed|显示电量|Displayed state of charge
24|bms_soh_pct|%|real|0.01|0|120|asset|rare|he|Powertrain.TractionBattery.StateOfHealth|BMS健康度|State of health the car reports
25|onboard_soce_pct|%|real|0.01|0|120|asset|rare|he|~OnboardSOCE|车载SOCE|On-board certified-energy state
26|insulation_kohm|kΩ|real|1|0|60000|asset|slow|he|~InsulationResistance|绝缘电阻|Insulation resistance
27|dcdc_on||boolean|1|0|1|asset|slow|he|~DCDC.IsOn|DC-DC状态|DC-DC on
28|cell_voltage_max_v|V|real|0.001|0.1|4.9|asset|fast|he|Powertrain.TractionBattery.CellVoltage.Max|最高单体电压|Highest cell voltage
29|cell_voltage_min_v|V|real|0.001|0.1|4.9|asset|fast|he|Powertrain.TractionBattery.CellVoltage.Min|最低单体电压|Lowest cell voltage
30|cell_voltage_max_no||integer|1|1|1000|asset|slow|he|Powertrain.TractionBattery.CellVoltage.IdMax|最高单体编号|Number of the highest cell
31|cell_voltage_min_no||integer|1|1|1000|asset|slow|he|Powertrain.TractionBattery.CellVoltage.IdMin|最低单体编号|Number of the lowest cell
32|probe_max_c|°C|real|0.1|-40|120|asset|slow|he|Powertrain.TractionBattery.Temperature.Max|最高探针温度|Highest pack probe
33|probe_min_c|°C|real|0.1|-40|120|asset|slow|he|Powertrain.TractionBattery.Temperature.Min|最低探针温度|Lowest pack probe
34|alarm_level||integer|1|0|4|duty|fast|ihe|~AlarmLevel|最高报警等级|Highest alarm level
35|alarm_bits||integer|1|0|4294967295|duty|fast|he|~AlarmBits|通用报警标志|General alarm bits
36|charge_power_limit_kw|kW|real|0.01|0|1000|asset|slow|he|~ChargePowerLimit|可充功率|Available charging power
37|discharge_power_limit_kw|kW|real|0.01|0|1000|asset|slow|he|~DischargePowerLimit|可放功率|Available discharging power
38|charged_throughput_ah|Ah|double|0.1|0|10000000|asset|rare|he|Powertrain.TractionBattery.AccumulatedChargedThroughput|累计充入电量|Charged throughput
39|discharged_throughput_ah|Ah|double|0.1|0|10000000|asset|rare|he|Powertrain.TractionBattery.AccumulatedConsumedThroughput|累计放出电量|Discharged throughput
40|charged_energy_kwh|kWh|double|0.1|0|10000000|asset|rare|he|Powertrain.TractionBattery.AccumulatedChargedEnergy|累计充入能量|Charged energy
41|discharged_energy_kwh|kWh|double|0.1|0|10000000|asset|rare|he|Powertrain.TractionBattery.AccumulatedConsumedEnergy|累计放出能量|Discharged energy
42|pack_inlet_c|°C|real|0.01|-60|150|asset|slow|he|~PackInletTemperature|电池进水温度|Pack coolant inlet temperature
43|charge_connected||boolean|1|0|1|asset|slow|he|Powertrain.TractionBattery.Charging.ChargingPort.AnyPosition.IsChargingCableConnected|充电枪连接|Charging cable connected
44|charge_kind||integer|1|0|3|asset|slow|he|~ChargeKind|充电方式|Kind of charge (0 none, 1 AC, 2 DC, 3 other)
45|pack_outlet_c|°C|real|0.01|-60|150|asset|slow|he|~PackOutletTemperature|电池出水温度|Pack coolant outlet temperature
46|range_remaining_m|m|double|1|0|3000000|asset|slow|ihe|Powertrain.Range|剩余里程|Remaining range
50|motor_speed_rpm|rpm|real|1|-32000|33000|habit|fast|he|Powertrain.ElectricMotor.Front.Speed|驱动电机转速|Motor speed
51|motor_torque_nm|Nm|real|0.1|-2000|4500|habit|fast|he|Powertrain.ElectricMotor.Front.Torque|驱动电机转矩|Motor torque
52|motor_temperature_c|°C|real|0.1|-40|250|asset|slow|he|Powertrain.ElectricMotor.Front.Temperature|驱动电机温度|Motor temperature
53|inverter_temperature_c|°C|real|0.1|-40|250|asset|slow|he|~InverterTemperature|电机控制器温度|Inverter temperature
54|motor_rear_speed_rpm|rpm|real|1|-32000|33000|habit|fast|he|Powertrain.ElectricMotor.Rear.Speed|后电机转速|Rear motor speed
55|motor_rear_torque_nm|Nm|real|0.1|-2000|4500|habit|fast|he|Powertrain.ElectricMotor.Rear.Torque|后电机转矩|Rear motor torque
56|motor_rear_temperature_c|°C|real|0.1|-40|250|asset|slow|he|Powertrain.ElectricMotor.Rear.Temperature|后电机温度|Rear motor temperature
60|engine_speed_rpm|rpm|real|0.125|0|16384|habit|fast|ih|Powertrain.CombustionEngine.Speed|发动机转速|Engine speed
61|engine_load_pct|%|real|0.01|0|100|asset|fast|ih|~EngineLoad|发动机负荷|Calculated load
62|coolant_temperature_c|°C|real|0.01|-60|215|asset|slow|ih|Powertrain.CombustionEngine.EngineCoolant.Temperature|冷却液温度|Coolant temperature
63|oil_temperature_c|°C|real|0.01|-60|215|asset|slow|ih|Powertrain.CombustionEngine.EngineOil.Temperature|机油温度|Oil temperature
64|oil_pressure_kpa|kPa|real|0.1|0|1500|asset|slow|ih|Powertrain.CombustionEngine.EOP|机油压力|Oil pressure
65|intake_temperature_c|°C|real|0.01|-60|215|asset|slow|ih|~IntakeTemperature|进气温度|Intake air temperature
66|map_kpa|kPa|real|0.1|0|600|asset|fast|ih|Powertrain.CombustionEngine.MAP|进气压力|Manifold pressure
67|maf_gs|g/s|real|0.01|0|2000|asset|fast|ih|Powertrain.CombustionEngine.MAF|空气流量|Mass air flow
68|throttle_pct|%|real|0.01|0|100|habit|fast|ih|Powertrain.CombustionEngine.TPS|节气门开度|Throttle position
69|timing_advance_deg|°|real|0.5|-64|63.5|asset|fast|ih|~TimingAdvance|点火提前角|Timing advance
70|stft1_pct|%|real|0.01|-100|100|asset|fast|ih|~OBD.ShortTermFuelTrim1|短期修正1|Short-term fuel trim, bank 1
71|ltft1_pct|%|real|0.01|-100|100|asset|slow|ih|~OBD.LongTermFuelTrim1|长期修正1|Long-term fuel trim, bank 1
72|stft2_pct|%|real|0.01|-100|100|asset|fast|ih|~OBD.ShortTermFuelTrim2|短期修正2|Short-term fuel trim, bank 2
73|ltft2_pct|%|real|0.01|-100|100|asset|slow|ih|~OBD.LongTermFuelTrim2|长期修正2|Long-term fuel trim, bank 2
74|lambda_commanded||real|0.0001|0|2|asset|fast|ih|~OBD.CommandedEquivalenceRatio|目标空燃比|Commanded equivalence ratio
75|fuel_system_status||integer|1|0|255|asset|slow|ih|~FuelSystemStatus|燃油系统状态|Fuel system status
76|fuel_rate_lh|L/h|real|0.01|0|3300|habit|fast|ih|~FuelRate|燃油消耗率|Fuel rate
77|fuel_level_pct|%|real|0.01|0|100|habit|rare|ih|Powertrain.FuelSystem.RelativeLevel|燃油液位|Fuel level
78|rail_pressure_kpa|kPa|real|0.1|0|655350|asset|fast|ih|~OBD.FuelRailPressureDirect|油轨压力|Fuel rail pressure
79|egr_pct|%|real|0.01|0|100|asset|slow|ih|~CommandedEGR|EGR开度|Commanded EGR
80|catalyst_temperature_c|°C|real|0.1|-40|1200|asset|slow|ih|~OBD.Catalyst.Bank1.Temperature1|催化器温度|Catalyst temperature
81|engine_runtime_s|s|double|1|0|4294967293|habit|slow|ih|~OBD.RunTime|起动后运行时间|Run time since start
82|engine_hours_h|h|double|0.05|0|210000000|asset|rare|ih|Powertrain.CombustionEngine.EngineHours|发动机小时数|Engine hours
83|dpf_pressure_kpa|kPa|real|0.01|0|700|asset|slow|ih|~DPF.DeltaPressure|DPF压差|DPF differential pressure
84|dpf_inlet_c|°C|real|0.1|-40|1200|asset|slow|ih|Powertrain.CombustionEngine.DieselParticulateFilter.InletTemperature|DPF入口温度|DPF inlet temperature
85|dpf_soot_pct|%|real|1|0|250|asset|slow|ih|~DPF.SootLoad|DPF积炭|DPF soot load
86|adblue_level_pct|%|real|0.1|0|100|asset|rare|ih|Powertrain.CombustionEngine.DieselExhaustFluid.Level|尿素液位|AdBlue level
87|transmission_oil_c|°C|real|0.01|-60|215|asset|slow|ihe|Powertrain.Transmission.Temperature|变速箱油温|Transmission oil temperature
88|narrow_o2_b1s2_v|V|real|0.005|0|1.275|asset|fast|ih|~O2.B1S2|后氧电压|Rear oxygen sensor voltage
89|wide_lambda_b1s1||real|0.0001|0|2|asset|fast|ih|~O2.B1S1Lambda|前氧λ|Front oxygen sensor lambda
90|engine_torque_pct|%|real|1|-125|130|asset|fast|ih|~EngineTorque|发动机扭矩|Actual engine torque
91|boost_pressure_kpa|kPa|real|0.1|0|700|asset|fast|ih|~BoostPressure|增压压力|Boost pressure
92|evap_purge_pct|%|real|0.01|0|100|asset|slow|ih|~EvapPurge|碳罐清除|EVAP purge
100|lv_voltage_v|V|real|0.001|0|70|asset|fast|ihe|LowVoltageBattery.CurrentVoltage|低压电池电压|12 V battery voltage
101|lv_current_a|A|real|0.01|-2000|2000|asset|slow|ihe|LowVoltageBattery.CurrentCurrent|低压电池电流|12 V battery current
102|alternator_current_a|A|real|0.1|-500|500|asset|slow|ih|~AlternatorCurrent|发电机电流|Alternator current
110|tyre_fl_kpa|kPa|real|0.01|0|1500|asset|rare|ihe|Chassis.Axle.Row1.Wheel.Left.Tire.Pressure|左前胎压|Tyre pressure, front left
111|tyre_fr_kpa|kPa|real|0.01|0|1500|asset|rare|ihe|Chassis.Axle.Row1.Wheel.Right.Tire.Pressure|右前胎压|Tyre pressure, front right
112|tyre_rl_kpa|kPa|real|0.01|0|1500|asset|rare|ihe|Chassis.Axle.Row2.Wheel.Left.Tire.Pressure|左后胎压|Tyre pressure, rear left
113|tyre_rr_kpa|kPa|real|0.01|0|1500|asset|rare|ihe|Chassis.Axle.Row2.Wheel.Right.Tire.Pressure|右后胎压|Tyre pressure, rear right
114|tyre_fl_c|°C|real|0.1|-60|150|asset|rare|ihe|Chassis.Axle.Row1.Wheel.Left.Tire.AirTemperature|左前胎温|Tyre temperature, front left
115|tyre_fr_c|°C|real|0.1|-60|150|asset|rare|ihe|Chassis.Axle.Row1.Wheel.Right.Tire.AirTemperature|右前胎温|Tyre temperature, front right
116|tyre_rl_c|°C|real|0.1|-60|150|asset|rare|ihe|Chassis.Axle.Row2.Wheel.Left.Tire.AirTemperature|左后胎温|Tyre temperature, rear left
117|tyre_rr_c|°C|real|0.1|-60|150|asset|rare|ihe|Chassis.Axle.Row2.Wheel.Right.Tire.AirTemperature|右后胎温|Tyre temperature, rear right
120|brake_pad_wear_pct|%|real|0.1|0|100|asset|rare|ihe|Chassis.Axle.Row1.Wheel.Left.Brake.PadWear|制动片磨损|Brake pad wear
121|brake_fluid_low||boolean|1|0|1|asset|rare|ihe|Chassis.Axle.Row1.Wheel.Left.Brake.IsFluidLevelLow|制动液位低|Brake fluid low
122|oil_life_pct|%|real|0.1|0|100|asset|rare|ih|~OilLife|机油寿命|Oil life
123|mil_on||boolean|1|0|1|duty|slow|ihe|~OBD.Status.IsMILOn|故障灯|Malfunction lamp on
124|dtc_count||integer|1|0|255|duty|slow|ihe|Diagnostics.DTCCount|故障码数量|Trouble codes stored
125|distance_mil_km|km|double|1|0|65535|duty|rare|ihe|~OBD.DistanceWithMIL|故障灯亮后里程|Distance with lamp on
126|distance_cleared_km|km|double|1|0|65535|duty|rare|ihe|~OBD.DistanceSinceDTCClear|清码后里程|Distance since codes cleared
127|warmups_cleared||integer|1|0|255|duty|rare|ih|~OBD.WarmupsSinceDTCClear|清码后暖机次数|Warm-ups since codes cleared
128|readiness_bits||integer|1|0|4294967295|duty|rare|ihe|~OBD.Readiness|就绪状态|Readiness bits
129|coarse_odometer_km|km|double|100|0|4000000|duty|rare|ihe|~CoarseOdometer|概略里程|Odometer to 100 km
140|latitude_deg|°|double|0.000001|-90|90|position|slow|ihe|CurrentLocation.Latitude|纬度|Latitude
141|longitude_deg|°|double|0.000001|-180|180|position|slow|ihe|CurrentLocation.Longitude|经度|Longitude
142|altitude_m|m|double|0.1|-500|9000|position|slow|ihe|CurrentLocation.Altitude|海拔|Altitude
143|heading_deg|°|double|0.01|0|360|position|slow|ihe|CurrentLocation.Heading|航向|Heading
160|gateway_queue_batches||double|1|0|100000000|duty|rare|ihe|~Gateway.Queue|网关队列|Batches waiting in the gateway
161|gateway_oldest_s|s|double|1|0|100000000|duty|rare|ihe|~Gateway.Oldest|最旧批次|Age of the oldest batch
162|gateway_frames||double|1|0|9007199254740991|duty|rare|ihe|~Gateway.Frames|网关帧数|CAN frames read
163|gateway_decode_errors||double|1|0|9007199254740991|duty|rare|ihe|~Gateway.DecodeErrors|解码错误|Decode errors
164|gateway_cpu_pct|%|real|0.1|0|10000|duty|rare|ihe|~Gateway.Cpu|网关CPU|Gateway CPU
165|gateway_rss_mb|MB|real|0.1|0|100000|duty|rare|ihe|~Gateway.Rss|网关内存|Gateway memory
166|gateway_clock_offset_ms|ms|double|1|-9007199254740991|9007199254740991|duty|rare|ihe|~Gateway.ClockOffset|时钟偏差|Gateway clock offset
200|cell_voltage_v|V|real|0.001|0.1|4.9|asset|fast|he|Powertrain.TractionBattery.CellVoltage.CellVoltages|单体电压|Cell voltages
201|probe_temperature_c|°C|real|0.1|-40|120|asset|slow|he|Powertrain.TractionBattery.Temperature.CellTemperature|探针温度|Pack probe temperatures
"""

_POWERTRAINS = {"i": "combustion", "h": "hybrid", "e": "electric"}


def _row(line: str) -> Signal:
    no, name, unit, storage, scale, low, high, group, sampling, trains, vss, zh, en = line.split(
        "|"
    )
    kind = Storage["REAL" if storage == "real" else storage.upper()]
    return Signal(
        id=int(no),
        name=name,
        unit=unit,
        storage=kind,
        scale=float(scale),
        low=float(low),
        high=float(high),
        group=Group(group),
        sampling=Sampling(sampling),
        powertrains=frozenset(_POWERTRAINS[t] for t in trains),
        vss=vss,
        zh=zh,
        en=en,
    )


CATALOGUE = tuple(_row(line) for line in _TABLE.strip().splitlines())
BY_ID = MappingProxyType({s.id: s for s in CATALOGUE})
BY_NAME = MappingProxyType({s.name: s for s in CATALOGUE})

CELL_VOLTAGE = BY_NAME["cell_voltage_v"]
PROBE_TEMPERATURE = BY_NAME["probe_temperature_c"]
PACKED = frozenset({CELL_VOLTAGE.id, PROBE_TEMPERATURE.id})
"""Signals with one reading per cell or probe: their own blocks and tables, no column."""
