"""What a simulated car says unasked, by its DBC: cells, tyres, and the 12 V line at 100 Hz while
the engine is started."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import can
import cantools.database
from cantools.database.can import Database, Message

from simulators.live_car import LivingCar

DBC = Path(__file__).parents[1] / "dbc" / "vigil_demo.dbc"
PERIOD_S = 1.0
FAST_S = 0.01
"""While the engine starts the 12 V line is told at 100 Hz."""
CELL_GROUP, PROBE_GROUP = 4, 4
_WHEELS = {"FL": "fl", "FR": "fr", "RL": "rl", "RR": "rr"}

# DBC message -> its signals by catalogue name; the pack's current is said positive outwards.
_PLAIN = {
    "LowVoltage": {
        "LvVoltage": "lv_voltage_v",
        "LvCurrent": "lv_current_a",
        "IgnitionOn": "ignition_on",
    },
    "Driving": {
        "VehicleSpeed": "vehicle_speed_kmh",
        "Odometer": "odometer_m",
        "AmbientTemperature": "ambient_temperature_c",
    },
    "Pack": {
        "PackVoltage": "pack_voltage_v",
        "PackCurrent": "pack_current_a",
        "PackSoc": "soc_pct",
        "ChargeKind": "charge_kind",
        "ChargeConnected": "charge_connected",
        "AlarmLevel": "alarm_level",
    },
    "TyrePressures": {f"Tyre{k}Pressure": f"tyre_{w}_kpa" for k, w in _WHEELS.items()},
    "TyreTemperatures": {f"Tyre{k}Temperature": f"tyre_{w}_c" for k, w in _WHEELS.items()},
}
_OUTWARDS = frozenset({"PackCurrent"})


def database() -> Database:
    """The demo car's DBC."""
    loaded = cantools.database.load_file(DBC)
    assert isinstance(loaded, Database)
    return loaded


@dataclass(slots=True)
class Broadcast:
    """Frames that are due, spread over the second so that no bus and no reader meets a burst."""

    car: LivingCar
    _messages: dict[str, Message] = field(default_factory=dict)
    _queue: list[tuple[float, can.Message]] = field(default_factory=list)
    _next_round_s: float = -math.inf
    _next_fast_s: float = -math.inf

    def __post_init__(self) -> None:
        self._messages = {message.name: message for message in database().messages}

    def due(self, now_s: float) -> Iterator[can.Message]:
        """Frames to send now; call it often."""
        if now_s >= self._next_round_s:
            self._next_round_s = now_s + PERIOD_S
            frames = list(self._round())
            step = 0.8 * PERIOD_S / len(frames)
            self._queue = [(now_s + i * step, frame) for i, frame in enumerate(frames)]
        while self._queue and self._queue[0][0] <= now_s:
            yield self._queue.pop(0)[1]
        if self.car.near_start and now_s >= self._next_fast_s:
            late = now_s - self._next_fast_s > FAST_S
            self._next_fast_s = now_s + FAST_S if late else self._next_fast_s + FAST_S
            yield self._frame("LowVoltage", self._plain("LowVoltage"))

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next frame is due."""
        waits = [self._next_round_s - now_s]
        waits += [self._queue[0][0] - now_s] if self._queue else []
        waits += [self._next_fast_s - now_s] if self.car.near_start else []
        return max(0.0, min(waits))

    def _round(self) -> Iterator[can.Message]:
        yield self._frame("LowVoltage", self._plain("LowVoltage"))
        yield self._frame("Driving", self._plain("Driving"))
        yield self._frame("TyrePressures", self._plain("TyrePressures"))
        yield self._frame("TyreTemperatures", self._plain("TyreTemperatures"))
        cells, probes = self.car.cells_v(), self.car.probes_c()
        if len(cells):
            yield self._frame("Pack", self._plain("Pack"))
        for group in range(len(cells) // CELL_GROUP):
            yield self._group("Cells", "Cell", group, cells)
        for group in range(len(probes) // PROBE_GROUP):
            yield self._group("Probes", "Probe", group, probes)

    def _plain(self, name: str) -> dict[str, float]:
        values = {s: self.car.value(signal) or 0.0 for s, signal in _PLAIN[name].items()}
        for signal in _OUTWARDS & values.keys():
            values[signal] = -values[signal]
        return values | ({"Cranking": float(self.car.cranking)} if name == "LowVoltage" else {})

    def _group(self, message: str, part: str, group: int, values: object) -> can.Message:
        first = group * 4
        named = {f"{part}{first + i + 1}": float(values[first + i]) for i in range(4)}  # type: ignore[index]
        return self._frame(message, {f"{part}Group": float(group)} | named)

    def _frame(self, name: str, values: dict[str, float]) -> can.Message:
        message = self._messages[name]
        clipped = {k: _inside(message.get_signal_by_name(k), v) for k, v in values.items()}
        return can.Message(
            arbitration_id=message.frame_id, data=message.encode(clipped), is_extended_id=False
        )


def _inside(signal: object, value: float) -> float:
    low, high = signal.minimum, signal.maximum  # type: ignore[attr-defined]
    return min(max(value, float(low)), float(high))
