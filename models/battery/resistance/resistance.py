"""Pack resistance from current steps, brought to 25 °C and the middle of the charge.

R = dU / dI over one step between rows; R(T) follows Arrhenius with 25 kJ/mol (standards: 20-30).
Steps of one second show ohms and charge transfer, steps of thirty also diffusion: the method says
which, and only equal steps are compared over time.

    day d: median R_d of n_d steps, scatter s_d         what is kept of a day
    now:   median of R_d weighted by n_d over RECENT_DAYS; its error from s_d and from the scatter
           of the R_d, whichever is larger: days differ by more than their steps do
    trend: Theil-Sen slope of R_d over the days, with Sen's 90 % interval
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.health import Answer, Estimate, Silence
from domain.methods import Method
from firmware_contracts.durations import DAY_MS, YEAR_DAYS
from models.base import Array, Gone, mad_sigma, theil_sen
from models.battery.cells.observations import DEFAULT_AH
from models.battery.pack_rows import Int, PackRows, joined, rows_of, rows_state
from models.state import State, items, table

EA_J_MOL, GAS_J_MOL_K, T25_K = 25_000.0, 8.314, 298.15
"""Arrhenius: 20-30 kJ/mol for lithium cells (standards), the middle; gas constant; 25 °C."""
MIN_STEPS = 30
"""Steps for a median; by judgement."""
SOC_LOW, SOC_HIGH = 30.0, 80.0
"""Between them resistance hardly depends on charge."""
SYSTEMATIC = 0.04
"""Relative: gain of the current sensor and what the temperature of the pack hides; by judgement."""
LONGEST_STEP_S = 35.0
"""Rows of 30 s and a little more; beyond, the charge itself moves the voltage."""
RECENT_DAYS = 90
"""Now means a quarter; by judgement: one season."""
TREND_DAYS, TREND_SPAN_DAYS, TREND_STEPS = 8, 60, 5
"""A trend needs this many days with this many steps each, this far apart."""
_ROW = ("t_ms", "voltage_v", "current_a", "soc_pct", "temperature_c")
TREND_POINTS = 150
"""More days are thinned to weeks and months: pairs grow with their square."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """Accepted steps: time, resistance at 25 °C in mΩ, duration of the step in s."""

    t_ms: Int
    r25_mohm: Array
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OhmDay:
    """The steps of one UTC day: their duration in s, median and robust sigma in mΩ at 25 °C."""

    day: int
    step_s: float
    r25_mohm: float
    sigma_mohm: float
    steps: int


def to_25c(r_mohm: Array, temperature_c: Array) -> Array:
    """Arrhenius: R25 = R(T) exp(Ea/R (1/298.15 - 1/T)); unknown temperature counts as 25 °C."""
    kelvin = np.where(np.isnan(temperature_c), 25.0, temperature_c) + 273.15
    return np.asarray(r_mohm * np.exp(EA_J_MOL / GAS_J_MOL_K * (1 / T25_K - 1 / kelvin)))


def steps(rows: PackRows, rated_ah: float | None = None) -> Steps:
    """Steps of at least a third of 1C between neighbouring rows at 30-80 % charge."""
    t, i, u = rows.t_ms, rows.current_a, rows.voltage_v
    if len(t) < 2:
        return Steps(t_ms=t[:0], r25_mohm=i[:0], duration_s=float("nan"))
    seconds = np.diff(t) / 1000
    di, du = np.diff(i), np.diff(u)
    soc = rows.soc_pct[1:]
    good = (np.abs(di) >= (rated_ah or DEFAULT_AH) / 3) & (seconds > 0)
    good &= (seconds <= LONGEST_STEP_S) & ~np.isnan(du)
    good &= ~((soc < SOC_LOW) | (soc > SOC_HIGH))
    if not good.any():
        return Steps(t_ms=t[:0], r25_mohm=i[:0], duration_s=float("nan"))
    typical = float(np.median(seconds[good]))
    good &= np.abs(seconds - typical) <= 0.5 * typical
    r = 1000 * du[good] / di[good]
    return Steps(
        t_ms=t[1:][good], r25_mohm=to_25c(r, rows.temperature_c[1:][good]), duration_s=typical
    )


def ohm_days(found: Steps) -> list[OhmDay]:
    """What is kept of each day with steps."""
    days = found.t_ms // DAY_MS
    edges = np.flatnonzero(np.diff(days)) + 1
    return [
        OhmDay(
            day=int(day[0]),
            step_s=found.duration_s,
            r25_mohm=float(np.median(r)),
            sigma_mohm=float(mad_sigma(r)),
            steps=len(r),
        )
        for day, r in zip(np.split(days, edges), np.split(found.r25_mohm, edges), strict=True)
        if len(r)
    ]


class OhmLog:
    """The days with steps so far; rows go in by whole days, in order."""

    def __init__(self, rated_ah: float | None = None) -> None:
        self._rated_ah = rated_ah
        self._row: PackRows | None = None
        self.days: list[OhmDay] = []

    def add(self, day: PackRows) -> None:
        """The rows of the next UTC day; a step over midnight belongs to the later row."""
        rows = day if self._row is None else joined([self._row, day])
        self.days += ohm_days(steps(rows, self._rated_ah))
        self._row = rows.take(slice(len(rows) - 1, None))

    def carry(self, before: State, gone: Gone) -> None:
        """Take over the days of an earlier log that are gone."""
        self.days += [d for d in items(before["days"], OhmDay) if gone(d.day * DAY_MS)]
        self.days.sort(key=lambda d: d.day)

    def state(self) -> State:
        """A snapshot for `restore`."""
        row = None if self._row is None else rows_state(self._row, _ROW)
        return {"days": table(self.days, OhmDay), "row": row}

    @classmethod
    def restore(cls, state: State, rated_ah: float | None = None) -> OhmLog:
        """The log as it was."""
        log = cls(rated_ah)
        log.days = items(state["days"], OhmDay)
        log._row = None if state["row"] is None else rows_of(state["row"])
        return log


def resistance(days: Sequence[OhmDay]) -> Answer:
    """Median resistance in mΩ at 25 °C with a 90 % interval, or what is missing."""
    alike = _alike(days[:0] if not days else _since(days, days[-1].day - RECENT_DAYS))
    steps_seen = sum(day.steps for day in alike)
    if steps_seen < MIN_STEPS:
        return Silence(
            reason="too_few_current_steps",
            missing="more_driving",
            detail={"steps": steps_seen, "needed": MIN_STEPS},
        )
    step_s = _middle([day.step_s for day in alike], [day.steps for day in alike])
    value = _middle([day.r25_mohm for day in alike], [day.steps for day in alike])
    half = 1.645 * float(np.hypot(_error(alike), SYSTEMATIC * value))
    if value <= 0 or half > 0.5 * value:
        return Silence(
            reason="current_and_voltage_not_together",
            missing="rows_of_one_second",
            detail={"steps": steps_seen, "step_s": step_s},
        )
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        unit="mΩ",
        method=Method.CURRENT_STEPS,
        windows=steps_seen,
        coverage=1.0,
        detail={"step_s": step_s, "days": len(alike)},
    )


def trend(days: Sequence[OhmDay]) -> Answer:
    """How fast this pack's resistance changes, in mΩ per year, with a 90 % interval.

    Only days with steps of one duration are compared; seasons are taken out by the Arrhenius term
    alone, so that the interval of less than a year is that of the fit and no more.
    """
    alike = [day for day in _alike(days) if day.steps >= TREND_STEPS]
    span = alike[-1].day - alike[0].day if alike else 0
    if len(alike) < TREND_DAYS or span < TREND_SPAN_DAYS:
        return Silence(
            reason="history_too_short",
            missing="more_driving",
            detail={"days": span, "needed": TREND_SPAN_DAYS},
        )
    chosen = alike[:: -(-len(alike) // TREND_POINTS)]
    years = np.array([day.day for day in chosen]) / YEAR_DAYS
    slope, low, high = theil_sen(years, np.array([day.r25_mohm for day in chosen]))
    return Estimate(
        value=slope,
        low=min(low, slope),
        high=max(high, slope),
        unit="mΩ/a",
        method=Method.DAILY_MEDIANS_SLOPE,
        windows=len(alike),
        coverage=len(alike) / (span + 1),
        detail={"from_day": alike[0].day, "to_day": alike[-1].day},
    )


def _since(days: Sequence[OhmDay], first: int) -> list[OhmDay]:
    return [day for day in days if day.day >= first]


def _alike(days: Sequence[OhmDay]) -> list[OhmDay]:
    """Days with steps about as long as most steps are."""
    if not days:
        return []
    typical = _middle([day.step_s for day in days], [day.steps for day in days])
    return [day for day in days if abs(day.step_s - typical) <= 0.5 * typical]


def _error(days: Sequence[OhmDay]) -> float:
    """Standard error of the median: from the steps' scatter, or from that of the days."""
    n = np.array([day.steps for day in days])
    pooled = float(np.sqrt((n * np.array([day.sigma_mohm for day in days]) ** 2).sum() / n.sum()))
    within = pooled / float(n.sum()) ** 0.5
    medians = np.array([day.r25_mohm for day in days])
    between = float(mad_sigma(medians)) / len(days) ** 0.5 if len(days) >= 4 else 0.0
    return float(1.2533 * max(within, between))


def _middle(values: Sequence[float], weights: Sequence[int]) -> float:
    """Weighted median: half of the weight lies at or below it."""
    order = np.argsort(np.array(values), kind="stable")
    total = np.cumsum(np.array(weights)[order])
    return float(np.array(values)[order][np.searchsorted(total, total[-1] / 2)])
