"""Information types of GB/T 32960.3-2025: tables 10 to 27, in their order.

Columns: name | bytes | steps per unit | raw zero | largest raw | unit. The same type byte means
something else than in 2016: 06 is the alarm, 07 the cells, 08 the probes; there are no extremes.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from firmware_contracts.gbt32960.edition_2016 import (
    ALARM_HEAD,
    CELL_VOLTAGE,
    CUSTOM,
    CUSTOM_TYPES,
    FAULTS,
    TEMPERATURE,
    table,
)
from firmware_contracts.gbt32960.field import Field, fields
from firmware_contracts.gbt32960.layout import Blob, Layout, Many, One, Series

_VEHICLE = fields("""
    vehicle_state   |1 |    |      |3       |
    charging_state  |1 |    |      |4       |
    drive_mode      |1 |    |      |3       |
    speed_kmh       |2 |10  |      |5000    |km/h
    odometer_km     |4 |10  |      |9999999 |km
    voltage_v       |2 |10  |      |60000   |V
    current_a       |2 |10  |30000 |60000   |A
    soc_pct         |1 |    |      |100     |%
    dcdc            |1 |    |      |2       |
    gear            |1 |    |      |        |
    insulation_kohm |2 |    |      |60000   |kΩ
    """)
VEHICLE = Layout(
    "vehicle",
    tuple(One(replace(f, dead=0x80) if f.name == "gear" else f) for f in _VEHICLE),
)
"""Table 10; bit 7 of the gear says invalid (table A.1)."""

MOTOR = table(
    "motor",
    """
    number                   |1 |    |       |253    |
    state                    |1 |    |       |4      |
    controller_temperature_c |1 |    |40     |250    |°C
    speed_rpm                |2 |    |32000  |65531  |rpm
    torque_nm                |4 |10  |200000 |400000 |Nm
    temperature_c            |1 |    |40     |250    |°C
    """,
)
MOTORS = Layout("motors", (Many("motors", 1, MOTOR),))

HYDROGEN = table(
    "hydrogen",
    """
    hydrogen_temperature_max_c     |2 |      |40 |250   |°C
    hydrogen_temperature_max_probe |1 |      |   |253   |
    hydrogen_concentration_pct     |2 |10000 |   |60000 |%
    hydrogen_concentration_sensor  |1 |      |   |253   |
    hydrogen_pressure_mpa          |2 |10    |   |1000  |MPa
    hydrogen_pressure_sensor       |1 |      |   |253   |
    high_voltage_dcdc              |1 |      |   |2     |
    hydrogen_left_pct              |1 |      |   |100   |%
    dcdc_temperature_c             |1 |      |40 |250   |°C
    """,
)

ENGINE = table("engine", "crank_rpm |2 | | |60000 |rpm")

POSITION = table(
    "position",
    """
    status            |1! |        | |          |
    coordinate_system |1  |        | |3         |
    longitude_deg     |4  |1000000 | |180000000 |°
    latitude_deg      |4  |1000000 | |90000000  |°
    """,
)
"""Coordinate system: 1 WGS 84, 2 GCJ-02, 3 another."""

FLAG_LEVEL = table(
    "flag_level",
    """
    flag  |1 | | |31 |
    level |1 | | |4  |
    """,
)
ALARM = Layout("alarm", (*map(One, ALARM_HEAD), *FAULTS, Many("flag_levels", 1, FLAG_LEVEL)))

CELLS_OF_PACK = Layout(
    "pack",
    (
        *map(
            One,
            fields("""
            number    |1 |   |      |50    |
            voltage_v |2 |10 |      |60000 |V
            current_a |2 |10 |30000 |60000 |A
            """),
        ),
        Series("voltages", 2, CELL_VOLTAGE),
    ),
)
CELLS = Layout("cells", (Many("packs", 1, CELLS_OF_PACK),))

PROBES_OF_PACK = Layout(
    "pack",
    (One(Field(name="number", width=1, top=50)), Series("temperatures", 2, TEMPERATURE)),
)
PROBES = Layout("probes", (Many("packs", 1, PROBES_OF_PACK),))

STACK = Layout(
    "stack",
    (
        *map(
            One,
            fields("""
            number                |1 |   |     |253   |
            voltage_v             |2 |10 |     |20000 |V
            current_a             |2 |10 |     |20000 |A
            hydrogen_pressure_kpa |2 |10 |1000 |5000  |kPa
            air_pressure_kpa      |2 |10 |1000 |5000  |kPa
            air_temperature_c     |1 |   |40   |250   |°C
            """),
        ),
        Series("coolant_temperatures", 2, TEMPERATURE),
    ),
)
STACKS = Layout("stacks", (Many("stacks", 1, STACK),))

SUPERCAPACITOR = Layout(
    "supercapacitor",
    (
        *map(
            One,
            fields("""
            number    |1 |   |      |253   |
            voltage_v |2 |10 |      |10000 |V
            current_a |2 |10 |30000 |60000 |A
            """),
        ),
        Series("voltages", 2, CELL_VOLTAGE),
        Series("temperatures", 2, TEMPERATURE),
    ),
)

SUPERCAPACITOR_EXTREMES = table(
    "supercapacitor_extremes",
    """
    voltage_max_system     |1 |     |   |253   |
    voltage_max_cell       |2 |     |   |65531 |
    voltage_max_v          |2 |1000 |   |60000 |V
    voltage_min_system     |1 |     |   |253   |
    voltage_min_cell       |2 |     |   |65531 |
    voltage_min_v          |2 |1000 |   |60000 |V
    temperature_max_system |1 |     |   |253   |
    temperature_max_probe  |2 |     |   |65531 |
    temperature_max_c      |1 |     |40 |250   |°C
    temperature_min_system |1 |     |   |253   |
    temperature_min_probe  |2 |     |   |65531 |
    temperature_min_c      |1 |     |40 |250   |°C
    """,
)

SIGNATURE = Layout(
    "signature", (One(Field(name="algorithm", width=1, top=3)), Blob("r", 2), Blob("s", 2))
)
"""Table 8: 1 SM2, 2 RSA, 3 ECC, over everything from the time to the byte before the mark."""
SIGNATURE_MARK = 0xFF
"""The information type that begins a signature (GB/T 32960.3-2025)."""

TYPES = MappingProxyType(
    {
        0x01: VEHICLE,
        0x02: MOTORS,
        0x03: HYDROGEN,
        0x04: ENGINE,
        0x05: POSITION,
        0x06: ALARM,
        0x07: CELLS,
        0x08: PROBES,
        0x30: STACKS,
        0x31: SUPERCAPACITOR,
        0x32: SUPERCAPACITOR_EXTREMES,
        **dict.fromkeys(CUSTOM_TYPES, CUSTOM),
    }
)
"""Type byte -> layout. Any other type has no length: what follows it stays as it is."""
