"""The cell watch: odd cells told apart, causal, streaming, cheap enough for every upload.

    rows -> observations (one an hour) -> days -> marks per cell -> findings

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

import numpy as np

from domain.health import Finding, Severity
from domain.methods import Method
from domain.vehicle import Chemistry
from models.base import Array
from models.battery.cells.cell_findings import CellFindings, cell_growth
from models.battery.cells.counts import Counts
from models.battery.cells.day_book import DayBook
from models.battery.cells.limits import LIMITS, TYPICAL_MOHM_AH, CellLimits, guess_chemistry
from models.battery.cells.marks import PACK_WIDE, Marks
from models.battery.cells.neighbours import mirrored, paired
from models.battery.cells.observations import DEFAULT_AH, HourlyObservations, Observation
from models.battery.cells.top_of_charge import TOP_DAYS
from models.battery.pack_rows import PackRows
from models.state import State

CAUSES = frozenset(
    {"weak_cell", "cell_imbalance", "self_discharge", "internal_short", "cell_sensor"}
)
YELLOW, ORANGE = Severity.YELLOW, Severity.ORANGE
SELF_DISCHARGE_PCT_DAY = 0.02
"""Lower bound of growth from which a cell leaks: 1 mA of a cell of 120 Ah, the mildest of the
internal shorts of 1-50 mA (0.02-1 % a day)."""
SHORT_PCT_DAY = 0.15
"""The same for a suspected short: 7.5 mA of 120 Ah; by judgement, well inside that range."""
SHORT_MV_SHARE = 0.5
"""A short must also grow in millivolts, by this share of what its points make on the mean slope of
the rest curve; by judgement: half, because the slope itself is only known on average."""
SHORT_GAINED_PCT, LEAK_GAINED_PCT = 1.5, 0.8
"""Points gained over the record before a short, or a leak, is said; by judgement: above the scatter
of a day's deficit, which is some tenths of a point."""
ODD_DAYS = 2
"""Days on which a cell stood out before anything is said of its level; by judgement: one day may be
one odd charge."""
ODD_BANDS = 2
"""Bands of charge of a yellow mark; by judgement: in one band alone it may be the curve's shape."""


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
        self._hours = HourlyObservations(self._rated_ah)
        self._chemistry = chemistry
        self._book = DayBook(0)  # of no cells, until some are seen
        self._name = name
        self._marks = Marks()
        self._as_of_ms = 0

    def state(self) -> State:
        """A snapshot for `restore`: a restored watch goes on exactly like this one."""
        return {
            "chemistry": self._chemistry.value,
            "rated_ah": self._rated_ah,
            "as_of_ms": self._as_of_ms,
            "situations": self._hours.state(),
            "book": self._book.state() if self._book.cells else None,
            "marks": self._marks.state(),
        }

    @classmethod
    def restore(cls, state: State, *, name: Callable[[int], str] = "cell_{}".format) -> CellWatch:
        """The watch as it was. `name` is no part of a state."""
        watch = cls(chemistry=Chemistry(state["chemistry"]), rated_ah=state["rated_ah"], name=name)
        watch._hours = HourlyObservations.restore(state["situations"], state["rated_ah"])
        watch._as_of_ms = state["as_of_ms"] or 0
        if state["book"] is not None:
            watch._book = DayBook.restore(state["book"])
        watch._marks = Marks.restore(state["marks"])
        return watch

    @property
    def late_rows(self) -> int:
        """Rows that came after their hour was closed: counted, not used."""
        return self._hours.late_rows

    @property
    def cells(self) -> int:
        """How many cells the pack has, 0 before any was seen."""
        return self._book.cells

    @property
    def days(self) -> int:
        """Days on record, the open one included."""
        return len(self._book)

    def update(self, rows: PackRows) -> None:
        """Fold rows in. Cutting the same rows into other chunks changes nothing."""
        for observation in self._hours.update(rows):
            self._observe(observation)

    def _observe(self, hour: Observation) -> None:
        """Enter one hour, and mark what it made clear."""
        before = self._limits()
        self._chemistry = guess_chemistry(hour.voltage_v, hour.soc_pct, self._chemistry)
        limits, cells = self._limits(), len(hour.deviation_mv)
        if self._book.cells != cells or limits is not before:
            self._book = DayBook(cells)  # another pack, or judged by the wrong limits: afresh
            self._marks.clear()
        entry = self._book.add(hour, limits)
        if entry is None:
            return
        self._as_of_ms = hour.raised_ms
        if not all(map(self._settled, entry.odd)):
            self._mark_levels(limits)
        if entry.new_day:
            self._mark_days(limits)
            self._mark_growth(limits)

    def _limits(self) -> CellLimits:
        """Those of the chemistry; an unknown one is watched like the commonest."""
        return LIMITS.get(self._chemistry, LIMITS[Chemistry.NMC])

    def _settled(self, cell: int) -> bool:
        """Nothing that a further hour's level could add: it is orange already."""
        weak = self._marks.stands("weak_cell", cell)
        orange = weak and self._marks.severity("weak_cell", cell) >= ORANGE
        return orange or self._marks.stands("internal_short", cell)

    def _explained(self, cell: int) -> bool:
        """Does a sense line or a short already explain whatever this cell shows?"""
        return self._marks.stands("cell_sensor", cell) or self._marks.stands("internal_short", cell)

    def _mark(self, cause: str, cell: int, severity: Severity, method: Method) -> None:
        self._marks.mark(cause, cell, severity, method, self._as_of_ms)

    # -- what an hour shows -------------------------------------------------------------------

    def _mark_levels(self, limits: CellLimits) -> None:
        """Standing deviations: weak, high, sensor."""
        count = self._book.counts(limits)
        odd = (count.days_low >= ODD_DAYS) | (count.days_high >= ODD_DAYS)
        if odd.any():
            for cell in paired(count.level_mv, odd):
                self._mark("cell_sensor", cell, YELLOW, Method.SHARED_SENSE_WIRE)
            self._mark_low(count, limits)
            self._mark_high(count, limits)
        self._mark_far_below(count)
        for cell in np.flatnonzero(count.stuck).tolist():
            self._mark("cell_sensor", cell, YELLOW, Method.STUCK_READING)

    def _mark_low(self, count: Counts, limits: CellLimits) -> None:
        """Low cells on several days: orange only where no sense line alone could explain it."""
        shapes = self._book.shapes()
        for cell in np.flatnonzero(count.days_low >= ODD_DAYS).tolist():
            if shapes.offset[cell]:
                self._mark("cell_sensor", cell, YELLOW, Method.CONSTANT_OFFSET)
            elif shapes.follows[cell]:
                offset = Method.CONSTANT_OFFSET
                self._marks.withdraw("cell_sensor", cell, self._as_of_ms, method=offset)
            if self._explained(cell):
                continue
            bands = int(count.mask_low[cell]).bit_count()
            enough = limits.bands - bool(shapes.follows[cell])  # a shape speaks of charges as well
            often = count.days_low[cell] >= limits.days and bands >= enough
            sure = shapes.follows[cell] or count.level_mv[cell] >= limits.sense_mv
            method = Method.SMALL_CAPACITY if shapes.small[cell] else Method.STANDING_CHARGE_DEFICIT
            if often and sure:
                self._mark("weak_cell", cell, ORANGE, method)
            elif bands >= ODD_BANDS:
                self._mark("weak_cell", cell, YELLOW, method)

    def _mark_high(self, count: Counts, limits: CellLimits) -> None:
        """High cells limit the charge but are not weak; a steady offset is their sense line's."""
        offset = self._book.shapes().offset
        for cell in np.flatnonzero(count.days_high >= limits.days).tolist():
            bands = int(count.mask_high[cell]).bit_count()
            if offset[cell]:
                self._mark("cell_sensor", cell, YELLOW, Method.CONSTANT_OFFSET)
            elif bands >= ODD_BANDS and not self._marks.stands("cell_sensor", cell):
                self._mark("cell_imbalance", cell, YELLOW, Method.STANDING_CHARGE_SURPLUS)

    def _mark_far_below(self, count: Counts) -> None:
        """Very low, or behind on full charges: orange without waiting for more days."""
        small = self._book.shapes().small
        for cell in np.flatnonzero(count.large_low).tolist():
            if not self._explained(cell):
                method = Method.SMALL_CAPACITY if small[cell] else Method.LARGE_CHARGE_DEFICIT
                self._mark("weak_cell", cell, ORANGE, method)
        for cell in np.flatnonzero(self._book.tops.days >= TOP_DAYS).tolist():
            if not self._explained(cell):
                self._mark("weak_cell", cell, ORANGE, Method.NOT_FULL_WITH_OTHERS)

    # -- what whole days show -----------------------------------------------------------------

    def _mark_days(self, limits: CellLimits) -> None:
        """Load, spread, and what has gone again."""
        self._mark_load(self._book.extra_ohms(limits), limits)
        if self._book.spread_days(limits) >= ODD_DAYS:
            self._mark("cell_imbalance", PACK_WIDE, YELLOW, Method.PACK_SPREAD)
        if len(self._marks):
            self._marks.recover(self._book.healed(limits), self._as_of_ms)

    def _mark_load(self, extra_mohm: Array, limits: CellLimits) -> None:
        """Cells that sink under load: resistance well above a healthy cell's, day after day."""
        typical = TYPICAL_MOHM_AH / self._rated_ah
        for cell in np.flatnonzero(extra_mohm >= limits.ohm_share * typical).tolist():
            severe = extra_mohm[cell] >= limits.ohm_severe * typical
            if not self._marks.stands("cell_sensor", cell):
                self._mark("weak_cell", cell, ORANGE if severe else YELLOW, Method.HIGH_RESISTANCE)

    def _mark_growth(self, limits: CellLimits) -> None:
        """Deficits that grow over days, once the depth of discharge is accounted for."""
        for cell in self._book.growing_candidates(limits):
            weak = self._marks.severity("weak_cell", cell) >= ORANGE
            fit = None if self._explained(cell) else cell_growth(self._book, cell)
            if fit is None or fit.jumped or fit.low_mv_day < limits.growth_mv_day:
                continue
            short_mv_day = SHORT_MV_SHARE * SHORT_PCT_DAY * limits.slope_default
            fast = fit.low >= SHORT_PCT_DAY and fit.gained >= SHORT_GAINED_PCT
            if fast and fit.low_mv_day >= short_mv_day and self._own(cell, limits):
                self._mark("internal_short", cell, ORANGE, Method.FAST_SELF_DISCHARGE)
            elif fit.low >= SELF_DISCHARGE_PCT_DAY and fit.gained >= LEAK_GAINED_PCT and not weak:
                self._mark("self_discharge", cell, YELLOW, Method.GROWING_DEFICIT)

    def _own(self, cell: int, limits: CellLimits) -> bool:
        """Could no sense line, alone or shared with a neighbour, make this?"""
        level = self._book.counts(limits).level_mv
        shapes = self._book.shapes()
        if shapes.offset[cell] or mirrored(level, cell):
            return False
        return bool(shapes.follows[cell]) or level[cell] >= limits.sense_mv

    # -- what is said -------------------------------------------------------------------------

    def findings(self) -> list[Finding]:
        """Findings as they stand now, worst first; recovered ones are marked as such."""
        cells = CellFindings(
            book=self._book, limits=self._limits(), as_of_ms=self._as_of_ms, name=self._name
        )
        findings = [cells.finding(mark) for mark in self._marks]
        return sorted(findings, key=lambda f: (-f.severity, f.since, f.cause, f.component))

    def summary(self) -> dict[str, object] | None:
        """The pack's cells in a few figures, None before the first quiet hour."""
        if not len(self._book):
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
