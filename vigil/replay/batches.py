"""Rows become batches of a stream that is the same each time the same recording is replayed.

stream = blake2b-128(file digest, mapping digest, wire major)     also the boot
seq    = first row // 200, in the order of the file
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from firmware_contracts.columns import blocks_of
from firmware_contracts.events import Event
from firmware_contracts.signal import Signal
from firmware_contracts.signals import BY_NAME, CELL_VOLTAGE, PROBE_TEMPERATURE
from firmware_contracts.telemetry import (
    PACKED_NULL,
    WIRE_MAJOR,
    Clock,
    Float64,
    Origin,
    Packed,
    TelemetryBatch,
)
from vigil.replay.episodes import episodes
from vigil.replay.readings import Readings
from vigil.replay.values import Turned

ROWS = 200
"""Rows of a batch: what a gateway sends of ten seconds to minutes."""


def stream_of(file_digest: bytes, mapping_digest: bytes, major: int = WIRE_MAJOR) -> bytes:
    """16 bytes that name this content for good."""
    key = file_digest + mapping_digest + major.to_bytes(2, "big")
    return hashlib.blake2b(key, digest_size=16).digest()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Columns:
    """Signals over the whole recording, a column each."""

    signals: tuple[Signal, ...]
    values: Float64
    reasons: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def batches(readings: Readings) -> Iterator[TelemetryBatch]:
    """All batches of a recording. Rows without a time are in none of them."""
    recording = readings.recording
    stream = stream_of(recording.digest, readings.mapping.digest)
    columns = _columns(readings)
    events = _events(readings)
    for first in range(0, recording.rows, ROWS):
        rows = np.arange(first, min(first + ROWS, recording.rows))
        rows = rows[recording.timed[rows]]
        if not len(rows):
            continue
        real, wide = blocks_of(columns.signals, columns.values[rows], columns.reasons[rows])
        yield TelemetryBatch(
            stream=stream,
            seq=first // ROWS,
            boot=stream,
            origin=Origin.IMPORT,
            clock=Clock.UTC,
            ticks_ms=recording.times_ms[rows],
            real=real,
            wide=wide,
            cells=_packed(readings.get("cells"), rows, CELL_VOLTAGE.scale),
            probes=_packed(readings.get("probes"), rows, PROBE_TEMPERATURE.scale),
            events=tuple(events[first // ROWS]),
        )


def _columns(readings: Readings) -> _Columns:
    found = readings.all()
    rows = readings.recording.rows
    nothing = np.zeros((rows, 0))
    return _Columns(
        signals=tuple(BY_NAME[name] for name in found),
        values=np.stack([t.values for t in found.values()], axis=1) if found else nothing,
        reasons=np.stack([t.reasons for t in found.values()], axis=1)
        if found
        else nothing.astype(np.uint8),
    )


def _packed(turned: Turned | None, rows: np.ndarray, scale: float) -> Packed | None:
    if turned is None:
        return None
    steps = np.rint(turned.values[rows] / scale)
    values = np.where(np.isnan(steps), PACKED_NULL, np.nan_to_num(steps)).astype(np.int16)
    return Packed(
        rows=np.arange(len(rows), dtype=np.int32), values=values, reasons=turned.reasons[rows]
    )


def _events(readings: Readings) -> defaultdict[int, list[Event]]:
    """Events by the sequence of the batch that holds their row."""
    found: defaultdict[int, list[Event]] = defaultdict(list)
    alarms = readings.mapping.alarms
    levels = readings.values(alarms.signal) if alarms else None
    if alarms is None or levels is None:
        return found
    timed = np.flatnonzero(readings.recording.timed)
    times = readings.recording.times_ms[timed]
    for row, event in episodes(times, levels[timed], alarms.from_level):
        found[int(timed[row]) // ROWS].append(event)
    return found
