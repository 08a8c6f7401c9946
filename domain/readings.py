"""Readings on the cloud side: what intake hands to the store, and what windows hand to models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from firmware_contracts.events import Event
from firmware_contracts.telemetry import Float32, Float64, Int64, TelemetryBatch, UInt8


class Quarantine(StrEnum):
    """Why rows or a batch wait instead of being stored. Re-drivable ones may pass later."""

    UNKNOWN_DEVICE = "unknown_device"  # re-drivable
    UNBOUND = "unbound"  # re-drivable
    NO_ANCHOR = "no_anchor"  # re-drivable
    UNSUPPORTED_MAJOR = "unsupported_major"  # re-drivable
    TOO_OLD = "too_old"
    IN_FUTURE = "in_future"
    NO_IMPORT_RIGHT = "no_import_right"  # re-drivable
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    VALUE_REFUSED = "value_refused"
    BAD_TOPIC = "bad_topic"
    STREAM_CONFLICT = "stream_conflict"
    POISON = "poison"  # the database refuses it, alone, twice


REDRIVABLE = frozenset(
    {
        Quarantine.UNKNOWN_DEVICE,
        Quarantine.UNBOUND,
        Quarantine.NO_ANCHOR,
        Quarantine.UNSUPPORTED_MAJOR,
        Quarantine.NO_IMPORT_RIGHT,
    }
)


def _no_ids() -> Int64:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Accepted:
    """A batch that passed intake.

    `utc_ms` int64 [rows]: event time of every tick. `vehicle_ids` int64 [rows]: the vehicle the
    device was bound to at that time, 0 where the row must wait; `waiting` counts those rows by
    reason and `waiting_reason[i]` names each ("" where it is stored). `payload` are the bytes as
    they came, kept as a dead letter when anything waits.
    """

    topic: str
    tenant_id: int
    device_id: int
    batch: TelemetryBatch
    digest: bytes
    payload: bytes
    received_at: datetime
    utc_ms: Int64
    vehicle_ids: Int64
    waiting: Mapping[str, int] = field(default_factory=dict)
    waiting_reason: tuple[str, ...] = ()
    offset_ms: int = 0
    event_vehicle_ids: Int64 = field(default_factory=_no_ids)
    record_vehicle_ids: Int64 = field(default_factory=_no_ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rejected:
    """A payload that cannot be stored as rows: it becomes a dead letter, whole.

    Where the key could be read (`stream`, `seq`), a receipt tells the device; else nothing can.
    """

    topic: str
    payload: bytes
    received_at: datetime
    reason: Quarantine
    detail: str
    tenant_id: int | None = None
    device_id: int | None = None
    stream: bytes | None = None
    seq: int | None = None
    digest: bytes | None = None
    rows: int = 0


class Outcome(StrEnum):
    """What the transaction did with one message."""

    COMMITTED = "committed"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The fate of one message, in the order given to commit."""

    outcome: Outcome
    tenant: str
    device: str
    stream: bytes | None
    seq: int | None
    rows_stored: int = 0
    rows_duplicate: int = 0
    rows_quarantined: Mapping[str, int] = field(default_factory=dict)
    urgent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What one transaction committed; `epoch` goes into every receipt.

    `recovered_to` is the moment up to which data survived the last restore; None before any.
    """

    epoch: int
    stored: tuple[Stored, ...]
    recovered_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """One signal over a window: values float64 [n] with NaN for null, and why it is null."""

    values: Float64
    reasons: UInt8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrix:
    """Cells in V or probes in °C: `values` float32 [n, parts]; NaN for null, with reasons.

    `ticks_ms` int64 [n] are its own rows: not every tick carries cells.
    """

    ticks_ms: Int64
    values: Float32
    reasons: UInt8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window:
    """What a vehicle said between two moments, sorted by event time, best source per signal.

    `ticks_ms` int64 [n], UTC. Asked-for signals that were never read are columns of NaN/ABSENT.
    Equal times: the last received row.
    """

    vehicle_id: int
    start_ms: int
    end_ms: int
    ticks_ms: Int64
    columns: Mapping[str, Column]
    cells: Matrix | None = None
    probes: Matrix | None = None

    def __getitem__(self, signal: str) -> npt.NDArray[np.float64]:
        """Values of a signal by catalogue name."""
        return self.columns[signal].values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Day:
    """All that a vehicle said on one UTC day: rows of the day, records that ended on it, events.

    `records` are contract records by kind, as `WindowSource.records` gives them.
    """

    window: Window
    records: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)
    events: Sequence[Event] = ()
