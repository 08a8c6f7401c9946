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

from firmware_contracts.events import Event
from firmware_contracts.signal import Storage
from firmware_contracts.signals import BY_NAME, CELL_VOLTAGE, PROBE_TEMPERATURE
from firmware_contracts.telemetry import (
    PACKED_NULL,
    WIRE_MAJOR,
    Block,
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


def stream_of(file_digest: bytes, mapping_digest: bytes, major: int = WIRE_MAJOR) -> bytes:
    """16 bytes that name this content for good."""
    key = file_digest + mapping_digest + major.to_bytes(2, "big")
    return hashlib.blake2b(key, digest_size=16).digest()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Columns:
    """Signals of one block over the whole recording, ascending by id."""

    ids: tuple[int, ...]
    values: Float64
    reasons: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def batches(readings: Readings) -> Iterator[TelemetryBatch]:
    """All batches of a recording. Rows without a time are in none of them."""
    recording = readings.recording
    stream = stream_of(recording.digest, readings.mapping.digest)
    real, wide = _blocks(readings)
    events = _events(readings)
    for first in range(0, recording.rows, ROWS):
        rows = np.arange(first, min(first + ROWS, recording.rows))
        rows = rows[recording.timed[rows]]
        if not len(rows):
            continue
        yield TelemetryBatch(
            stream=stream,
            seq=first // ROWS,
            boot=stream,
            origin=Origin.IMPORT,
            clock=Clock.UTC,
            ticks_ms=recording.times_ms[rows],
            real=_block(real, rows, np.dtype(np.float32)),
            wide=_block(wide, rows, np.dtype(np.float64)),
            cells=_packed(readings.get("cells"), rows, CELL_VOLTAGE.scale),
            probes=_packed(readings.get("probes"), rows, PROBE_TEMPERATURE.scale),
            events=tuple(events[first // ROWS]),
        )


def _blocks(readings: Readings) -> tuple[_Columns, _Columns]:
    found = sorted(readings.all().items(), key=lambda pair: BY_NAME[pair[0]].id)
    real = [(name, t) for name, t in found if BY_NAME[name].storage is Storage.REAL]
    wide = [(name, t) for name, t in found if BY_NAME[name].storage is not Storage.REAL]
    return _stacked(real, readings.recording.rows), _stacked(wide, readings.recording.rows)


def _stacked(found: list[tuple[str, Turned]], rows: int) -> _Columns:
    if not found:
        nothing = np.zeros((rows, 0))
        return _Columns(ids=(), values=nothing, reasons=nothing.astype(np.uint8))
    return _Columns(
        ids=tuple(BY_NAME[name].id for name, _ in found),
        values=np.stack([turned.values for _, turned in found], axis=1),
        reasons=np.stack([turned.reasons for _, turned in found], axis=1),
    )


def _block(columns: _Columns, rows: np.ndarray, kind: np.dtype) -> Block:
    return Block(
        signals=columns.ids, values=columns.values[rows].astype(kind), reasons=columns.reasons[rows]
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
