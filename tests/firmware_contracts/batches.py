"""Strategies that draw any batch the contract allows, and a comparison of two batches."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Charge, Crank, Parked, Trip
from firmware_contracts.signal import Reason, Signal, Storage
from firmware_contracts.signals import CATALOGUE, CELL_VOLTAGE, PACKED, PROBE_TEMPERATURE
from firmware_contracts.telemetry import (
    PACKED_NULL,
    Block,
    Burst,
    Clock,
    Gap,
    Origin,
    Packed,
    Sparse,
    TelemetryBatch,
)

DENSE = tuple(s for s in CATALOGUE if s.id not in PACKED)
STREAM, BOOT = bytes(range(16)), bytes(range(16, 32))
NO_BLOCK = Block(signals=(), values=np.zeros((1, 0)), reasons=np.zeros((1, 0), np.uint8))


def block(signals: tuple[Signal, ...], raw: Any, reasons: Any) -> Block:
    """Values of wire integers [rows, k], NaN where a reason stands."""
    scale = np.array([s.scale for s in signals])
    values: Any = np.where(reasons == 0, raw * scale, np.nan)
    real = bool(signals) and signals[0].storage is Storage.REAL
    return Block(
        signals=tuple(s.id for s in signals),
        values=values.astype(np.float32 if real else np.float64),
        reasons=reasons.astype(np.uint8),
    )


def batch(**given: object) -> TelemetryBatch:
    """A batch of one tick without signals; name what differs."""
    rows = len(given.get("ticks_ms", [0]))  # type: ignore[arg-type]
    nothing = Block(signals=(), values=np.zeros((rows, 0)), reasons=np.zeros((rows, 0), np.uint8))
    usual: dict[str, object] = {
        "stream": STREAM,
        "seq": 7,
        "boot": BOOT,
        "origin": Origin.LIVE,
        "clock": Clock.UTC,
        "ticks_ms": np.array([1_700_000_000_000], np.int64),
        "real": nothing,
        "wide": nothing,
    }
    return TelemetryBatch(**(usual | given))  # type: ignore[arg-type]


def of_signals(signals: tuple[Signal, ...], raw: np.ndarray, **given: object) -> TelemetryBatch:
    """A batch of wire integers [rows, k] of mixed signals."""
    real = [i for i, s in enumerate(signals) if s.storage is Storage.REAL]
    wide = [i for i, s in enumerate(signals) if s.storage is not Storage.REAL]
    reasons = given.pop("reasons", np.zeros(raw.shape, np.uint8))
    blocks = {
        name: block(tuple(signals[i] for i in part), raw[:, part], reasons[:, part])  # type: ignore[index]
        for name, part in (("real", real), ("wide", wide))
    }
    ticks = 1_700_000_000_000 + 1000 * np.arange(raw.shape[0], dtype=np.int64)
    return batch(**({"ticks_ms": ticks} | blocks | given))


_REASONS = st.sampled_from([0, 0, 0, *[int(r) for r in Reason if r]])


@st.composite
def packed(draw: st.DrawFn, signal: Signal, rows: int) -> Packed:
    chosen = sorted(draw(st.sets(st.integers(0, rows - 1)))) if rows else []
    shape = (len(chosen), draw(st.integers(0, 7)))
    step = draw(st.sampled_from([1, 20]))
    raw = draw(hnp.arrays(np.int64, shape, elements=st.integers(signal.raw_low, signal.raw_high)))
    raw = np.maximum(raw // step * step, signal.raw_low)
    why = draw(hnp.arrays(np.uint8, shape, elements=_REASONS))
    return Packed(
        rows=np.array(chosen, np.int32),
        values=np.where(why == 0, raw, PACKED_NULL).astype(np.int16),
        reasons=why,
        first=draw(st.integers(0, 200)),
    )


@st.composite
def sparse(draw: st.DrawFn, rows: int) -> Sparse:
    n = draw(st.integers(0, 5)) if rows else 0
    ids = st.integers(100_000, 2**32 - 1)
    where = st.integers(0, max(rows - 1, 0))
    finite = st.floats(allow_nan=False, allow_infinity=False)
    return Sparse(
        rows=np.array(draw(st.lists(where, min_size=n, max_size=n)), np.int32),
        signals=np.array(draw(st.lists(ids, min_size=n, max_size=n)), np.uint32),
        values=draw(hnp.arrays(np.float64, n, elements=finite)),
    )


_TIMES = st.integers(-(2**40), 2**50)
_FLOATS = st.floats(-1e9, 1e9)
_EVENTS = st.builds(
    Event,
    kind=st.sampled_from([k for k in EventKind if k is not EventKind.OTHER]),
    t_ms=_TIMES,
    code=st.text(max_size=8),
    component=st.text(max_size=8),
    level=st.integers(0, 4),
    active=st.booleans(),
    values=st.dictionaries(st.text(max_size=5), _FLOATS, max_size=3),
    notes=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


def _records(kind: type) -> st.SearchStrategy[object]:
    kinds = {"int": st.integers(0, 2), "int | None": st.none() | st.integers(0, 99)}
    kinds["bool | None"] = st.none() | st.booleans()
    fields = {
        f.name: kinds.get(str(f.type), st.none() | _FLOATS)
        for f in dataclasses.fields(kind)
        if f.name not in ("start_ms", "end_ms", "coverage")
    }
    return st.builds(
        kind, start_ms=st.just(5), end_ms=st.integers(5, 2**50), coverage=st.floats(0, 1), **fields
    )


RECORDS = st.one_of(*[_records(kind) for kind in (Trip, Charge, Crank, Parked)])
_GAPS = st.builds(
    Gap,
    stream=st.binary(min_size=16, max_size=16),
    first=st.integers(0, 9),
    last=st.integers(9, 2**60),
)


@st.composite
def bursts(draw: st.DrawFn) -> Burst:
    signal = draw(st.sampled_from([s for s in DENSE if s.storage is Storage.REAL]))
    raw = draw(st.lists(st.none() | st.integers(signal.raw_low, signal.raw_high), max_size=20))
    values = [np.nan if r is None else r * signal.scale for r in raw]
    return Burst(
        signal=signal.id,
        start_ms=draw(_TIMES),
        period_us=draw(st.integers(1, 10**6)),
        values=np.array(values, np.float32),
        trigger=draw(st.text(max_size=8)),
    )


@st.composite
def any_batch(draw: st.DrawFn) -> TelemetryBatch:
    rows = draw(st.integers(0, 8))
    signals = tuple(draw(st.lists(st.sampled_from(DENSE), max_size=8, unique_by=lambda s: s.id)))
    raw = np.zeros((rows, len(signals)), np.int64)
    for j, signal in enumerate(signals):
        raw[:, j] = draw(
            st.lists(st.integers(signal.raw_low, signal.raw_high), min_size=rows, max_size=rows)
        )
    why = draw(hnp.arrays(np.uint8, raw.shape, elements=_REASONS))
    return of_signals(
        signals,
        raw,
        reasons=why,
        stream=draw(st.binary(min_size=16, max_size=16)),
        seq=draw(st.integers(0, 2**63)),
        boot=draw(st.binary(min_size=16, max_size=16)),
        origin=draw(st.sampled_from(Origin)),
        clock=draw(st.sampled_from(Clock)),
        ticks_ms=np.array(draw(st.lists(_TIMES, min_size=rows, max_size=rows)), np.int64),
        cells=draw(st.none() | packed(CELL_VOLTAGE, rows)),
        probes=draw(st.none() | packed(PROBE_TEMPERATURE, rows)),
        sparse=draw(st.none() | sparse(rows)),
        bursts=tuple(draw(st.lists(bursts(), max_size=2))),
        events=tuple(draw(st.lists(_EVENTS, max_size=2))),
        records=tuple(draw(st.lists(RECORDS, max_size=2))),
        gaps=tuple(draw(st.lists(_GAPS, max_size=2))),
        scheme=draw(st.text(max_size=8)),
        labels=draw(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2)),
    )


def said(batch: TelemetryBatch) -> dict[str, object]:
    """Everything a batch says, comparable with ==; columns by signal, whatever their order."""
    out: dict[str, object] = {
        f.name: getattr(batch, f.name)
        for f in dataclasses.fields(batch)
        if f.name not in ("ticks_ms", "real", "wide", "cells", "probes", "sparse", "bursts")
    }
    out["ticks"] = batch.ticks_ms.tolist()
    for name, part in (("real", batch.real), ("wide", batch.wide)):
        out[name] = {
            no: (_ints(no, part.values[:, j]), part.reasons[:, j].tolist())
            for j, no in enumerate(part.signals)
        }
    for name, table in (("cells", batch.cells), ("probes", batch.probes)):
        out[name] = table and [
            table.first,
            table.rows.tolist(),
            table.values.tolist(),
            table.reasons.tolist(),
        ]
    some = batch.sparse
    out["sparse"] = some and [some.rows.tolist(), some.signals.tolist(), some.values.tolist()]
    out["bursts"] = [
        (b.signal, b.start_ms, b.period_us, b.trigger, _ints(b.signal, b.values))
        for b in batch.bursts
    ]
    return out


def _ints(no: int, values: np.ndarray) -> list[int | None]:
    signal = next(s for s in CATALOGUE if s.id == no)
    return [
        None if np.isnan(v) else round((float(v) - signal.offset) / signal.scale) for v in values
    ]
