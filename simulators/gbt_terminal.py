"""A T-Box: ticks of a batch as GB/T 32960-2016 reports, and a line to send them on.

    signal            standard                          lost
    vehicle_speed     0.1 km/h                          finer steps
    odometer          0.1 km                            metres
    pack voltage      0.1 V                             finer steps
    pack current      0.1 A, sign turned (+ discharge)  finer steps
    SoC, pedals       1 %                               finer steps
    probes            1 °C                              finer steps
    cells             1 mV, at most 200 a frame         nothing
    everything else   -                                 the signal

A value outside the standard's range is sent as invalid. Times are cut to whole seconds.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import numpy as np

from firmware_contracts.gbt32960 import beijing
from firmware_contracts.gbt32960.build import build
from firmware_contracts.gbt32960.edition_2016 import TYPES
from firmware_contracts.gbt32960.frame import Command, Edition, Flag, Frame
from firmware_contracts.gbt32960.layout import Layout, One
from firmware_contracts.gbt32960.report import Item, Report
from firmware_contracts.gbt32960.stream import Stream
from firmware_contracts.signal import Reason, Signal
from firmware_contracts.signals import BY_ID
from firmware_contracts.telemetry import PACKED_NULL, Packed, TelemetryBatch

CELLS_A_FRAME = 200
"""The most cells of one frame (GB/T 32960.3-2016)."""
Turn = Callable[[float], float]


def _same(value: float) -> float:
    return value


SIGNALS: Mapping[str, tuple[int, str, Turn, float]] = {
    "vehicle_state": (0x01, "vehicle_state", _same, 1),
    "charging_state": (0x01, "charging_state", _same, 1),
    "drive_mode": (0x01, "drive_mode", _same, 1),
    "vehicle_speed_kmh": (0x01, "speed_kmh", _same, 0.1),
    "odometer_m": (0x01, "odometer_km", lambda m: m / 1000, 100),
    "pack_voltage_v": (0x01, "voltage_v", _same, 0.1),
    "pack_current_a": (0x01, "current_a", lambda a: -a, 0.1),
    "soc_pct": (0x01, "soc_pct", _same, 1),
    "dcdc_on": (0x01, "dcdc", lambda on: 1 if on else 2, 1),
    "gear": (0x01, "gear", _same, 1),
    "insulation_kohm": (0x01, "insulation_kohm", _same, 1),
    "accelerator_pct": (0x01, "accelerator_pct", _same, 1),
    "brake_pct": (0x01, "brake_pct", _same, 1),
    "engine_speed_rpm": (0x04, "crank_rpm", _same, 1),
    "cell_voltage_max_v": (0x06, "voltage_max_v", _same, 0.001),
    "cell_voltage_min_v": (0x06, "voltage_min_v", _same, 0.001),
    "cell_voltage_max_no": (0x06, "voltage_max_cell", _same, 1),
    "cell_voltage_min_no": (0x06, "voltage_min_cell", _same, 1),
    "probe_max_c": (0x06, "temperature_max_c", _same, 1),
    "probe_min_c": (0x06, "temperature_min_c", _same, 1),
    "alarm_level": (0x07, "level", _same, 1),
    "alarm_bits": (0x07, "flags", _same, 1),
}
"""Signal -> type, field, turn into the standard's unit and sign, step in the signal's own unit."""


def frames(batch: TelemetryBatch, vin: str, command: int = Command.REPORT) -> Iterator[Frame]:
    """One frame a tick, more where a pack has more than 200 cells; ticks count UTC."""
    for row in range(batch.rows):
        clock = beijing.from_utc(datetime.fromtimestamp(int(batch.ticks_ms[row]) / 1000, UTC))
        items = [*_scalars(batch, row), *_probes(batch.probes, row)]
        pages = list(_cells(batch.cells, row))
        for number, page in enumerate(pages or [None]):
            content = [*(items if not number else ()), *([page] if page else ())]
            data = Report(clock=clock, items=tuple(content)).encode()
            yield Frame(edition=Edition.E2016, command=command, vin=vin.encode(), data=data)


def _scalars(batch: TelemetryBatch, row: int) -> Iterator[Item]:
    """Information of single values; one of which nothing is known is not sent."""
    found: dict[int, dict[str, float | None]] = {}
    for block in (batch.real, batch.wide):
        for column, number in enumerate(block.signals):
            place = SIGNALS.get(BY_ID[number].name)
            if place is None or block.reasons[row, column] == Reason.ABSENT:
                continue
            kind, name, turn, _ = place
            value = _on_scale(float(block.values[row, column]), BY_ID[number])
            field_value = None if np.isnan(value) else _within(TYPES[kind], name, turn(value))
            found.setdefault(kind, {})[name] = field_value
    for kind in sorted(found):
        yield Item(type=kind, body=build(TYPES[kind], found[kind]))


def _on_scale(value: float, signal: Signal) -> float:
    """The decimal that float32 stands for: 1.15, not 1.1499999."""
    per_unit = round(1 / signal.scale)
    return round(value * per_unit) / per_unit if per_unit > 1 and not np.isnan(value) else value


def _within(layout: Layout, name: str, value: float) -> float | None:
    part = layout.part(name)
    assert isinstance(part, One)
    try:
        part.field.raw(value)
    except ValueError:
        return None
    return value


def _readings(packed: Packed | None, row: int, per_unit: float) -> list[float | None]:
    if packed is None or row not in packed.rows:
        return []
    values = packed.values[int(np.searchsorted(packed.rows, row))]
    return [None if v == PACKED_NULL else v / per_unit for v in values.tolist()]


def _cells(packed: Packed | None, row: int) -> Iterator[Item]:
    volts = _readings(packed, row, 1000)
    for first in range(0, len(volts), CELLS_A_FRAME):
        page = {
            "number": 1,
            "cells": len(volts),
            "first_cell": first + 1,
            "voltages": volts[first : first + CELLS_A_FRAME],
        }
        yield Item(type=0x08, body=build(TYPES[0x08], {"subsystems": [page]}))


def _probes(packed: Packed | None, row: int) -> Iterator[Item]:
    temperatures = _readings(packed, row, 10)
    if temperatures:
        pack = {"number": 1, "temperatures": temperatures}
        yield Item(type=0x09, body=build(TYPES[0x09], {"subsystems": [pack]}))


class TerminalLine:
    """One TCP connection of a T-Box; use it in a `with`."""

    def __init__(self, host: str, port: int, vin: str, *, wait_s: float = 30.0) -> None:
        self._socket = socket.create_connection((host, port), timeout=wait_s)
        self._stream = Stream()
        self._heard: list[Frame] = []
        self._vin = vin

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, t: TracebackType | None
    ) -> None:
        self._socket.close()

    def log_in(self, at: datetime) -> bool:
        """True where the platform lets it in."""
        data = beijing.from_utc(at) + b"\0\1" + b"0" * 20 + b"\0\0"
        self.send(
            Frame(edition=Edition.E2016, command=Command.LOGIN, vin=self._vin.encode(), data=data)
        )
        answer = self.hear()
        return answer is not None and answer.flag == Flag.OK

    def send(self, frame: Frame) -> None:
        """Hand one frame to TCP."""
        self._socket.sendall(frame.encode())

    def hear(self) -> Frame | None:
        """The next frame from the platform; None where it closed the line."""
        while not self._heard:
            data = self._socket.recv(65536)
            if not data:
                return None
            self._heard += self._stream.feed(data)
        return self._heard.pop(0)
