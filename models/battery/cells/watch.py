"""The cell watch: odd cells told apart, causal, streaming, cheap enough for every upload.

    rows -> Situations (one hour) -> days -> verdict per cell

    weak_cell       lower charge than its neighbours, again and again, following the OCV curve
    cell_imbalance  the whole pack is spread, or one cell stands high
    self_discharge  a low cell whose deficit grows by the day
    internal_short  the same, fast (standards: 0.02-1 % per day for 1-50 mA)
    cell_sensor     stuck, a constant offset at every state of charge, or a shared sense wire that
                    lowers one cell by what it adds to the next

`since` is the row at which the present severity was reached, from rows up to it only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np

from domain.causes import symptoms_of
from domain.health import Evidence, Finding, Severity
from domain.methods import Method, method_of
from domain.vehicle import Chemistry
from models.base import Array, moment
from models.battery.cells.day import Bools
from models.battery.cells.day_book import Counts, DayBook, mirrored, paired
from models.battery.cells.growth import Growth, enough, growth
from models.battery.cells.limits import LIMITS, TYPICAL_MOHM_AH, CellLimits, guess_chemistry
from models.battery.cells.observations import DEFAULT_AH, Situation, Situations
from models.battery.cells.top_of_charge import TOP_DAYS
from models.battery.pack_rows import PackRows
from models.battery.snapshot import State

CAUSES = frozenset(
    {"weak_cell", "cell_imbalance", "self_discharge", "internal_short", "cell_sensor"}
)
PACK = "pack"
SELF_DISCHARGE_PCT_DAY = 0.02
SHORT_PCT_DAY = 0.15
ALARM_DEFICIT_PCT = (5.0, 20.0)
"""Deficit at which makers' systems raise their highest cell alarm. Service manuals put it at a
spread of 150-300 mV, i.e. 10-20 points on the sloped parts of the curve; under load, and in some
cars, half of that is enough."""
FORECAST_DAYS = 3650.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """One latched suspicion: cause, cell (-1 = the pack), and how it stood when raised."""

    cause: str
    cell: int
    severity: Severity
    since_ms: int
    method: Method
    confidence: float
    recovered_ms: int | None = None


class CellWatch:
    """State of one vehicle's cells. Feed rows in time order; ask `findings` at any moment.

    `name` renders a cell's number (from 1) as the source writes it.
    """

    def __init__(
        self,
        *,
        chemistry: Chemistry = Chemistry.UNKNOWN,
        rated_ah: float | None = None,
        name: Callable[[int], str] = "cell_{}".format,
    ) -> None:
        self._rated_ah = rated_ah or DEFAULT_AH
        self._situations = Situations(self._rated_ah)
        self._chemistry = chemistry
        self._book: DayBook | None = None
        self._name = name
        self._marks: dict[tuple[str, int], _Mark] = {}
        self._as_of_ms: int | None = None

    def state(self) -> State:
        """A snapshot for `restore`: a restored watch goes on exactly like this one."""
        return {
            "chemistry": self._chemistry.value,
            "rated_ah": self._rated_ah,
            "as_of_ms": self._as_of_ms,
            "situations": self._situations.state(),
            "book": None if self._book is None else self._book.state(),
            "marks": [
                {**asdict(m), "severity": int(m.severity), "method": m.method.value}
                for m in self._marks.values()
            ],
        }

    @classmethod
    def restore(cls, state: State, *, name: Callable[[int], str] = "cell_{}".format) -> CellWatch:
        """The watch as it was. `name` is no part of a state."""
        watch = cls(chemistry=Chemistry(state["chemistry"]), rated_ah=state["rated_ah"], name=name)
        watch._situations = Situations.restore(state["situations"], state["rated_ah"])
        watch._as_of_ms = state["as_of_ms"]
        if state["book"] is not None:
            watch._book = DayBook.restore(state["book"])
        for said in state["marks"]:
            mark = _Mark(
                **{
                    **said,
                    "severity": Severity(said["severity"]),
                    "method": method_of(said["method"]),
                }
            )
            watch._marks[mark.cause, mark.cell] = mark
        return watch

    @property
    def late_rows(self) -> int:
        """Rows that came after their hour was closed: counted, not used."""
        return self._situations.late_rows

    @property
    def cells(self) -> int:
        """How many cells the pack has, 0 before any was seen."""
        return 0 if self._book is None else self._book.cells

    @property
    def days(self) -> int:
        """Days on record, the open one included."""
        return 0 if self._book is None else len(self._book)

    def update(self, rows: PackRows) -> None:
        """Fold rows in. Cutting the same rows into other chunks changes nothing."""
        for situation in self._situations.update(rows):
            self._consider(situation)

    def _consider(self, situation: Situation) -> None:
        before = self._thresholds()
        self._chemistry = guess_chemistry(situation.voltage_v, situation.soc_pct, self._chemistry)
        limits, cells = self._thresholds(), len(situation.deviation_mv)
        if self._book is None or self._book.cells != cells or limits is not before:
            self._book = DayBook(cells)  # another pack, or judged by the wrong limits: afresh
            self._marks.clear()
        entry = self._book.add(situation, limits)
        if entry is None:
            return
        self._as_of_ms = situation.raised_ms
        if not all(map(self._settled, entry.odd)):
            self._judge_levels(situation, limits)
        if entry.new_day:
            self._judge_days(situation, limits)
            self._judge_growth(situation, limits)

    def _thresholds(self) -> CellLimits:
        """Those of the chemistry; an unknown one is watched like the commonest."""
        return LIMITS.get(self._chemistry, LIMITS[Chemistry.NMC])

    def _settled(self, cell: int) -> bool:
        """Nothing that a further look at its level could add: it is orange already."""
        mark = self._marks.get(("weak_cell", cell))
        weak = mark is not None and mark.severity >= Severity.ORANGE and mark.recovered_ms is None
        return weak or self._active("internal_short", cell)

    # -- verdicts -----------------------------------------------------------------------------

    def _judge_levels(self, now: Situation, limits: CellLimits) -> None:
        """Standing deviations: weak, high, sensor."""
        assert self._book is not None
        count = self._book.counts(limits)
        odd = (count.days_low >= 2) | (count.days_high >= 2)
        if odd.any():
            for cell in paired(count.level_mv, odd):
                self._mark("cell_sensor", cell, Severity.YELLOW, now, Method.SHARED_SENSE_WIRE)
            self._judge_low(count, now, limits)
            self._judge_high(count, now, limits)
        small = self._book.shapes().small
        for cell in np.flatnonzero(count.large_low).tolist():
            if not (self._sensor(cell) or self._active("internal_short", cell)):
                method = Method.SMALL_CAPACITY if small[cell] else Method.LARGE_CHARGE_DEFICIT
                self._mark("weak_cell", cell, Severity.ORANGE, now, method)
        for cell in np.flatnonzero(self._book.tops.days >= TOP_DAYS).tolist():
            if not (self._sensor(cell) or self._active("internal_short", cell)):
                self._mark("weak_cell", cell, Severity.ORANGE, now, Method.NOT_FULL_WITH_OTHERS)
        for cell in np.flatnonzero(count.stuck).tolist():
            self._mark("cell_sensor", cell, Severity.YELLOW, now, Method.STUCK_READING)

    def _judge_days(self, now: Situation, limits: CellLimits) -> None:
        """What whole days say: load, spread, and what has gone again."""
        assert self._book is not None
        self._judge_load(self._book.extra_ohms(limits), now, limits)
        if self._book.spread_days(limits) >= 2:
            self._mark("cell_imbalance", -1, Severity.YELLOW, now, Method.PACK_SPREAD)
        if self._marks:
            self._recover(now, self._book.healed(limits))

    def _judge_low(self, count: Counts, now: Situation, limits: CellLimits) -> None:
        """Low cells on several days: orange only where no sense line alone could explain it."""
        assert self._book is not None
        shapes = self._book.shapes()
        for cell in np.flatnonzero(count.days_low >= 2).tolist():
            if shapes.offset[cell]:
                self._mark("cell_sensor", cell, Severity.YELLOW, now, Method.CONSTANT_OFFSET)
            elif shapes.follows[cell]:
                self._clear("cell_sensor", cell, Method.CONSTANT_OFFSET, now)
            if self._sensor(cell) or self._active("internal_short", cell):
                continue
            bands = int(count.mask_low[cell]).bit_count()
            enough = limits.bands - bool(shapes.follows[cell])  # a shape speaks of charges as well
            often = count.days_low[cell] >= limits.days and bands >= enough
            sure = shapes.follows[cell] or count.level_mv[cell] >= limits.sense_mv
            method = Method.SMALL_CAPACITY if shapes.small[cell] else Method.STANDING_CHARGE_DEFICIT
            if often and sure:
                self._mark("weak_cell", cell, Severity.ORANGE, now, method)
            elif bands >= 2:
                self._mark("weak_cell", cell, Severity.YELLOW, now, method)

    def _judge_load(self, extra_mohm: Array, now: Situation, limits: CellLimits) -> None:
        """Cells that sink under load: resistance well above a healthy cell's, day after day."""
        typical = TYPICAL_MOHM_AH / self._rated_ah
        for cell in np.flatnonzero(extra_mohm >= limits.ohm_share * typical).tolist():
            severe = extra_mohm[cell] >= limits.ohm_severe * typical
            if not self._sensor(cell):
                severity = Severity.ORANGE if severe else Severity.YELLOW
                self._mark("weak_cell", cell, severity, now, Method.HIGH_RESISTANCE)

    def _judge_high(self, count: Counts, now: Situation, limits: CellLimits) -> None:
        """High cells limit the charge but are not weak; a steady offset is their sense line's."""
        assert self._book is not None
        offset = self._book.shapes().offset
        for cell in np.flatnonzero(count.days_high >= limits.days).tolist():
            if offset[cell]:
                self._mark("cell_sensor", cell, Severity.YELLOW, now, Method.CONSTANT_OFFSET)
            elif int(count.mask_high[cell]).bit_count() >= 2 and not self._sensor(cell):
                self._mark(
                    "cell_imbalance", cell, Severity.YELLOW, now, Method.STANDING_CHARGE_SURPLUS
                )

    def _active(self, cause: str, cell: int) -> bool:
        mark = self._marks.get((cause, cell))
        return mark is not None and mark.recovered_ms is None

    def _sensor(self, cell: int) -> bool:
        return self._active("cell_sensor", cell)

    def _judge_growth(self, now: Situation, limits: CellLimits) -> None:
        """Deficits that grow over days, once the depth of discharge is accounted for."""
        assert self._book is not None
        for cell in self._book.growing_candidates(limits):
            known = self._sensor(cell) or self._active("internal_short", cell)
            fit = None if known else self._growth(cell)
            if fit is None or fit.jumped or fit.low_mv_day < limits.growth_mv_day:
                continue
            short_mv_day = 0.5 * SHORT_PCT_DAY * limits.slope_default
            fast = fit.low >= SHORT_PCT_DAY and fit.gained >= 1.5
            if fast and fit.low_mv_day >= short_mv_day and self._own(cell, limits):
                self._mark("internal_short", cell, Severity.ORANGE, now, Method.FAST_SELF_DISCHARGE)
            elif fit.low >= SELF_DISCHARGE_PCT_DAY and fit.gained >= 0.8:
                weak = self._marks.get(("weak_cell", cell))
                if weak is None or weak.severity < Severity.ORANGE:
                    self._mark("self_discharge", cell, Severity.YELLOW, now, Method.GROWING_DEFICIT)

    def _own(self, cell: int, limits: CellLimits) -> bool:
        """Could no sense line, alone or shared with a neighbour, make this?"""
        assert self._book is not None
        level = self._book.counts(limits).level_mv
        shapes = self._book.shapes()
        if shapes.offset[cell] or mirrored(level, cell):
            return False
        return bool(shapes.follows[cell]) or level[cell] >= limits.sense_mv

    def _growth(self, cell: int) -> Growth | None:
        """How the cell's deficit grows, None with too few days."""
        assert self._book is not None
        day, deficit = self._book.history(cell)
        if not enough(day):
            return None
        _, mv = self._book.history(cell, "deviation_mv")
        return growth(day, self._book.depth(), deficit, -mv)

    def _mark(
        self, cause: str, cell: int, severity: Severity, now: Situation, method: Method
    ) -> None:
        """Latch: a mark only gets worse until evidence recovers it."""
        old = self._marks.get((cause, cell))
        if old is not None and old.recovered_ms is None and old.severity >= severity:
            return
        confidence = 0.9 if severity >= Severity.ORANGE else 0.6
        self._marks[cause, cell] = _Mark(
            cause=cause,
            cell=cell,
            severity=severity,
            since_ms=now.raised_ms,
            method=method,
            confidence=confidence,
        )
        for weaker in symptoms_of(cause):  # one root cause, not several
            self._clear(weaker, cell, None, now, below=Severity.ORANGE)

    def _clear(
        self,
        cause: str,
        cell: int,
        method: Method | None,
        now: Situation,
        below: Severity = Severity.RED,
    ) -> None:
        """Take a mark back because another explanation fits better."""
        mark = self._marks.get((cause, cell))
        if mark is None or mark.recovered_ms is not None or mark.severity >= below:
            return
        if method is None or mark.method == method:
            self._marks[cause, cell] = replace(mark, recovered_ms=now.raised_ms)

    def _recover(self, now: Situation, healed: Bools) -> None:
        """Close marks of cells that stood among their neighbours on enough later days."""
        for key, mark in self._marks.items():
            if mark.recovered_ms is None and mark.cell >= 0 and healed[mark.cell]:
                self._marks[key] = replace(mark, recovered_ms=now.raised_ms)

    # -- what is said -------------------------------------------------------------------------

    def findings(self) -> list[Finding]:
        """Findings as they stand now, worst first; recovered ones are marked as such."""
        found = [self._finding(mark) for mark in self._marks.values()]
        return sorted(found, key=lambda f: (-f.severity, f.since, f.cause, f.component))

    def summary(self) -> dict[str, object] | None:
        """The pack's cells in a few figures, None before the first quiet look."""
        if self._book is None or not len(self._book):
            return None
        lowest, highest = self._book.extremes()
        return {
            "count": self._book.cells,
            "lowest": self._name(lowest + 1),
            "highest": self._name(highest + 1),
            **self._book.summary(),
            "days": len(self._book),
            "late_rows": self.late_rows,
        }

    def _finding(self, mark: _Mark) -> Finding:
        assert self._book is not None
        assert self._as_of_ms is not None
        values: dict[str, float] = {}
        due: tuple[float, float] | None = None
        if mark.cell >= 0:
            values = self._values(mark.cell)
            if mark.severity >= Severity.ORANGE or mark.cause == "self_discharge":
                due = self._alarm_days(mark.cell)
        as_of = moment(self._as_of_ms)
        return Finding(
            cause=mark.cause,
            component=PACK if mark.cell < 0 else self._name(mark.cell + 1),
            severity=mark.severity,
            since=moment(mark.since_ms),
            as_of=as_of,
            confidence=mark.confidence,
            method=mark.method,
            values=values,
            limits=self._limits(),
            due_low=None if due is None else moment(int(self._as_of_ms + due[0] * 864e5)),
            due_high=None if due is None else moment(int(self._as_of_ms + due[1] * 864e5)),
            recovered=mark.recovered_ms is not None,
            evidence=Evidence.LITERATURE,
            chart=self._chart(mark.cell),
        )

    def _limits(self) -> dict[str, float]:
        limits = self._thresholds()
        return {
            "deviation_mv": -limits.mv,
            "deficit_pct": limits.deficit_pct,
            "z": -limits.z,
            "lone": -limits.lone,
        }

    def _values(self, cell: int) -> dict[str, float]:
        """The cell's last level, and how fast its deficit grows."""
        assert self._book is not None
        values = self._book.level(cell)
        fit = self._growth(cell)
        if fit is not None:
            values["growth_pct_per_day"] = round(fit.value, 4)
            values["growth_low"] = round(fit.low, 4)
            values["growth_high"] = round(fit.high, 4)
        return values

    def _alarm_days(self, cell: int) -> tuple[float, float] | None:
        """Days until the car's own alarm (low, high), None while nothing grows for certain."""
        assert self._book is not None
        fit = self._growth(cell)
        if fit is None or fit.jumped or fit.low <= 0:
            return None
        _, deficit = self._book.history(cell)
        now = float(np.median(deficit[-3:]))
        low, high = (max(level - now, 0.0) for level in ALARM_DEFICIT_PCT)
        return min(low / fit.high, FORECAST_DAYS), min(high / fit.low, FORECAST_DAYS)

    def _chart(self, cell: int) -> dict[str, tuple[list[int], list[float]]]:
        assert self._book is not None
        if cell < 0:
            return {}
        day, level = self._book.history(cell, "deviation_mv")
        ticks = [int(d * 86_400_000) for d in day]
        return {"deviation_mv": (ticks, [round(float(v), 1) for v in level])}
