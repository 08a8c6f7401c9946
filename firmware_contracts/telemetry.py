"""The one thing a device sends: a batch of ticks, in columns, as both ends hold it in memory.

Python never touches a single value: every block is a numpy array. `codec` turns a batch into
bytes and back; nothing here knows bytes, files or sockets.

    TelemetryBatch
      ticks_ms   int64 [n]                     when; counts what `clock` says
      real       Block  float32 [n, k]         measurements
      wide       Block  float64 [n, k]         counters, bit fields, booleans, coordinates
      cells      Packed int16 mV   [m, cells]  rows points into ticks
      probes     Packed int16 0.1°C[m, probes]
      sparse     Sparse triples                ids this catalogue does not know
      bursts     Burst                         fast captures (cranking at 100 Hz)
      events, records, gaps
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from firmware_contracts.events import Event
from firmware_contracts.records import Record
from firmware_contracts.signals import CATALOGUE_VERSION

WIRE_MAJOR = 1
WIRE_MINOR = 0
PACKED_NULL = -32768
"""A packed reading that is null; its reason stands in `Packed.reasons`."""

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Int16 = npt.NDArray[np.int16]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
UInt8 = npt.NDArray[np.uint8]
UInt32 = npt.NDArray[np.uint32]


class Origin(IntEnum):
    """How the batch came: as it happened, out of a full outbox, or from history."""

    LIVE = 1
    BACKFILL = 2
    IMPORT = 3


class Clock(IntEnum):
    """What ticks count: ms since the device booted (an anchor is needed), or ms since 1970 UTC."""

    MONOTONIC = 1
    UTC = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Signals read together: `values[i, j]` is signal `signals[j]` at tick i.

    `reasons` has the same shape (firmware_contracts.signal.Reason); where it is not VALID the
    value is NaN. `values` is float32 in the real block, float64 in the wide one.
    """

    signals: tuple[int, ...]
    values: Float32 | Float64
    reasons: UInt8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Packed:
    """Cells in mV or probes in 0.1 °C: row r belongs to tick `rows[r]`; columns are numbered from
    `first` (1 for a whole pack). Null readings are PACKED_NULL with their reason."""

    rows: Int32
    values: Int16
    reasons: UInt8
    first: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sparse:
    """Triples of ids unknown to this catalogue: kept as they came, promoted later."""

    rows: Int32
    signals: UInt32
    values: Float64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Burst:
    """A fast capture of one signal: sample i was read at start_ms + i * period_us / 1000."""

    signal: int
    start_ms: int
    period_us: int
    values: Float32
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Sequences the outbox evicted before they were receipted: declared, never silently lost."""

    stream: bytes
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Puts a monotonic boot on the calendar: utc_ms = tick_ms + offset_ms.

    Added at sending, outside the digest: the same body may be sent before and after a sync.
    """

    boot: bytes
    offset_ms: int
    quality_ms: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TelemetryBatch:
    """One message of one stream. `stream` and `boot` are 16 bytes; `seq` starts at 0."""

    stream: bytes
    seq: int
    boot: bytes
    origin: Origin
    clock: Clock
    ticks_ms: Int64
    real: Block
    wide: Block
    cells: Packed | None = None
    probes: Packed | None = None
    sparse: Sparse | None = None
    bursts: tuple[Burst, ...] = ()
    events: tuple[Event, ...] = ()
    records: tuple[Record, ...] = ()
    gaps: tuple[Gap, ...] = ()
    major: int = WIRE_MAJOR
    minor: int = WIRE_MINOR
    catalogue: int = CATALOGUE_VERSION
    scheme: str = ""
    labels: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, key in (("stream", self.stream), ("boot", self.boot)):
            if len(key) != 16:
                raise ValueError(f"{name} has {len(key)} bytes; it needs 16")
        if self.seq < 0:
            raise ValueError(f"seq {self.seq} is negative; sequences start at 0")

    @property
    def rows(self) -> int:
        """Number of ticks."""
        return int(self.ticks_ms.shape[0])
