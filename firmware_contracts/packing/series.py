"""Ticks, bursts and sparse triples on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firmware_contracts import reasons as reason_runs
from firmware_contracts.errors import TooLarge, Unreadable, ValueRefused
from firmware_contracts.packing.layout import layout
from firmware_contracts.packing.rice import MAX_VALUES, Reader, Writer
from firmware_contracts.signal import Reason, Storage
from firmware_contracts.signals import BY_ID
from firmware_contracts.telemetry import Burst, Float32, Int64, Sparse, UInt8

if TYPE_CHECKING:
    from firmware_contracts import telemetry_pb2 as pb

MAX_ROWS = 1 << 17
"""Ticks of one batch: a day and a half at 1 s."""


def write_ticks(ticks: Int64, out: pb.Ticks, rice: Writer) -> None:
    """First tick, usual step, and what deviates from it."""
    if ticks.size > MAX_ROWS:
        raise TooLarge(f"{ticks.size} ticks in one batch, at most {MAX_ROWS}")
    out.rows = ticks.size
    if not ticks.size:
        return
    out.first_ms = int(ticks[0])
    steps = np.diff(ticks)
    if not steps.size:
        return
    out.step_ms = int(np.sort(steps)[steps.size // 2])
    out.irregular = bool((steps != out.step_ms).any())
    if out.irregular:
        rice.add(steps - out.step_ms, np.array([steps.size]))


class TicksReader:
    """Reads Ticks in two steps."""

    def __init__(self, message: pb.Ticks, rice: Reader) -> None:
        if message.rows > MAX_ROWS:
            raise TooLarge(f"{message.rows} ticks in one batch, at most {MAX_ROWS}")
        self._message = message
        self._size = 0
        if message.irregular:
            (self._size,) = rice.expect([max(message.rows - 1, 0)])

    def ticks(self, rice: Reader) -> Int64:
        """int64 [rows]."""
        message = self._message
        ticks = message.first_ms + message.step_ms * np.arange(message.rows, dtype=np.int64)
        if self._size:
            ticks[1:] += np.cumsum(rice.take(self._size))
        return ticks


def burst_raw(burst: Burst) -> tuple[Int64, UInt8]:
    """Integers [n] (0 where missing) and reasons [n] of a burst; NaN is a missing sample."""
    signal = BY_ID.get(burst.signal)
    if signal is None or signal.storage is not Storage.REAL:
        raise ValueRefused(f"signal {burst.signal}: only real signals of the catalogue burst")
    values = burst.values.astype(np.float64)
    missing = np.isnan(values)
    lay = layout((burst.signal,))
    raw = lay.raw(np.where(missing, signal.low, values)[None, :])[0]
    reasons = np.where(missing, int(Reason.INVALID), 0).astype(np.uint8)
    return np.where(missing, 0, raw), reasons


def write_burst(burst: Burst, out: pb.BurstSeries, rice: Writer) -> None:
    """Fill the message; samples are differences in time."""
    raw, reasons = burst_raw(burst)
    out.signal, out.start_ms, out.period_us = burst.signal, burst.start_ms, burst.period_us
    out.trigger, out.count = burst.trigger, raw.size
    out.reasons.extend(reason_runs.to_runs(reasons[None, :]))
    valid = raw[reasons == 0]
    if valid.size:
        out.base = int(valid[0])
    deltas = np.diff(valid)
    rice.add(deltas, np.array([deltas.size]))


class BurstReader:
    """Reads a BurstSeries in two steps."""

    def __init__(self, message: pb.BurstSeries, rice: Reader) -> None:
        if message.count > MAX_VALUES:
            raise TooLarge(f"burst of {message.count} samples")
        self._message = message
        reasons = reason_runs.from_runs(message.reasons, 1, message.count)
        self._valid = np.ones(message.count, bool) if reasons is None else reasons[0] == 0
        (self._size,) = rice.expect([max(int(self._valid.sum()) - 1, 0)])

    def burst(self, rice: Reader) -> Burst:
        """The capture; ValueRefused for samples outside the signal's range."""
        message = self._message
        if BY_ID.get(message.signal) is None:
            raise ValueRefused(f"burst of signal {message.signal}, which this catalogue lacks")
        lay = layout((message.signal,))
        raw = np.full((1, int(self._valid.sum())), message.base, np.int64)
        if self._size:
            raw[0, 1:] += np.cumsum(rice.take(self._size))
        lay.check(raw)
        values: Float32 = np.full(message.count, np.nan, np.float32)
        values[self._valid] = lay.values(raw)[0]
        return Burst(
            signal=message.signal,
            start_ms=message.start_ms,
            period_us=message.period_us,
            values=values,
            trigger=message.trigger,
        )


def write_sparse(sparse: Sparse, ticks: int, out: pb.SparseTriples) -> None:
    """Fill the message; ValueRefused for rows beyond the ticks or values that are not finite."""
    if not sparse.rows.size == sparse.signals.size == sparse.values.size:
        raise ValueRefused("sparse block: rows, signals and values differ in length")
    if sparse.rows.size and not 0 <= sparse.rows.min() <= sparse.rows.max() < ticks:
        raise ValueRefused(f"sparse block: a row is outside 0..{ticks - 1}")
    if not np.isfinite(sparse.values).all():
        raise ValueRefused("sparse block: a value is not finite; leave it out")
    out.rows.extend(sparse.rows.tolist())
    out.signals.extend(sparse.signals.tolist())
    out.values.extend(sparse.values.tolist())


def read_sparse(message: pb.SparseTriples, ticks: int) -> Sparse:
    """The triples."""
    sparse = Sparse(
        rows=np.array(message.rows, np.int64).astype(np.int32),
        signals=np.array(message.signals, np.uint32),
        values=np.array(message.values, np.float64),
    )
    if not sparse.rows.size == sparse.signals.size == sparse.values.size:
        raise Unreadable("sparse block: rows, signals and values differ in length")
    if sparse.rows.size and not 0 <= sparse.rows.min() <= sparse.rows.max() < ticks:
        raise Unreadable(f"sparse block: a row is outside 0..{ticks - 1}")
    return sparse
