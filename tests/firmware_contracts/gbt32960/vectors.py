"""Bodies of every information type of both editions, byte by byte, with what they mean.

Written by hand from the tables of the standard, not by the encoder under test. A list of fields
belongs to each repeated body in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from firmware_contracts.gbt32960.field import Null
from firmware_contracts.gbt32960.frame import Edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    edition: Edition
    type: int
    name: str
    body: str
    means: dict[str, Any]

    @property
    def content(self) -> bytes:
        return bytes.fromhex(self.body)


def _2016(type: int, name: str, body: str, **means: Any) -> Vector:
    return Vector(edition=Edition.E2016, type=type, name=name, body=body, means=means)


def _2025(type: int, name: str, body: str, **means: Any) -> Vector:
    return Vector(edition=Edition.E2025, type=type, name=name, body=body, means=means)


VECTORS = (
    _2016(
        0x01,
        "vehicle",
        "01 03 01"  # on, not charging, electric
        "02 BC 00 01 E2 40"  # 70.0 km/h, 12,345.6 km
        "0D AC 26 7A"  # 350.0 V, 985.0 - 1,000 = -15.0 A
        "50 01 1E 03 E8 28 65",  # 80 %, DC-DC on, D braking, 1,000 kOhm, 40 %, brake without travel
        vehicle_state=1,
        charging_state=3,
        drive_mode=1,
        speed_kmh=70.0,
        odometer_km=12345.6,
        voltage_v=350.0,
        current_a=-15.0,
        soc_pct=80,
        dcdc=1,
        gear=0x1E,
        insulation_kohm=1000,
        accelerator_pct=40,
        brake_pct=101,
    ),
    _2016(
        0x01,
        "vehicle",
        "FE FF FE FF FE FF FF FF FE FF FF FF FE FE FF FF FF FE FE FF",
        vehicle_state=Null.ABNORMAL,
        charging_state=Null.INVALID,
        drive_mode=Null.ABNORMAL,
        speed_kmh=Null.ABNORMAL,
        odometer_km=Null.ABNORMAL,
        voltage_v=Null.INVALID,
        current_a=Null.ABNORMAL,
        soc_pct=Null.ABNORMAL,
        dcdc=Null.INVALID,
        gear=Null.INVALID,
        insulation_kohm=Null.ABNORMAL,
        accelerator_pct=Null.ABNORMAL,
        brake_pct=Null.INVALID,
    ),
    _2016(
        0x02,
        "motors",
        "02"  # two motors
        "01 01 3C 55 F0 50 14 64 0D AC 28 A0"  # 20 °C, 2,000 rpm, 50.0 Nm, 60 °C, 350 V, 40 A
        "02 02 FF 46 50 4B 00 FE 00 00 FF FE",  # -2,000 rpm, -80.0 Nm
        number=[1, 2],
        state=[1, 2],
        controller_temperature_c=[20, Null.INVALID],
        speed_rpm=[2000, -2000],
        torque_nm=[50.0, -80.0],
        temperature_c=[60, Null.ABNORMAL],
        voltage_v=[350.0, 0.0],
        current_a=[40.0, Null.ABNORMAL],
    ),
    _2016(
        0x03,
        "fuel_cell",
        "0F A0 01 F4 00 7B"  # 400.0 V, 50.0 A, 1.23 kg/100 km
        "00 03 28 50 FF"  # three probes: 0 °C, 40 °C, invalid
        "03 E8 02 00 64 01 01 5E 03 01",  # 60.0 °C at 2, 100 mg/kg at 1, 35.0 MPa at 3, DC-DC on
        voltage_v=400.0,
        current_a=50.0,
        hydrogen_kg_100km=1.23,
        probes=(0, 40, None),
        hydrogen_temperature_max_c=60.0,
        hydrogen_temperature_max_probe=2,
        hydrogen_concentration_mg_kg=100,
        hydrogen_concentration_sensor=1,
        hydrogen_pressure_mpa=35.0,
        hydrogen_pressure_sensor=3,
        high_voltage_dcdc=1,
    ),
    _2016(0x04, "engine", "01 07 D0 02 8A", state=1, crank_rpm=2000, fuel_l_100km=6.5),
    _2016(
        0x05,
        "position",
        "06 06 F1 51 00 02 61 8E D0",  # south, west
        status=6,
        longitude_deg=116.478208,
        latitude_deg=39.947984,
    ),
    _2016(
        0x06,
        "extremes",
        "01 05 0E 74 01 09 0D AC 01 03 41 02 04 3B",
        voltage_max_subsystem=1,
        voltage_max_cell=5,
        voltage_max_v=3.7,
        voltage_min_subsystem=1,
        voltage_min_cell=9,
        voltage_min_v=3.5,
        temperature_max_subsystem=1,
        temperature_max_probe=3,
        temperature_max_c=25,
        temperature_min_subsystem=2,
        temperature_min_probe=4,
        temperature_min_c=19,
    ),
    _2016(
        0x07,
        "alarm",
        "03 00 00 08 02"  # level 3, bits 1 and 11
        "01 00 00 00 11 00 02 00 00 00 21 00 00 00 22 00",  # one battery code, two of the engine
        level=3,
        flags=0x802,
        battery_faults=(0x11,),
        motor_faults=(),
        engine_faults=(0x21, 0x22),
        other_faults=(),
    ),
    _2016(
        0x07,
        "alarm",
        "FE 00 00 00 00 FF FE FF FE",  # counts that say invalid or abnormal count nothing
        level=Null.ABNORMAL,
        flags=0,
        battery_faults=(),
        motor_faults=(),
        engine_faults=(),
        other_faults=(),
    ),
    _2016(
        0x08,
        "cells",
        "02"  # two pages of one subsystem: cells 1 to 2 and 3 to 5 of 5
        "01 0D AC 27 11 00 05 00 01 02 0E 74 FF FF"
        "01 0D AC 27 0F 00 05 00 03 03 0E 75 FF FE 0E 76",
        number=[1, 1],
        voltage_v=[350.0, 350.0],
        current_a=[0.1, -0.1],
        cells=[5, 5],
        first_cell=[1, 3],
        voltages=[(3.7, None), (3.701, None, 3.702)],
    ),
    _2016(
        0x09,
        "probes",
        "02 01 00 03 3A 39 FF 02 00 01 00",
        number=[1, 2],
        temperatures=[(18, 17, None), (-40,)],
    ),
    _2016(0x80, "custom", "00 03 01 02 03", content=bytes((1, 2, 3))),
    _2016(0xFE, "custom", "00 00", content=b""),
    _2025(
        0x01,
        "vehicle",
        "01 01 01 13 88 00 98 96 7F"  # parked charging, 500.0 km/h, 999,999.9 km
        "1F 40 71 48 64 02 9F EA 60",  # 800.0 V, -100.0 A, 100 %, DC-DC off, gear invalid, 60 MOhm
        vehicle_state=1,
        charging_state=1,
        drive_mode=1,
        speed_kmh=500.0,
        odometer_km=999999.9,
        voltage_v=800.0,
        current_a=-100.0,
        soc_pct=100,
        dcdc=2,
        gear=Null.INVALID,
        insulation_kohm=60000,
    ),
    _2025(
        0x02,
        "motors",
        "01 01 02 32 75 30 00 03 0B 24 2E",  # 10 °C, -2,000 rpm, -54.0 Nm
        number=[1],
        state=[2],
        controller_temperature_c=[10],
        speed_rpm=[-2000],
        torque_nm=[-54.0],
        temperature_c=[6],
    ),
    _2025(
        0x02,
        "motors",
        "01 FF FE FE FF FE FF FF FF FE FF",
        number=[Null.INVALID],
        state=[Null.ABNORMAL],
        controller_temperature_c=[Null.ABNORMAL],
        speed_rpm=[Null.ABNORMAL],
        torque_nm=[Null.ABNORMAL],
        temperature_c=[Null.INVALID],
    ),
    _2025(
        0x03,
        "hydrogen",
        "00 5A 01 27 10 02 02 BC 03 01 4B 64",
        hydrogen_temperature_max_c=50,
        hydrogen_temperature_max_probe=1,
        hydrogen_concentration_pct=1.0,
        hydrogen_concentration_sensor=2,
        hydrogen_pressure_mpa=70.0,
        hydrogen_pressure_sensor=3,
        high_voltage_dcdc=1,
        hydrogen_left_pct=75,
        dcdc_temperature_c=60,
    ),
    _2025(0x04, "engine", "0B B8", crank_rpm=3000),
    _2025(
        0x05,
        "position",
        "00 02 06 F1 51 00 02 61 9A D0",
        status=0,
        coordinate_system=2,
        longitude_deg=116.478208,
        latitude_deg=39.951056,
    ),
    _2025(
        0x06,
        "alarm",
        "04 00 80 00 00 00 00 00 00 02 17 04 0B FF",  # level 4, thermal event, two levels of bits
        level=4,
        flags=1 << 23,
        battery_faults=(),
        motor_faults=(),
        engine_faults=(),
        other_faults=(),
        flag_levels=[(23, 4), (11, None)],
    ),
    _2025(
        0x07,
        "cells",
        "02 01 1F 40 75 3A 00 02 0F A0 0F 9F 02 FF FF FF FE 00 00",
        number=[1, 2],
        voltage_v=[800.0, Null.INVALID],
        current_a=[1.0, Null.ABNORMAL],
        voltages=[(4.0, 3.999), ()],
    ),
    _2025(0x08, "probes", "01 03 00 02 FE 41", number=[3], temperatures=[(None, 25)]),
    _2025(
        0x30,
        "stacks",
        "01 01 0F A0 03 E8 07 D0 04 4C 50 00 02 6E FF",
        number=[1],
        voltage_v=[400.0],
        current_a=[100.0],
        hydrogen_pressure_kpa=[100.0],
        air_pressure_kpa=[10.0],
        air_temperature_c=[40],
        coolant_temperatures=[(70, None)],
    ),
    _2025(
        0x31,
        "supercapacitor",
        "01 01 F4 75 30 00 02 09 C4 FF FF 00 01 3C",
        number=1,
        voltage_v=50.0,
        current_a=0.0,
        voltages=(2.5, None),
        temperatures=(20,),
    ),
    _2025(
        0x32,
        "supercapacitor_extremes",
        "01 01 2C 09 C4 01 00 02 09 92 01 00 05 46 01 00 06 3C",
        voltage_max_system=1,
        voltage_max_cell=300,
        voltage_max_v=2.5,
        voltage_min_system=1,
        voltage_min_cell=2,
        voltage_min_v=2.45,
        temperature_max_system=1,
        temperature_max_probe=5,
        temperature_max_c=30,
        temperature_min_system=1,
        temperature_min_probe=6,
        temperature_min_c=20,
    ),
    _2025(0x80, "custom", "00 02 FE FE", content=b"\xfe\xfe"),
)
