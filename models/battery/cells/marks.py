"""Marks: suspicions about cells, latched.

    none --mark--> standing --worse mark--> standing (since then)
                      |--recover: evidence of days speaks against it
                      |--withdraw: another explanation fits better

A mark only gets worse until evidence recovers it, and takes back the milder ones it explains.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from domain.causes import symptoms_of
from domain.health import Severity
from domain.methods import Method, method_of
from models.battery.cells.day import Bools
from models.state import State

PACK_WIDE = -1
"""Instead of a cell's number: the pack as a whole."""
SURE, SUSPECTED = 0.9, 0.6
"""Confidence of a mark from orange on, and below; by judgement, not yet calibrated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One suspicion: cause, cell (from 0, or PACK_WIDE), and how it stood when it was raised.

    `since_ms` is the row at which `severity` was reached, `recovered_ms` that of its recovery.
    """

    cause: str
    cell: int
    severity: Severity
    since_ms: int
    method: Method
    confidence: float
    recovered_ms: int | None = None


class Marks:
    """All marks of one pack, at most one per cause and cell."""

    def __init__(self) -> None:
        self._marks: dict[tuple[str, int], Mark] = {}

    def __iter__(self) -> Iterator[Mark]:
        return iter(self._marks.values())

    def __len__(self) -> int:
        return len(self._marks)

    def clear(self) -> None:
        """Forget all: it is another pack."""
        self._marks.clear()

    def severity(self, cause: str, cell: int) -> Severity:
        """The severity last reached, recovered or not; INFO where there was no mark."""
        mark = self._marks.get((cause, cell))
        return Severity.INFO if mark is None else mark.severity

    def stands(self, cause: str, cell: int) -> bool:
        """Is there such a mark that has not recovered?"""
        mark = self._marks.get((cause, cell))
        return mark is not None and mark.recovered_ms is None

    def mark(self, cause: str, cell: int, severity: Severity, method: Method, at_ms: int) -> None:
        """Raise or worsen; a mark that stands as bad already is left as it is."""
        if self.stands(cause, cell) and self.severity(cause, cell) >= severity:
            return
        self._marks[cause, cell] = Mark(
            cause=cause,
            cell=cell,
            severity=severity,
            since_ms=at_ms,
            method=method,
            confidence=SURE if severity >= Severity.ORANGE else SUSPECTED,
        )
        for symptom in symptoms_of(cause):
            self.withdraw(symptom, cell, at_ms, below=Severity.ORANGE)

    def withdraw(
        self,
        cause: str,
        cell: int,
        at_ms: int,
        *,
        method: Method | None = None,
        below: Severity = Severity.RED,
    ) -> None:
        """Take back a mark (made by `method`) milder than `below`: something else explains it."""
        mark = self._marks.get((cause, cell))
        if mark is None or mark.recovered_ms is not None or mark.severity >= below:
            return
        if method is None or mark.method is method:
            self._marks[cause, cell] = replace(mark, recovered_ms=at_ms)

    def recover(self, healed: Bools, at_ms: int) -> None:
        """Close the marks of cells [cells] that stand among their neighbours again."""
        for key, mark in self._marks.items():
            if mark.recovered_ms is None and mark.cell != PACK_WIDE and healed[mark.cell]:
                self._marks[key] = replace(mark, recovered_ms=at_ms)

    def state(self) -> list[State]:
        """A snapshot for `restore`."""
        return [
            {**asdict(mark), "severity": int(mark.severity), "method": mark.method.value}
            for mark in self
        ]

    @classmethod
    def restore(cls, state: list[State]) -> Marks:
        """The marks as they were; methods of release 0.1.0 are read as their ids."""
        marks = cls()
        for row in state:
            typed = {"severity": Severity(row["severity"]), "method": method_of(row["method"])}
            mark = Mark(**{**row, **typed})
            marks._marks[mark.cause, mark.cell] = mark
        return marks
