"""What models say about a vehicle: estimates with intervals, findings with evidence, silence.

Nothing here is a bare number: every estimate carries interval, method and coverage, or says
what is missing for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from domain.methods import Method


class Severity(IntEnum):
    """Evidence severity of a car. Comes from evidence alone; no offer can change it."""

    INFO = 0
    YELLOW = 1
    ORANGE = 2
    RED = 3

    @property
    def word(self) -> str:
        """Lower-case name as APIs and files write it."""
        return self.name.lower()


class Evidence(StrEnum):
    """What a model's artefact was fitted or checked on."""

    FIELD = "field"
    SIMULATED = "simulated"
    LITERATURE = "literature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its central interval at `level`; `unit` as in the catalogue."""

    value: float
    low: float
    high: float
    unit: str
    method: Method
    level: float = 0.9
    windows: int = 0
    coverage: float = 0.0
    detail: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"estimate {self.value} is outside its interval {self.low}..{self.high}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No number, on purpose: why, and what would be needed (ids of domain.sentences)."""

    reason: str
    missing: str
    detail: Mapping[str, object] = field(default_factory=dict)


Answer = Estimate | Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One suspected fault, from data up to `as_of` only.

    `cause` is the stable word of domain.causes ("weak_cell"); `component` the part as the source
    names it ("V_82", "tyre_fl"). `since` is the event time of the row at which it was raised.
    `recovered` True says that evidence now speaks against it (never silence).
    `chart` maps a series' name to (ticks_ms, values) lists, small enough to show.
    """

    cause: str
    component: str
    severity: Severity
    since: datetime
    as_of: datetime
    confidence: float
    method: Method
    values: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    due_low: datetime | None = None
    due_high: datetime | None = None
    recovered: bool = False
    experimental: bool = False
    historical: bool = False
    evidence: Evidence = Evidence.LITERATURE
    chart: Mapping[str, tuple[list[int], list[float]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What one run of all models said about one vehicle.

    `answers` maps a quantity ("capacity_soh", "resistance", ...) to an estimate or a silence;
    `findings` are all current findings; `facts` is small JSON for reports (habits, curve, cells).
    """

    vehicle_id: int
    as_of: datetime
    model_version: str
    input_digest: str
    answers: Mapping[str, Answer]
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    assessed_causes: frozenset[str] = frozenset()
