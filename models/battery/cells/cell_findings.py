"""Marks as findings: with the cell's figures, its growth, the expected alarm and a chart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from domain.health import Evidence, Finding, Severity
from firmware_contracts.durations import DAY_MS
from models.base import moment
from models.battery.cells.day_book import DayBook
from models.battery.cells.growth import Growth, enough, growth
from models.battery.cells.limits import CellLimits
from models.battery.cells.marks import PACK_WIDE, Mark

PACK = "pack"
ALARM_DEFICIT_PCT = (5.0, 20.0)
"""Deficit at which makers' systems raise their highest cell alarm. Service manuals put it at a
spread of 150-300 mV, i.e. 10-20 points on the sloped parts of the curve; under load, and in some
cars, half of that is enough."""
FORECAST_DAYS = 3650.0
"""No alarm is dated further ahead; by judgement: ten years outlive every use of the date."""
LAST_DAYS = 3
"""The deficit of now is the median of as many days; by judgement: one odd day moves no date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFindings:
    """What is said of the cells of one pack as of `as_of_ms`; `name` renders a cell's number."""

    book: DayBook
    limits: CellLimits
    as_of_ms: int
    name: Callable[[int], str]

    def finding(self, mark: Mark) -> Finding:
        """A mark with its evidence; recovered ones are marked as such."""
        due_low, due_high = self._due(mark)
        return Finding(
            cause=mark.cause,
            component=PACK if mark.cell == PACK_WIDE else self.name(mark.cell + 1),
            severity=mark.severity,
            since=moment(mark.since_ms),
            as_of=moment(self.as_of_ms),
            confidence=mark.confidence,
            method=mark.method,
            values={} if mark.cell == PACK_WIDE else self._values(mark.cell),
            limits=self._thresholds(),
            due_low=due_low,
            due_high=due_high,
            recovered=mark.recovered_ms is not None,
            evidence=Evidence.LITERATURE,
            chart={} if mark.cell == PACK_WIDE else self._chart(mark.cell),
        )

    def _thresholds(self) -> dict[str, float]:
        return {
            "deviation_mv": -self.limits.mv,
            "deficit_pct": self.limits.deficit_pct,
            "z": -self.limits.z,
            "lone": -self.limits.lone,
        }

    def _values(self, cell: int) -> dict[str, float]:
        """The cell's last level, and how fast its deficit grows."""
        values = self.book.level(cell)
        fit = cell_growth(self.book, cell)
        if fit is not None:
            values["growth_pct_per_day"] = round(fit.value, 4)
            values["growth_low"] = round(fit.low, 4)
            values["growth_high"] = round(fit.high, 4)
        return values

    def _due(self, mark: Mark) -> tuple[datetime | None, datetime | None]:
        """When the car's own alarm is expected; none while nothing grows for certain."""
        dated = mark.severity >= Severity.ORANGE or mark.cause == "self_discharge"
        fit = cell_growth(self.book, mark.cell) if dated and mark.cell != PACK_WIDE else None
        if fit is None or fit.jumped or fit.low <= 0:
            return None, None
        _, deficit = self.book.history(mark.cell)
        now = float(np.median(deficit[-LAST_DAYS:]))
        low, high = (max(level - now, 0.0) for level in ALARM_DEFICIT_PCT)
        return self._in_days(low / fit.high), self._in_days(high / fit.low)

    def _in_days(self, days: float) -> datetime:
        return moment(int(self.as_of_ms + min(days, FORECAST_DAYS) * DAY_MS))

    def _chart(self, cell: int) -> dict[str, tuple[list[int], list[float]]]:
        day, level = self.book.history(cell, "deviation_mv")
        ticks = [int(d * DAY_MS) for d in day]
        return {"deviation_mv": (ticks, [round(float(v), 1) for v in level])}


def cell_growth(book: DayBook, cell: int) -> Growth | None:
    """How a cell's deficit grows, None with too few days."""
    day, deficit = book.history(cell)
    if not enough(day):
        return None
    _, deviation_mv = book.history(cell, "deviation_mv")
    return growth(day, book.depth(), deficit, -deviation_mv)
