"""Tyres: which one loses air, how fast, and when it reaches the legal warning.

At constant amount of air p_abs is proportional to T, so every reading is brought to 20 °C and to
the outside pressure of its place:

    p_20 = (p_gauge + p_outside) 293.15 / T_air - p_outside

Cold readings only: after parking with the outside temperature, or with the tyre's own air
temperature. A leak is a wheel that falls against the median of the other three (permeation, height
and a bad thermometer are common to all four) by a Theil-Sen slope whose interval excludes zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from domain.health import Finding, Severity
from domain.methods import Method
from firmware_contracts.durations import DAY_MS
from models.base import Array
from models.maintenance.latch import Latch, Verdict
from models.maintenance.readings import milliseconds, number
from models.maintenance.trend import Trend, due_ms, trend

WHEELS = ("fl", "fr", "rl", "rr")
LEAK, LOW = "slow_puncture", "tyre_pressure"
SEA_LEVEL_KPA = 101.3
"""Standard atmosphere."""
REFERENCE_K = 293.15
"""20 °C."""
LEAK_KPA_DAY, FAST_KPA_DAY, SURE_KPA_DAY = 0.5, 3.0, 0.25
"""Loss of a leak, of a fast one, and what its 90 % interval must exceed: permeation is slower
(docs/maintenance.md)."""
FALLEN_KPA = 5.0
"""Lost before a leak is said (docs/maintenance.md): some readings' worth."""
REFILLED_KPA = 8.0
"""A rise by more is a pump; by judgement."""
LOW_SHARE, LEGAL_SHARE = 0.9, 0.8
"""Of placard: yellow, and the legal warning of tyre monitors at -20 %."""
FALLEN_SHARE = 0.85
"""Instead of LOW_SHARE where no placard is known: the first pressure may have been too high."""
SETTLED = 8
"""Readings whose median stands for the placard where none is known; by judgement."""
APART_MS = 10 * 3_600_000
"""Cold readings of one night are one; by judgement."""
_NEW_DAYS = 14
"""At the legal warning already: due within half of it; by judgement."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pressures:
    """One cold look: gauge pressures at 20 °C [4] in kPa, NaN for unknown."""

    t_ms: int
    kpa: Array


def at_20c(
    gauge_kpa: Array, celsius: float | Array, outside_kpa: float | Array = SEA_LEVEL_KPA
) -> Array:
    """Gauge pressure that the same air would have at 20 °C."""
    kelvin = np.asarray(celsius, dtype=np.float64) + 273.15
    return np.asarray((gauge_kpa + outside_kpa) * REFERENCE_K / kelvin - outside_kpa)


def look_of(record: Mapping[str, object]) -> Pressures | None:
    """A look out of a parked record of at least two hours; None when it says too little."""
    begun, ended = milliseconds(record, "start"), milliseconds(record)
    gauge = np.array([number(record, f"tyre_{wheel}_kpa") for wheel in WHEELS])
    celsius = number(record, "ambient_mean_c")
    if ended is None or begun is None or ended - begun < 2 * 3_600_000 or np.isnan(celsius):
        return None
    kpa = at_20c(np.where((gauge > 30) & (gauge < 1200), gauge, np.nan), celsius)
    return Pressures(t_ms=ended, kpa=kpa) if np.isfinite(kpa).sum() >= 2 else None


@dataclass(slots=True, kw_only=True)
class _Wheel:
    """One wheel: what it stands against the others, since its last refill."""

    index: int
    leak: Latch
    low: Latch
    low_share: float
    against: list[tuple[int, float]] = field(default_factory=list)
    own: list[tuple[int, float]] = field(default_factory=list)

    def add(self, t_ms: int, own: float, against: float, placard: float) -> None:
        if self.own and own > median(v for _, v in self.own[-3:]) + REFILLED_KPA:
            self.own.clear()
            self.against.clear()
        self.own.append((t_ms, own))
        self.against.append((t_ms, against))
        self._judge_leak(t_ms, own, placard)
        self._judge_level(t_ms, placard)

    def _judge_leak(self, t_ms: int, own: float, placard: float) -> None:
        base = median(v for _, v in self.against[:SETTLED])
        if base - median(v for _, v in self.against[-3:]) < FALLEN_KPA / 2:
            self.leak.see(t_ms, None, healthy=own > LOW_SHARE * placard, shown=own)
            return
        line = trend(self.against, 14)
        if line is None or line.days < 3:
            return
        fallen = base - line.level
        leaking = line.slope < -LEAK_KPA_DAY and line.slope_high < -SURE_KPA_DAY
        verdict = None
        if leaking and fallen > FALLEN_KPA:
            verdict = _leak(line, own, fallen, placard, self.own, t_ms)
        healthy = line.slope > -SURE_KPA_DAY / 2 and own > LOW_SHARE * placard
        self.leak.see(t_ms, verdict, healthy=healthy, shown=own)

    def _judge_level(self, t_ms: int, placard: float) -> None:
        recent = [v for _, v in self.own[-3:]]
        level = median(recent)
        verdict = None
        if len(recent) == 3 and level < self.low_share * placard:
            orange = level < LEGAL_SHARE * placard
            verdict = Verdict(
                severity=Severity.ORANGE if orange else Severity.YELLOW,
                confidence=0.9,
                values={"pressure_kpa": level, "share_of_placard": level / placard},
                limits={"placard_kpa": placard, "share_of_placard": self.low_share},
            )
        self.low.see(t_ms, verdict, healthy=level > (self.low_share + 0.03) * placard, shown=level)


@dataclass(slots=True, kw_only=True)
class Tyres:
    """Streaming judge of cold looks in time order. Without a placard the first looks stand in."""

    placard_kpa: float | None
    wheels: list[_Wheel] = field(init=False)
    looks: int = 0
    _last_ms: int = -(2**62)
    _first: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        share = LOW_SHARE if self.placard_kpa else FALLEN_SHARE
        self.wheels = [
            _Wheel(index=i, leak=_latch(LEAK, wheel), low=_latch(LOW, wheel), low_share=share)
            for i, wheel in enumerate(WHEELS)
        ]

    def add(self, looks: Iterable[Pressures]) -> None:
        """More looks, by time."""
        for look in looks:
            if look.t_ms - self._last_ms < APART_MS:
                continue
            self.looks, self._last_ms = self.looks + 1, look.t_ms
            if len(self._first) < SETTLED:
                self._first.append(float(np.nanmax(look.kpa)))
            placard = self.placard_kpa or median(self._first)
            for wheel in self.wheels:
                own = float(look.kpa[wheel.index])
                others = [v for i, v in enumerate(look.kpa.tolist()) if i != wheel.index and v == v]
                if np.isfinite(own) and others:
                    wheel.add(look.t_ms, own, own - median(others), placard)

    def findings(self) -> list[Finding]:
        """Standing suspicions; a leaking wheel is not reported as low as well."""
        found = []
        for wheel in self.wheels:
            finding = wheel.leak.finding() or wheel.low.finding()
            found += [] if finding is None else [finding]
        return found


def _latch(cause: str, wheel: str) -> Latch:
    return Latch(
        cause=cause,
        component=f"tyre_{wheel}",
        series="pressure_20c_kpa",
        method=Method.PRESSURE_AGAINST_OTHERS,
    )


def _leak(
    line: Trend,
    own: float,
    fallen: float,
    placard: float,
    points: list[tuple[int, float]],
    t_ms: int,
) -> Verdict:
    early, late = due_ms(trend(points, 14), LEGAL_SHARE * placard, t_ms)
    soon = early is not None and early - t_ms < 7 * DAY_MS
    orange = own < 0.85 * placard or line.slope < -FAST_KPA_DAY or soon
    return Verdict(
        severity=Severity.ORANGE if orange else Severity.YELLOW,
        confidence=0.9 if fallen > 2 * FALLEN_KPA else 0.75,
        values={
            "pressure_kpa": own,
            "kpa_per_day": line.slope,
            "fallen_kpa": fallen,
            "share_of_placard": own / placard,
        },
        limits={
            "kpa_per_day": -LEAK_KPA_DAY,
            "placard_kpa": placard,
            "share_of_placard": LEGAL_SHARE,
        },
        due_low_ms=early if own > LEGAL_SHARE * placard else t_ms,
        due_high_ms=late if own > LEGAL_SHARE * placard else t_ms + _NEW_DAYS * DAY_MS // 2,
    )
