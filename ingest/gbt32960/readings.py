"""Information of a report as values of the catalogue, in our units and signs.

    standard                              catalogue
    current, + while discharging          pack_current_a, + while charging: the sign is turned
    odometer in 0.1 km                    odometer_m
    motor 1, motor 2                      motor_*, motor_rear_*
    cells of several subsystems           one array: the subsystems by number, one after the other
    hydrogen, stacks, engine's fuel       no column: kept as rare signals (`rare_id`)

What has no place here (states, voltages and currents of motors, supercapacitor cells, positions)
is listed in docs/gbt32960.md; raw frames keep it where that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from firmware_contracts.gbt32960.field import Null
from firmware_contracts.gbt32960.frame import Edition
from firmware_contracts.gbt32960.layout import Body, One
from firmware_contracts.gbt32960.report import Report
from firmware_contracts.signal import Reason, Signal
from firmware_contracts.signals import BY_NAME, CELL_VOLTAGE, PROBE_TEMPERATURE
from firmware_contracts.telemetry import PACKED_NULL, Int16, UInt8

REASONS = {
    None: Reason.VALID,
    Null.ABNORMAL: Reason.INVALID,
    Null.INVALID: Reason.INVALID,
    Null.OUT_OF_RANGE: Reason.OUT_OF_RANGE,
}
NO_TRAVEL = 101
"""Brake pedal: pressed, but its travel is not known."""
RARE_BASE = 3_296_000_000
"""First id of rare signals of this protocol: above every id of the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value with its reason; the value counts only where the reason is VALID."""

    value: float
    reason: Reason = Reason.VALID


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """Cells in mV or probes in 0.1 °C, part 1 first; `first` is the number of the first one."""

    values: Int16
    reasons: UInt8
    first: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tick:
    """What a terminal said of one moment."""

    values: Mapping[str, Value]
    rare: Mapping[int, float]
    cells: Parts | None
    probes: Parts | None


Turn = Callable[[float], float]


def _same(value: float) -> float:
    return value


_VEHICLE: tuple[tuple[str, str, Turn], ...] = (
    ("vehicle_state", "vehicle_state", _same),
    ("charging_state", "charging_state", _same),
    ("drive_mode", "drive_mode", _same),
    ("speed_kmh", "vehicle_speed_kmh", _same),
    ("odometer_km", "odometer_m", lambda km: round(km * 1000)),
    ("voltage_v", "pack_voltage_v", _same),
    ("current_a", "pack_current_a", lambda a: -a),
    ("soc_pct", "soc_pct", _same),
    ("dcdc", "dcdc_on", lambda state: float(state == 1)),
    ("gear", "gear", lambda raw: int(raw) & 0x0F),
    ("insulation_kohm", "insulation_kohm", _same),
    ("accelerator_pct", "accelerator_pct", _same),
    ("brake_pct", "brake_pct", _same),
)
_MOTOR: tuple[tuple[str, str, Turn], ...] = (
    ("speed_rpm", "speed_rpm", _same),
    ("torque_nm", "torque_nm", _same),
    ("temperature_c", "temperature_c", _same),
)
_AXLES = {1: "motor_", 2: "motor_rear_"}
_TABLES: Mapping[str, tuple[tuple[str, str, Turn], ...]] = {
    "vehicle": _VEHICLE,
    "engine": (("crank_rpm", "engine_speed_rpm", _same),),
    "extremes": (
        ("voltage_max_v", "cell_voltage_max_v", _same),
        ("voltage_min_v", "cell_voltage_min_v", _same),
        ("voltage_max_cell", "cell_voltage_max_no", _same),
        ("voltage_min_cell", "cell_voltage_min_no", _same),
        ("temperature_max_c", "probe_max_c", _same),
        ("temperature_min_c", "probe_min_c", _same),
    ),
    "alarm": (("level", "alarm_level", _same), ("flags", "alarm_bits", _same)),
}
_RARE = frozenset({"fuel_cell", "hydrogen", "stacks", "supercapacitor_extremes", "engine"})
"""Information whose fields without a column are kept as rare signals."""


def tick(reports: Sequence[Report], edition: Edition) -> Tick:
    """Everything that reports of one moment say together; the later one of two counts."""
    values: dict[str, Value] = {}
    rare: dict[int, float] = {}
    for report in reports:
        for item in report.items:
            values.update(_mapped(item.name, item.body))
            values.update(_motors(item.body) if item.name == "motors" else ())
            rare.update(_rare(edition, item.type, item.name, item.body))
    cells = _parts(reports, "cells", CELL_VOLTAGE, 1)
    probes = _parts(reports, "probes", PROBE_TEMPERATURE, 10)
    if cells is not None:
        values = {**_cell_extremes(cells), **values}
    if probes is not None:
        values = {**_probe_extremes(probes), **values}
    return Tick(values=values, rare=rare, cells=cells, probes=probes)


def _mapped(kind: str, body: Body) -> Iterator[tuple[str, Value]]:
    for source, signal, turn in _TABLES.get(kind, ()):
        if source in body:
            yield signal, _value(body, source, BY_NAME[signal], turn)


def _value(body: Body, name: str, signal: Signal, turn: Turn) -> Value:
    reason = REASONS[body.null(name)]
    if reason is not Reason.VALID:
        return Value(value=np.nan, reason=reason)
    raw = body.value(name)
    if name == "brake_pct" and raw == NO_TRAVEL:
        return Value(value=np.nan, reason=Reason.NOT_SUPPORTED)
    value = turn(raw if raw is not None else np.nan)
    if not signal.low <= value <= signal.high:
        return Value(value=np.nan, reason=Reason.OUT_OF_RANGE)
    return Value(value=value)


def _motors(body: Body) -> Iterator[tuple[str, Value]]:
    for place, motor in enumerate(body.many("motors"), 1):
        axle = _AXLES.get(int(motor.value("number") or place))
        if axle is None:
            continue
        for source, what, turn in _MOTOR:
            signal = BY_NAME[f"{axle}{what}"]
            yield signal.name, _value(motor, source, signal, turn)
        if axle == _AXLES[1]:
            signal = BY_NAME["inverter_temperature_c"]
            yield signal.name, _value(motor, "controller_temperature_c", signal, _same)


def rare_id(edition: Edition, kind: int, place: int, field: int) -> int:
    """Id of a field without a column: edition, type byte, which of several bodies, which field.

    >>> rare_id(Edition.E2025, 0x30, 1, 2)
    3301480102
    """
    young = 5_000_000 if edition is Edition.E2025 else 0
    return RARE_BASE + young + kind * 10_000 + place * 100 + field


def _rare(edition: Edition, kind: int, name: str, body: Body) -> Iterator[tuple[int, float]]:
    if name not in _RARE:
        return
    bodies = body.many("stacks") if name == "stacks" else (body,)
    known = {source for source, _, _ in _TABLES.get(name, ())}
    for place, one in enumerate(bodies[:99]):
        for number, part in enumerate(one.layout.parts):
            if isinstance(part, One) and part.name not in known:
                value = one.value(part.name)
                if value is not None:
                    yield rare_id(edition, kind, place, number), float(value)


def pages(reports: Sequence[Report], kind: str) -> list[Body]:
    """Subsystems, packs and pages of them, by number and first cell."""
    found = [
        page
        for report in reports
        for body in report.bodies(kind)
        for page in body.many("subsystems" if "subsystems" in body else "packs")
    ]
    return sorted(found, key=lambda page: (page.raw("number"), first_of(page)))


def first_of(page: Body) -> int:
    """Number of a page's first cell within its subsystem."""
    return int(page.value("first_cell") or 1) if "first_cell" in page else 1


