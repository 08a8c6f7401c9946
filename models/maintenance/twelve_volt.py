"""The 12 V battery from its starts: inner resistance, dip, rest voltage, and when it will fail.

    R = (V_rest - V_min) / I_peak           as measured by the gateway at 100 Hz
    R25 = R / (0.8 f(T) + 0.2),  f = 1 + 0.006 (25 - T) down to 0 °C, + 0.05 per K below

A fifth is wiring and does not know the cold. A battery is compared with its own first starts; the
end of life is 2 to 2.5 times the resistance of a new one. Absolute limits speak where the first
starts are unknown: a warm crank below 9.6 V is weak, below 8.5 V fails soon, below 7.2 V starts
nothing; 12.3 V at rest is half empty. One-second rows miss the dip and count as doubtful.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from domain.health import Answer, Estimate, Finding, Severity, Silence
from domain.methods import Method
from firmware_contracts.durations import DAY_MS
from models.maintenance.latch import Latch, Verdict
from models.maintenance.readings import milliseconds, number
from models.maintenance.trend import due_ms, trend

CAUSE = "twelve_volt_weak"
FIRST, LAST = 12, 5
"""Starts that make the reference, and starts that make a judgement."""
WORN, TIRED, FAILED = 1.45, 1.8, 2.3
"""Ratios to the first starts: yellow, orange, and the end of life (docs/maintenance.md)."""
WEAK_V, FAILING_V = 9.6, 8.5
"""A warm crank that is weak, and one that fails soon."""
REST_LOW_V, REST_EMPTY_V = 12.3, 12.06
"""At rest: half empty, and a quarter full."""
RESTED_H = 3.0
"""Hours after which the surface charge is gone (docs/maintenance.md)."""
OVERDUE_MS = 14 * DAY_MS
"""Beyond the end of life it may fail at any start; by judgement within two weeks."""
WARM_C = 0.0
"""In frost a healthy battery dips as deep: only warm cranks are held to absolute limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start. `mohm25` is NaN without a current; `coarse` says that the dip was half seen."""

    t_ms: int
    min_v: float
    rest_v: float
    rested: bool
    mohm25: float
    temperature_c: float
    coarse: bool = False


def start_of(record: Mapping[str, object]) -> Start | None:
    """A start out of a crank record; None when it says too little."""
    t_ms, low, rest = milliseconds(record), number(record, "min_v"), number(record, "rest_v")
    if t_ms is None or np.isnan(low) or not 3.0 <= low <= 16.0:
        return None
    celsius, current = number(record, "temperature_c"), number(record, "current_peak_a")
    mohm = (rest - low) / current * 1000 if current > 20 and rest > low else np.nan
    hours = number(record, "rest_h")
    return Start(
        t_ms=t_ms,
        min_v=low,
        rest_v=rest,
        rested=bool(hours >= RESTED_H),
        mohm25=mohm / cold_factor(celsius),
        temperature_c=celsius,
    )


def cold_factor(celsius: float) -> float:
    """How much the cold adds to resistance of battery and wiring; 1 at 25 °C and unknown."""
    if np.isnan(celsius):
        return 1.0
    battery = 1 + 0.006 * (25 - max(celsius, 0.0)) + 0.05 * max(0.0, -celsius)
    return 0.8 * battery + 0.2


@dataclass(slots=True, kw_only=True)
class TwelveVolt:
    """Streaming judge of starts in time order."""

    starter: bool
    latch: Latch = field(init=False)
    starts: list[Start] = field(default_factory=list)
    _first: list[float] = field(default_factory=list)
    _ratios: list[tuple[int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.latch = Latch(
            cause=CAUSE,
            component="lv_battery",
            calm=LAST,
            series="crank_min_v",
            method=Method.CRANKING_AGAINST_FIRST_STARTS,
        )

    def add(self, starts: Iterable[Start]) -> None:
        """More starts, by time."""
        for start in starts:
            self.starts.append(start)
            ratio = self._ratio(start)
            if np.isfinite(ratio):
                self._ratios.append((start.t_ms, ratio))
            if len(self.starts) >= LAST:
                verdict = self._verdict()
                calm = ratio < 1.25 or (not np.isfinite(ratio) and start.min_v > WEAK_V + 0.4)
                self.latch.see(start.t_ms, verdict, healthy=bool(calm), shown=start.min_v)

    def findings(self) -> list[Finding]:
        """The standing suspicion."""
        finding = self.latch.finding()
        return [] if finding is None else [finding]

    def answer(self) -> Answer:
        """Inner resistance at 25 °C, in mΩ, from the last starts."""
        known = np.array([s.mohm25 for s in self.starts if np.isfinite(s.mohm25)][-15:])
        if len(known) < LAST:
            return Silence(
                reason="no_crank_observed", missing="five_starts", detail={"starts": len(known)}
            )
        middle = float(np.median(known))
        half = 1.645 * max(float(np.std(known)) / np.sqrt(len(known)), 0.02 * middle)
        return Estimate(
            value=middle,
            low=middle - half,
            high=middle + half,
            unit="mΩ",
            method=Method.CRANKING_DIP_OVER_CURRENT,
            windows=len(known),
            coverage=1.0,
            detail={"ratio_to_first": self._ratios[-1][1] if self._ratios else None},
        )

    def _ratio(self, start: Start) -> float:
        """Resistance against the median of this car's first starts; NaN before there are any."""
        if len(self._first) < FIRST and np.isfinite(start.mohm25):
            self._first.append(start.mohm25)
        return start.mohm25 / median(self._first) if len(self._first) == FIRST else float("nan")

    def _verdict(self) -> Verdict | None:
        last = self.starts[-LAST:]
        ratio = median(v for _, v in self._ratios[-LAST:]) if self._ratios else float("nan")
        warm = [s.min_v for s in last if not s.temperature_c < WARM_C]
        low = median(warm) if len(warm) >= 3 and self.starter else float("nan")
        rest = self._rest()
        severity = _severity(ratio, low, rest, coarse=any(s.coarse for s in last))
        if severity is None:
            return None
        line = trend(self._ratios, 45)
        early, late = due_ms(line, FAILED, last[-1].t_ms)
        if ratio >= FAILED:
            early, late = last[-1].t_ms, last[-1].t_ms + OVERDUE_MS
        values = {
            "resistance_ratio": ratio,
            "crank_min_v": low,
            "rest_v": rest,
            "resistance_mohm": last[-1].mohm25,
        }
        return Verdict(
            severity=severity,
            confidence=0.9 if np.isfinite(ratio) and ratio >= WORN else 0.6,
            values={name: v for name, v in values.items() if np.isfinite(v)},
            limits={"resistance_ratio": FAILED, "crank_min_v": FAILING_V, "rest_v": REST_LOW_V},
            due_low_ms=early,
            due_high_ms=late,
        )

    def _rest(self) -> float:
        rested = [s.rest_v for s in self.starts[-30:] if s.rested and np.isfinite(s.rest_v)][-LAST:]
        return median(rested) if len(rested) >= 3 else float("nan")


def _severity(ratio: float, low: float, rest: float, *, coarse: bool) -> Severity | None:
    """Worst of the three; doubtful readings never say more than yellow."""
    levels = (
        (ratio > TIRED) + (ratio > WORN),
        (low < FAILING_V) + (low < WEAK_V),
        (rest < REST_EMPTY_V) + (rest < REST_LOW_V),
    )
    worst = max(levels)
    if worst == 0:
        return None
    return Severity.ORANGE if worst == 2 and not coarse else Severity.YELLOW
