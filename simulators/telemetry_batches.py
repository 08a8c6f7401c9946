"""A life as messages: episodes become 60 s frames, records and events in TelemetryBatches.

What a reader would have got, not what was true: values are rounded to the resolution that the
car's diagnostics have. Origin is import; times are UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from firmware_contracts.columns import blocks_of
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Record
from firmware_contracts.signal import Reason, Signal
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import (
    PACKED_NULL,
    Block,
    Clock,
    Float64,
    Gap,
    Int16,
    Int64,
    Origin,
    Packed,
    TelemetryBatch,
)
from simulators.calendar import calendar
from simulators.car import Car
from simulators.episode import Episode

FRAME_S = 60.0
ROWS_PER_BATCH = 400
"""A history is told at one row a minute, as an import of a real fleet would be."""

# Steps of the diagnostic answers (SAE J1979, E-GMP identifiers); the catalogue's scale elsewhere.
RESOLUTION = {
    "vehicle_speed_kmh": 1.0,
    "engine_speed_rpm": 0.25,
    "engine_load_pct": 100 / 255,
    "coolant_temperature_c": 1.0,
    "oil_temperature_c": 1.0,
    "intake_temperature_c": 1.0,
    "ambient_temperature_c": 1.0,
    "barometric_pressure_kpa": 1.0,
    "map_kpa": 1.0,
    "throttle_pct": 100 / 255,
    "accelerator_pct": 100 / 255,
    "stft1_pct": 100 / 128,
    "ltft1_pct": 100 / 128,
    "fuel_level_pct": 100 / 255,
    "fuel_rate_lh": 0.05,
    "pack_voltage_v": 0.1,
    "pack_current_a": 0.1,
    "odometer_m": 100.0,
    "dpf_soot_pct": 1.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Where the messages go: stream and boot are 16 bytes, `first` the first sequence."""

    stream: bytes
    boot: bytes
    first: int = 0


@dataclass(slots=True, kw_only=True)
class Draft:
    """A message being filled; at least one row before `seal`."""

    ticks: list[Int64] = field(default_factory=list)
    columns: list[dict[str, Float64]] = field(default_factory=list)
    cells: list[Float64] = field(default_factory=list)
    probes: list[Float64] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows so far."""
        return sum(len(t) for t in self.ticks)

    def add(self, episode: Episode, at: Int64) -> None:
        """Samples `at` of an episode, with cells and probes where it has them."""
        self.ticks.append(episode.start_ms + np.round(at * episode.step_s * 1000).astype(np.int64))
        self.columns.append({name: column[at] for name, column in episode.columns.items()})
        if episode.cells_v is not None and episode.probes_c is not None:
            cells, probes = episode.cells_v(at), episode.probes_c(at)
            self.columns[-1] |= cell_extremes(cells)
            self.columns[-1] |= {
                "probe_max_c": probes.max(axis=1),
                "probe_min_c": probes.min(axis=1),
            }
            self.cells.append(cells)
            self.probes.append(probes)

    def seal(
        self, stream: Stream, seq: int, origin: Origin, gaps: tuple[Gap, ...] = ()
    ) -> TelemetryBatch:
        """The message."""
        names = sorted({name for part in self.columns for name in part})
        signals = sorted((BY_NAME[name] for name in names), key=lambda signal: signal.id)
        real, wide = _blocks(signals, self)
        return TelemetryBatch(
            stream=stream.stream,
            seq=seq,
            boot=stream.boot,
            origin=origin,
            clock=Clock.UTC,
            ticks_ms=np.concatenate(self.ticks),
            real=real,
            wide=wide,
            cells=_packed(self.cells, 1000.0),
            probes=_packed(self.probes, 10.0),
            records=tuple(self.records),
            events=tuple(self.events),
            gaps=gaps,
        )


def history(car: Car, until_ms: int, stream: Stream) -> Iterator[TelemetryBatch]:
    """Live `car` from where it is to `until_ms` and report it at 60 s."""
    return batches(calendar(car, until_ms), stream, FRAME_S, car)


def batches(
    episodes: Iterable[Episode],
    stream: Stream,
    frame_s: float = FRAME_S,
    car: Car | None = None,
    origin: Origin = Origin.IMPORT,
) -> Iterator[TelemetryBatch]:
    """Messages of about 400 rows; with `car`, its trouble codes become events as they appear."""
    seq, known, fill = stream.first, set[str](), Draft()
    for episode in episodes:
        fill.records += episode.records
        fill.events += _new_codes(car, episode, known)
        for at in _slices(episode.every(frame_s)):
            fill.add(episode, at)
            if fill.rows >= ROWS_PER_BATCH:
                yield fill.seal(stream, seq, origin)
                seq, fill = seq + 1, Draft()
    if fill.rows:
        yield fill.seal(stream, seq, origin)


def _slices(at: Int64) -> list[Int64]:
    return [at[i : i + ROWS_PER_BATCH] for i in range(0, len(at), ROWS_PER_BATCH)]


def _new_codes(car: Car | None, episode: Episode, known: set[str]) -> list[Event]:
    codes = [code for code, _ in car.trouble_codes() if code not in known] if car else []
    known.update(codes)
    return [Event(kind=EventKind.DTC, t_ms=episode.start_ms, code=code) for code in codes]


def cell_extremes(cells_v: Float64) -> dict[str, Float64]:
    """Highest and lowest cell and their numbers (from 1), per row."""
    return {
        "cell_voltage_max_v": cells_v.max(axis=1),
        "cell_voltage_min_v": cells_v.min(axis=1),
        "cell_voltage_max_no": cells_v.argmax(axis=1) + 1.0,
        "cell_voltage_min_no": cells_v.argmin(axis=1) + 1.0,
    }


def _blocks(signals: list[Signal], fill: Draft) -> tuple[Block, Block]:
    values = np.full((fill.rows, len(signals)), np.nan)
    for j, signal in enumerate(signals):
        values[:, j] = np.concatenate(
            [
                part[signal.name] if signal.name in part else np.full(len(ticks), np.nan)
                for part, ticks in zip(fill.columns, fill.ticks, strict=True)
            ]
        )
        step = RESOLUTION.get(signal.name, signal.scale)
        values[:, j] = np.round(np.round(values[:, j] / step) * step / signal.scale) * signal.scale
    low, high = np.array([s.low for s in signals]), np.array([s.high for s in signals])
    reasons = np.where(np.isnan(values), Reason.ABSENT, Reason.VALID).astype(np.uint8)
    outside = (values < low) | (values > high)
    values[outside], reasons[outside] = np.nan, Reason.OUT_OF_RANGE
    return blocks_of(signals, values, reasons)


def _packed(parts: list[Float64], per_unit: float) -> Packed | None:
    """Every row of a car with a pack has its cells."""
    if not parts:
        return None
    values = np.concatenate(parts)
    raw: Int16 = np.round(values * per_unit).astype(np.int16)
    return Packed(
        rows=np.arange(len(raw), dtype=np.int32),
        values=raw,
        reasons=np.where(raw == PACKED_NULL, Reason.INVALID, Reason.VALID).astype(np.uint8),
    )
