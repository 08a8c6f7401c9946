"""Ticks, events, records and bursts into batches, and batches into the outbox.

Ticks wait until `latency_ms` of them are together: fewer messages, fewer bytes per value. Events
that someone may have to act on do not wait: they go at once, alone, on the alarm stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from firmware_contracts import codec
from firmware_contracts.columns import blocks_of
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Record
from firmware_contracts.signal import Reason, Signal
from firmware_contracts.signals import BY_ID, CELL_VOLTAGE, PROBE_TEMPERATURE
from firmware_contracts.telemetry import (
    PACKED_NULL,
    Block,
    Burst,
    Clock,
    Float64,
    Gap,
    Origin,
    Packed,
    TelemetryBatch,
    UInt8,
)
from firmware_contracts.wire import MOST
from gateway.frames import Tick
from gateway.outbox import Key, Kind, Outbox

URGENT = frozenset(
    {
        EventKind.ALARM,
        EventKind.DTC,
        EventKind.THERMAL,
        EventKind.INSULATION,
        EventKind.CRASH,
        EventKind.SECURITY,
    }
)


T = TypeVar("T")
MOST_WAITING = 3600
"""Ticks held in memory while the disk takes nothing; older ones are lost then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What every batch of one boot says about its sender."""

    boot: bytes
    clock: Clock = Clock.MONOTONIC
    origin: Origin = Origin.LIVE
    scheme: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchContent:
    """What goes into one batch."""

    ticks: Sequence[Tick] = ()
    events: Sequence[Event] = ()
    records: Sequence[Record] = ()
    bursts: Sequence[Burst] = ()


def parts(content: BatchContent) -> Iterator[BatchContent]:
    """The content in as many batches as its facts need (firmware_contracts.wire.MOST); none where
    there is nothing. All ticks go with the first."""
    count = max(
        -(-len(content.events) // MOST["events"]),
        -(-len(content.records) // MOST["records"]),
        -(-len(content.bursts) // MOST["bursts"]),
        1 if content.ticks else 0,
    )
    for number in range(count):
        yield BatchContent(
            ticks=content.ticks if number == 0 else (),
            events=_slice(content.events, MOST["events"], number),
            records=_slice(content.records, MOST["records"], number),
            bursts=_slice(content.bursts, MOST["bursts"], number),
        )


def _slice(facts: Sequence[T], most: int, number: int) -> Sequence[T]:
    return facts[number * most : (number + 1) * most]


def pack(
    content: BatchContent, sender: Sender, *, stream: bytes, seq: int, gaps: tuple[Gap, ...] = ()
) -> TelemetryBatch:
    """One batch. A value that its signal cannot carry becomes null with reason OUT_OF_RANGE."""
    ticks = sorted(content.ticks, key=lambda tick: tick.t_ms)
    seen = sorted({no for tick in ticks for part in (tick.values, tick.reasons) for no in part})
    real, wide = _blocks(ticks, [BY_ID[no] for no in seen])
    return TelemetryBatch(
        stream=stream,
        seq=seq,
        boot=sender.boot,
        origin=sender.origin,
        clock=sender.clock,
        ticks_ms=np.array([tick.t_ms for tick in ticks], np.int64),
        real=real,
        wide=wide,
        cells=_packed([tick.cells for tick in ticks], CELL_VOLTAGE),
        probes=_packed([tick.probes for tick in ticks], PROBE_TEMPERATURE),
        bursts=tuple(content.bursts),
        events=tuple(content.events),
        records=tuple(content.records),
        gaps=gaps,
        scheme=sender.scheme,
        labels=dict(sender.labels),
    )


def _blocks(ticks: Sequence[Tick], signals: Sequence[Signal]) -> tuple[Block, Block]:
    shape = (len(ticks), len(signals))
    values: Float64 = np.full(shape, np.nan)
    reasons: UInt8 = np.full(shape, int(Reason.ABSENT), np.uint8)
    column = {signal.id: j for j, signal in enumerate(signals)}
    for i, tick in enumerate(ticks):
        for no, value in tick.values.items():
            values[i, column[no]], reasons[i, column[no]] = value, Reason.VALID
        for no, reason in tick.reasons.items():
            reasons[i, column[no]] = reason
    _refuse_outside(values, reasons, signals)
    return blocks_of(signals, values, reasons)


def _refuse_outside(values: Float64, reasons: UInt8, signals: Sequence[Signal]) -> None:
    """A value outside its range is no value; half a step of rounding is none outside."""
    low = np.array([signal.low - signal.scale / 2 for signal in signals])
    high = np.array([signal.high + signal.scale / 2 for signal in signals])
    valid = reasons == Reason.VALID
    outside = valid & ~((values > low) & (values < high))
    values[outside], reasons[outside] = np.nan, Reason.OUT_OF_RANGE


def _packed(readings: Sequence[Mapping[int, float | None]], signal: Signal) -> Packed | None:
    """Cells or probes of the ticks that have any; a missing number is ABSENT, None is INVALID."""
    rows = [i for i, parts in enumerate(readings) if parts]
    if not rows:
        return None
    first = min(min(readings[i]) for i in rows)
    last = max(max(readings[i]) for i in rows)
    values = np.full((len(rows), last - first + 1), PACKED_NULL, np.int16)
    reasons = np.full(values.shape, int(Reason.ABSENT), np.uint8)
    for r, i in enumerate(rows):
        for part, reading in readings[i].items():
            values[r, part - first], reasons[r, part - first] = _part(reading, signal)
    return Packed(rows=np.array(rows, np.int32), values=values, reasons=reasons, first=first)


def _part(reading: float | None, signal: Signal) -> tuple[int, Reason]:
    if reading is None:
        return PACKED_NULL, Reason.INVALID
    if not signal.low - signal.scale / 2 < reading < signal.high + signal.scale / 2:
        return PACKED_NULL, Reason.OUT_OF_RANGE
    return round((reading - signal.offset) / signal.scale), Reason.VALID


class Envelope:
    """Collects what the stations hand out and keeps it in the outbox, batch by batch.

    Not thread-safe: it belongs to the thread that reads the bus.
    """

    def __init__(self, outbox: Outbox, sender: Sender, *, latency_ms: int = 10_000) -> None:
        if latency_ms <= 0:
            raise ValueError(f"latency {latency_ms} ms must be above 0")
        self.outbox, self.sender, self.latency_ms = outbox, sender, latency_ms
        self._ticks: list[Tick] = []
        self._events: list[Event] = []
        self._records: list[Record] = []
        self._bursts: list[Burst] = []

    def take(
        self,
        *,
        ticks: Iterable[Tick] = (),
        events: Iterable[Event] = (),
        records: Iterable[Record] = (),
        bursts: Iterable[Burst] = (),
    ) -> list[Key]:
        """Collect; returns the keys of the batches that this completed."""
        listed = list(events)
        urgent = [event for event in listed if event.kind in URGENT]
        self._events += [event for event in listed if event.kind not in URGENT]
        self._records += records
        self._bursts += bursts
        keys = [self._keep(Kind.ALARM, part) for part in parts(BatchContent(events=urgent))]
        for tick in ticks:
            try:
                keys += self.flush_due(tick.t_ms)
            finally:
                self._ticks.append(tick)
                del self._ticks[:-MOST_WAITING]
        return keys

    def flush_due(self, now_ms: int) -> list[Key]:
        """Keep what has waited for `latency_ms` by the clock of the ticks."""
        times = [tick.t_ms for tick in self._ticks[:1]]
        times += [event.t_ms for event in self._events[:1]]
        times += [record.end_ms for record in self._records[:1]]
        if times and now_ms >= min(times) + self.latency_ms:
            return self.flush()
        return []

    def flush(self) -> list[Key]:
        """Keep what was collected, however little."""
        content = BatchContent(
            ticks=self._ticks, events=self._events, records=self._records, bursts=self._bursts
        )
        keys = [self._keep(Kind.TELEMETRY, part) for part in parts(content)]
        self._ticks, self._events, self._records, self._bursts = [], [], [], []
        return keys

    def _keep(self, kind: Kind, content: BatchContent) -> Key:
        return self.outbox.add(
            kind,
            lambda stream, seq, gaps: codec.encode(
                pack(content, self.sender, stream=stream, seq=seq, gaps=gaps)
            ),
        )
