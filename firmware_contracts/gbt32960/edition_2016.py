"""Information types of GB/T 32960.3-2016: tables 9 to 19 and B.4 to B.8, in their order.

Columns: name | bytes | steps per unit | raw zero | largest raw | unit. Signs are the standard's:
it leaves that of the current open, and most makers send positive while discharging.
"""

from __future__ import annotations

from types import MappingProxyType

from firmware_contracts.gbt32960.field import Field, fields
from firmware_contracts.gbt32960.layout import Blob, Layout, Many, One, Series


def table(name: str, rows: str) -> Layout:
    """A layout of fields only."""
    return Layout(name, tuple(map(One, fields(rows))))


TEMPERATURE = Field(name="temperature_c", width=1, zero=40, top=250, unit="°C")
CELL_VOLTAGE = Field(name="voltage_v", width=2, steps=1000, top=60000, unit="V")
FAULT_CODE = Field(name="code", width=4, coded=False)

VEHICLE = table(
    "vehicle",
    """
    vehicle_state   |1 |    |      |3       |
    charging_state  |1 |    |      |4       |
    drive_mode      |1 |    |      |3       |
    speed_kmh       |2 |10  |      |2200    |km/h
    odometer_km     |4 |10  |      |9999999 |km
    voltage_v       |2 |10  |      |10000   |V
    current_a       |2 |10  |10000 |20000   |A
    soc_pct         |1 |    |      |100     |%
    dcdc            |1 |    |      |2       |
    gear            |1 |    |      |        |
    insulation_kohm |2 |    |      |60000   |kΩ
    accelerator_pct |1 |    |      |100     |%
    brake_pct       |1 |    |      |101     |%
    """,
)
"""Table B.4. Brake 101: pressed, travel unknown. Platforms reserve the last two bytes (table 9)."""

MOTOR = table(
    "motor",
    """
    number                   |1 |    |      |253   |
    state                    |1 |    |      |4     |
    controller_temperature_c |1 |    |40    |250   |°C
    speed_rpm                |2 |    |20000 |65531 |rpm
    torque_nm                |2 |10  |20000 |65531 |Nm
    temperature_c            |1 |    |40    |250   |°C
    voltage_v                |2 |10  |      |60000 |V
    current_a                |2 |10  |10000 |20000 |A
    """,
)
MOTORS = Layout("motors", (Many("motors", 1, MOTOR),))

FUEL_CELL = Layout(
    "fuel_cell",
    (
        *map(
            One,
            fields("""
            voltage_v           |2 |10  | |20000 |V
            current_a           |2 |10  | |20000 |A
            hydrogen_kg_100km   |2 |100 | |60000 |kg/100km
            """),
        ),
        Series("probes", 2, Field(name="temperature_c", width=1, zero=40, top=240, unit="°C")),
        *map(
            One,
            fields("""
            hydrogen_temperature_max_c     |2 |10 |400 |2400  |°C
            hydrogen_temperature_max_probe |1 |   |    |252   |
            hydrogen_concentration_mg_kg   |2 |   |    |60000 |mg/kg
            hydrogen_concentration_sensor  |1 |   |    |252   |
            hydrogen_pressure_mpa          |2 |10 |    |1000  |MPa
            hydrogen_pressure_sensor       |1 |   |    |252   |
            high_voltage_dcdc              |1 |   |    |2     |
            """),
        ),
    ),
)

ENGINE = table(
    "engine",
    """
    state          |1 |    | |2     |
    crank_rpm      |2 |    | |60000 |rpm
    fuel_l_100km   |2 |100 | |60000 |L/100km
    """,
)

POSITION = table(
    "position",
    """
    status        |1! |        | |          |
    longitude_deg |4  |1000000 | |180000000 |°
    latitude_deg  |4  |1000000 | |90000000  |°
    """,
)
"""Status: bit 0 no fix (the last one is sent), bit 1 south, bit 2 west."""

EXTREMES = table(
    "extremes",
    """
    voltage_max_subsystem     |1 |     |   |250   |
    voltage_max_cell          |1 |     |   |250   |
    voltage_max_v             |2 |1000 |   |15000 |V
    voltage_min_subsystem     |1 |     |   |250   |
    voltage_min_cell          |1 |     |   |250   |
    voltage_min_v             |2 |1000 |   |15000 |V
    temperature_max_subsystem |1 |     |   |250   |
    temperature_max_probe     |1 |     |   |250   |
    temperature_max_c         |1 |     |40 |250   |°C
    temperature_min_subsystem |1 |     |   |250   |
    temperature_min_probe     |1 |     |   |250   |
    temperature_min_c         |1 |     |40 |250   |°C
    """,
)

ALARM_HEAD = fields("""
    level |1  | | |4 |
    flags |4! | | |  |
    """)
"""2016 knows levels 0 to 3 only; a 4 is never taken for silence."""

FAULTS = tuple(
    Series(name, 1, FAULT_CODE)
    for name in ("battery_faults", "motor_faults", "engine_faults", "other_faults")
)
ALARM = Layout("alarm", (*map(One, ALARM_HEAD), *FAULTS))

CELL_PAGE = Layout(
    "subsystem",
    (
        *map(
            One,
            fields("""
            number     |1 |   |      |250   |
            voltage_v  |2 |10 |      |10000 |V
            current_a  |2 |10 |10000 |20000 |A
            cells      |2 |   |      |65531 |
            first_cell |2 |   |      |65531 |
            """),
        ),
        Series("voltages", 1, CELL_VOLTAGE),
    ),
)
"""At most 200 cells a page: `first_cell` says where this one begins among `cells`."""
CELLS = Layout("cells", (Many("subsystems", 1, CELL_PAGE),))

PROBES_OF_ONE = Layout(
    "subsystem",
    (
        One(Field(name="number", width=1, top=250)),
        Series("temperatures", 2, TEMPERATURE),
    ),
)
PROBES = Layout("probes", (Many("subsystems", 1, PROBES_OF_ONE),))

CUSTOM = Layout("custom", (Blob("content", 2),))
CUSTOM_TYPES = range(0x80, 0xFF)

TYPES = MappingProxyType(
    {
        0x01: VEHICLE,
        0x02: MOTORS,
        0x03: FUEL_CELL,
        0x04: ENGINE,
        0x05: POSITION,
        0x06: EXTREMES,
        0x07: ALARM,
        0x08: CELLS,
        0x09: PROBES,
        **dict.fromkeys(CUSTOM_TYPES, CUSTOM),
    }
)
"""Type byte -> layout. Any other type has no length: what follows it stays as it is."""
