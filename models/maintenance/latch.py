"""A latch: a suspicion gets worse or stays until evidence clears it; since when is remembered.

    quiet --verdict--> standing --worse verdict--> standing (same since)
                          |--healthy evidence, `calm` times in a row--> quiet
Silence changes nothing. Fed in the order of time, the outcome depends on the points alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.health import Evidence, Finding, Severity
from domain.methods import Method
from models.base import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one point says: how bad, how sure, and the numbers behind it."""

    severity: Severity
    confidence: float
    values: Mapping[str, float]
    limits: Mapping[str, float]
    due_low_ms: int | None = None
    due_high_ms: int | None = None


@dataclass(slots=True, kw_only=True)
class Latch:
    """One cause of one component."""

    cause: str
    component: str
    method: Method
    calm: int = 3
    series: str = ""
    _since_ms: int = field(default=0, init=False)
    _last_ms: int = field(default=0, init=False)
    _standing: Verdict | None = field(default=None, init=False)
    _quiet: int = field(default=0, init=False)
    _chart: list[tuple[int, float]] = field(default_factory=list, init=False)

    def see(self, t_ms: int, verdict: Verdict | None, *, healthy: bool, shown: float) -> None:
        """One point in time order; `healthy` says that it speaks against the suspicion."""
        self._last_ms = t_ms
        self._chart.append((t_ms, shown))
        if verdict is not None:
            self._quiet = 0
            worst = max(verdict.severity, self._standing.severity if self._standing else 0)
            if self._standing is None:
                self._since_ms = t_ms
            self._standing = replace(verdict, severity=Severity(worst))
        elif healthy and self._standing is not None:
            self._quiet += 1
            if self._quiet >= self.calm:
                self._standing, self._quiet = None, 0

    def finding(self) -> Finding | None:
        """The standing suspicion, if any."""
        verdict = self._standing
        if verdict is None:
            return None
        step = max(len(self._chart) // 60, 1)
        shown = self._chart[::step]
        return Finding(
            cause=self.cause,
            component=self.component,
            severity=verdict.severity,
            since=moment(self._since_ms),
            as_of=moment(self._last_ms),
            confidence=verdict.confidence,
            method=self.method,
            values=verdict.values,
            limits=verdict.limits,
            due_low=_when(verdict.due_low_ms, self._last_ms),
            due_high=_when(verdict.due_high_ms, self._last_ms),
            evidence=Evidence.LITERATURE,
            chart={self.series: ([t for t, _ in shown], [v for _, v in shown])},
        )


def _when(due_ms: int | None, now_ms: int) -> datetime | None:
    return None if due_ms is None else moment(max(due_ms, now_ms))
