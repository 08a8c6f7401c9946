"""What one signal is: id, unit, scale, range, storage type, legal group.

A signal's id, unit, scale, offset and storage type never change once released; a new meaning
is a new id. Ids below 1000 are ours; unknown ids travel and are kept, never dropped.

    value = raw * scale + offset          raw is the integer on the wire
    raw   = round((value - offset) / scale)

The name carries the unit and is the column of the wide row. Signs follow VSS: current and
power are positive INTO the battery (charging); GB/T and most cars say the opposite and are
turned at the edge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum


class Storage(Enum):
    """How a value is kept: the column's type, and which block of the decoder carries it."""

    REAL = "real"  # measurements; exact to the declared scale in float32
    DOUBLE = "double precision"  # counters, odometers, coordinates
    INTEGER = "bigint"  # bit fields and enumerations, at most 53 bits
    BOOLEAN = "boolean"


class Group(Enum):
    """Legal basis under which a signal may leave the car (docs/privacy.md, R1-R6)."""

    DUTY = "duty"  # alarm class, trouble codes, coarse odometer: no consent needed
    ASSET = "asset"  # pack, engine, wear: contract; stays with the vehicle
    HABIT = "habit"  # speed, pedals, trips: consent; stays with the tenure
    POSITION = "position"  # sensitive: separate consent, own table, 14 days


class Sampling(Enum):
    """Default class of the collection scheme."""

    FAST = "fast"  # every tick while awake
    SLOW = "slow"  # every 10 s
    RARE = "rare"  # every 60 s or on change


class Reason(IntEnum):
    """Why a value is there or is null. ABSENT is silence: not read in this tick, no episode."""

    VALID = 0
    NOT_SUPPORTED = 1
    INVALID = 2
    OUT_OF_RANGE = 3
    STALE = 4
    ABSENT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One row of the catalogue; `low` and `high` are the physical range, both included."""

    id: int
    name: str
    unit: str
    storage: Storage
    scale: float
    low: float
    high: float
    group: Group
    sampling: Sampling
    powertrains: frozenset[str]
    vss: str
    offset: float = 0.0
    zh: str = ""
    en: str = ""
    labels: dict[int, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.scale <= 0:
            raise ValueError(f"signal {self.name}: scale {self.scale} must be above 0")
        if self.low > self.high:
            raise ValueError(f"signal {self.name}: range {self.low}..{self.high} is upside down")

    @property
    def raw_low(self) -> int:
        """Smallest wire integer inside the physical range."""
        return round((self.low - self.offset) / self.scale)

    @property
    def raw_high(self) -> int:
        """Largest wire integer inside the physical range."""
        return round((self.high - self.offset) / self.scale)
