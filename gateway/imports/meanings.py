"""Which catalogue signal a community's name stands for, and how its units become ours."""

from __future__ import annotations

import re

from firmware_contracts.signal import Signal
from firmware_contracts.signals import BY_NAME

METRICS = {
    "stateOfCharge": "soc_displayed_pct",
    "stateOfHealth": "bms_soh_pct",
    "odometer": "odometer_m",
    "speed": "vehicle_speed_kmh",
    "starterBatteryVoltage": "lv_voltage_v",
    "tractionBatteryVoltage": "pack_voltage_v",
    "tractionBatteryCurrent": "pack_current_a",
    "electricRange": "range_remaining_m",
    "fuelRange": "range_remaining_m",
    "fuelTankLevel": "fuel_level_pct",
    "fuelRate": "fuel_rate_lh",
    "engineCoolantTemperature": "coolant_temperature_c",
    "engineOilTemperature": "oil_temperature_c",
    "engineLoad": "engine_load_pct",
    "massAirFlow": "maf_gs",
    "throttlePosition": "throttle_pct",
    "transmissionFluidTemperature": "transmission_oil_c",
    "pluggedIn": "charge_connected",
    "frontLeftTirePressure": "tyre_fl_kpa",
    "frontRightTirePressure": "tyre_fr_kpa",
    "rearLeftTirePressure": "tyre_rl_kpa",
    "rearRightTirePressure": "tyre_rr_kpa",
    "frontLeftTireTemperature": "tyre_fl_c",
    "frontRightTireTemperature": "tyre_fr_c",
    "rearLeftTireTemperature": "tyre_rl_c",
    "rearRightTireTemperature": "tyre_rr_c",
}
"""suggestedMetric of OBDb -> signal."""
NAMES = {
    "SOC": "soc_pct",
    "SOC_BMS": "soc_pct",
    "SOC_D": "soc_displayed_pct",
    "SOH": "bms_soh_pct",
    "ODOMETER": "odometer_m",
    "SPEED": "vehicle_speed_kmh",
    "LV_V": "lv_voltage_v",
    "HV_V": "pack_voltage_v",
    "HV_A": "pack_current_a",
    "RANGE": "range_remaining_m",
    "TYRE_P_FL": "tyre_fl_kpa",
    "TYRE_P_FR": "tyre_fr_kpa",
    "TYRE_P_RL": "tyre_rl_kpa",
    "TYRE_P_RR": "tyre_rr_kpa",
}
"""Names of WiCAN's list -> signal."""
_CELL = re.compile(
    r"\b(?:cell|module)\D{0,12}(\d{1,3})\b.*\bvoltage"
    r"|\bvoltage\b.*\b(?:cell|module)\D{0,12}(\d{1,3})\b",
    re.I,
)

# community's unit, ours -> factor, offset
_UNITS: dict[tuple[str, str], tuple[float, float]] = {
    ("kilometers", "m"): (1000.0, 0.0),
    ("km", "m"): (1000.0, 0.0),
    ("miles", "m"): (1609.344, 0.0),
    ("mi", "m"): (1609.344, 0.0),
    ("meters", "m"): (1.0, 0.0),
    ("kilometersPerHour", "km/h"): (1.0, 0.0),
    ("milesPerHour", "km/h"): (1.609344, 0.0),
    ("psi", "kPa"): (6.894757, 0.0),
    ("bars", "kPa"): (100.0, 0.0),
    ("bar", "kPa"): (100.0, 0.0),
    ("kilopascal", "kPa"): (1.0, 0.0),
    ("celsius", "°C"): (1.0, 0.0),
    ("°C", "°C"): (1.0, 0.0),
    ("fahrenheit", "°C"): (5 / 9, -160 / 9),
    ("volts", "V"): (1.0, 0.0),
    ("millivolts", "V"): (0.001, 0.0),
    ("amps", "A"): (1.0, 0.0),
    ("percent", "%"): (1.0, 0.0),
    ("normal", "%"): (100.0, 0.0),
    ("rpm", "rpm"): (1.0, 0.0),
    ("kilowattHours", "kWh"): (1.0, 0.0),
    ("ampereHours", "Ah"): (1.0, 0.0),
    ("kiloohms", "kΩ"): (1.0, 0.0),
    ("gramsPerSecond", "g/s"): (1.0, 0.0),
    ("litersPerHour", "L/h"): (1.0, 0.0),
    ("newtonMeters", "Nm"): (1.0, 0.0),
}
_PLAIN = frozenset({"", "scalar", "noyes", "yesno", "offon", "unknown"})
TWO_WAY = frozenset({"pack_current_a", "lv_current_a", "motor_torque_nm", "motor_rear_torque_nm"})
"""Signals whose direction must be stated: cars disagree about what is positive."""


_HIGHEST_CELL_V = 6.0
"""What can be no more than this is one cell, whatever its owner calls it."""


def signal_for(
    name: str, title: str, metric: str, high: float | None = None
) -> tuple[Signal, int] | None:
    """Signal and part; None where nobody said what a name stands for. `high` is the largest value
    that is stated: "module 7 voltage" of at most 5 V is a cell."""
    known = METRICS.get(metric) or NAMES.get(name)
    if known is not None:
        return BY_NAME[known], 0
    cell = _CELL.search(title)
    if cell is not None and (high or 0) <= _HIGHEST_CELL_V:
        return BY_NAME["cell_voltage_v"], int(cell[1] or cell[2])
    return None


def conversion(unit: str, signal: Signal) -> tuple[float, float] | None:
    """Factor and offset from a community's unit to ours; None where there is no way."""
    if unit == signal.unit or (unit in _PLAIN and not signal.unit):
        return 1.0, 0.0
    return _UNITS.get((unit, signal.unit))