def total_of(page: Body) -> int:
    """Cells of the subsystem as its page says; at least those that the page holds."""
    shown = first_of(page) - 1 + len(page.series(_series(page)))
    total = page.value("cells") if "cells" in page else None
    return max(shown, int(total or 0))


def _series(page: Body) -> str:
    return "voltages" if "voltages" in page else "temperatures"


MOST_PARTS = 1_000
"""Cells or probes of a vehicle; the catalogue numbers no more."""


def _parts(reports: Sequence[Report], kind: str, signal: Signal, per_step: int) -> Parts | None:
    """One array over all subsystems; what no page holds is ABSENT."""
    found = pages(reports, kind)
    totals: dict[int, int] = {}
    for page in found:
        number = page.raw("number")
        totals[number] = max(totals.get(number, 0), total_of(page))
    size = min(sum(totals.values()), MOST_PARTS)
    if not size:
        return None
    values = np.full(size, PACKED_NULL, np.int16)
    reasons = np.full(size, Reason.ABSENT, np.uint8)
    for page in found:
        before = sum(total for number, total in totals.items() if number < page.raw("number"))
        at = before + first_of(page) - 1
        _fill(values[at:size], reasons[at:size], page, signal, per_step)
    return Parts(values=values, reasons=reasons)


def _fill(values: Int16, reasons: UInt8, page: Body, signal: Signal, per_step: int) -> None:
    """Readings of a page; `per_step` turns the standard's step into ours (1 °C -> 10 x 0.1)."""
    name = _series(page)
    of = page.element(name)
    raw = np.array(page.series(name), np.int64)[: values.shape[0]]
    ours = (raw - of.zero) * per_step
    outside = (ours < signal.raw_low) | (ours > signal.raw_high)
    why = np.where(outside, Reason.OUT_OF_RANGE, Reason.VALID)
    why[raw >= of.full - 1] = Reason.INVALID
    values[: raw.shape[0]] = np.where(why == Reason.VALID, ours, PACKED_NULL)
    reasons[: raw.shape[0]] = why


def _edges(parts: Parts) -> tuple[int, int] | None:
    """Places of the largest and the smallest valid reading."""
    valid = np.flatnonzero(parts.reasons == Reason.VALID)
    if not valid.shape[0]:
        return None
    readings = parts.values[valid]
    return int(valid[readings.argmax()]), int(valid[readings.argmin()])


def _cell_extremes(cells: Parts) -> dict[str, Value]:
    """2025 has no extremes: they are taken from the cells. Where the car says them, it counts."""
    edges = _edges(cells)
    if edges is None:
        return {}
    high, low = edges
    return {
        "cell_voltage_max_v": Value(value=cells.values[high] / 1000),
        "cell_voltage_min_v": Value(value=cells.values[low] / 1000),
        "cell_voltage_max_no": Value(value=high + 1),
        "cell_voltage_min_no": Value(value=low + 1),
    }


def _probe_extremes(probes: Parts) -> dict[str, Value]:
    edges = _edges(probes)
    if edges is None:
        return {}
    high, low = edges
    return {
        "probe_max_c": Value(value=probes.values[high] / 10),
        "probe_min_c": Value(value=probes.values[low] / 10),
    }
