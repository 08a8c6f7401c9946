"""Planted faults: what, where, since when, how it grows, when it strands the car.

The truth is written to a file that only the scorecard reads; no car says what was planted in it.

    severity
      1 |            ______ failed        severity 1 is the state at which the part fails in use:
        |         __/                     no start, tyre at the legal warning, BMS alarm
        |   ___---
      0 |__/_____________________ time
          onset
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from firmware_contracts.durations import DAY_MS

# Growth laws: share of the way from onset to failure (0..1) -> severity.
LAWS: Mapping[str, Callable[[float], float]] = {
    "step": lambda share: 1.0,
    "linear": lambda share: share,
    "square": lambda share: share**2,
    "root": lambda share: share**0.5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """What a kind of fault touches, its growth law, and how long it takes from onset to failure.

    `lived` is the share of that time a planted one has behind it when the history ends.
    """

    name: str
    law: str
    days_to_failure: tuple[float, float]
    powertrains: frozenset[str]
    lived: tuple[float, float] = (0.6, 0.85)
    ceiling: float = 1.25


_ALL = frozenset({"petrol", "diesel", "phev", "bev"})
KINDS: Mapping[str, FaultKind] = {
    kind.name: kind
    for kind in (
        FaultKind(
            name="weak_cell",
            law="linear",
            days_to_failure=(85, 120),
            powertrains=frozenset({"bev", "phev"}),
        ),
        FaultKind(
            name="twelve_volt_sulphation", law="linear", days_to_failure=(80, 110), powertrains=_ALL
        ),
        FaultKind(
            name="thermostat_stuck_open",
            law="step",
            days_to_failure=(150, 250),
            powertrains=frozenset({"petrol", "diesel"}),
            lived=(0.2, 0.4),
            ceiling=1.0,
        ),
        FaultKind(name="slow_puncture", law="linear", days_to_failure=(30, 50), powertrains=_ALL),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One planted fault; times in UTC ms. `component` is named as a source names it."""

    kind: str
    component: str
    onset_ms: int
    fails_ms: int
    law: str
    ceiling: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault kind {self.kind!r} is not one of {', '.join(KINDS)}")
        if self.law not in LAWS:
            raise ValueError(f"growth law {self.law!r} is not one of {', '.join(LAWS)}")
        if self.fails_ms <= self.onset_ms:
            raise ValueError(f"fault {self.kind}: fails_ms must come after onset_ms")

    def severity(self, t_ms: float) -> float:
        """0 before onset, 1 at failure, at most `ceiling` after."""
        if t_ms < self.onset_ms:
            return 0.0
        share = (t_ms - self.onset_ms) / (self.fails_ms - self.onset_ms)
        return min(self.ceiling, LAWS[self.law](share))

    def days_left(self, t_ms: float) -> float:
        """True remaining life in days; negative after failure."""
        return (self.fails_ms - t_ms) / DAY_MS


class Faults:
    """All faults of one car."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.planted = tuple(faults)

    def severity(self, kind: str, t_ms: float) -> float:
        """Worst severity of this kind now, 0 where none is planted."""
        return max((f.severity(t_ms) for f in self.planted if f.kind == kind), default=0.0)

    def of(self, kind: str) -> Fault | None:
        """The planted fault of this kind."""
        return next((f for f in self.planted if f.kind == kind), None)


def write_truth(
    path: Path, cars: Mapping[str, Iterable[Fault]], start_ms: int, until_ms: int
) -> None:
    """The truth file: every car, healthy ones too, with its planted faults and its exposure."""
    truth = {
        "format": 1,
        "start": _iso(start_ms),
        "until": _iso(until_ms),
        "cars": {name: [_entry(fault) for fault in faults] for name, faults in cars.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(truth, indent=1, sort_keys=True), "utf-8")


def _entry(fault: Fault) -> dict[str, object]:
    entry = asdict(fault)
    entry["onset"], entry["fails"] = _iso(entry.pop("onset_ms")), _iso(entry.pop("fails_ms"))
    return entry


def _iso(t_ms: int) -> str:
    return datetime.fromtimestamp(t_ms / 1000, UTC).isoformat()
