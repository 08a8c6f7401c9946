"""Reports of one moment put together: cells beyond 200 come in several frames of equal time.

    frame 1  t  vehicle, cells 1-200 of 350      waits
    frame 2  t  cells 201-350                    -> one moment, one row

Rows of equal time would shadow each other, so an incomplete page waits for its neighbours, for
`LONGEST_S` at most. Everything else passes at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware_contracts.gbt32960.frame import Frame
from firmware_contracts.gbt32960.layout import Body
from firmware_contracts.gbt32960.report import Report
from ingest.bounds import utc_ms
from ingest.gbt32960.readings import first_of, pages, total_of

LONGEST_S = 2.0
"""How long a frame waits for its partner of the same second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Frames of one vehicle and one time, of one command, and what they report."""

    frames: tuple[Frame, ...]
    reports: tuple[Report, ...] = field(repr=False)

    @property
    def clock(self) -> bytes:
        """Their time."""
        return self.reports[0].clock

    @property
    def content(self) -> bytes:
        """The data units, without anything of their envelopes."""
        return b"".join(frame.data for frame in self.frames)

    @property
    def complete(self) -> bool:
        """True where every subsystem's pages hold all its cells."""
        wanted: dict[int, int] = {}
        shown: dict[int, int] = {}
        for page in pages(self.reports, "cells"):
            number = page.raw("number")
            wanted[number] = max(wanted.get(number, 0), total_of(page))
            shown[number] = shown.get(number, 0) + len(page.series("voltages"))
        return all(shown[number] >= wanted[number] for number in wanted)


class Moments:
    """Of one vehicle on one connection."""

    def __init__(self) -> None:
        self._open: Moment | None = None
        self._since = 0.0

    def add(self, frame: Frame, report: Report, at: float) -> list[Moment]:
        """Moments that are ready now; `at` is any monotonic clock in seconds."""
        ready: list[Moment] = []
        held = self._open
        if held is not None and not _joins(held, frame, report):
            ready += self.flush()
            held = None
        moment = Moment(
            frames=(*(held.frames if held else ()), frame),
            reports=(*(held.reports if held else ()), report),
        )
        if moment.complete:
            self._open = None
            return [*ready, moment]
        self._open, self._since = moment, self._since if held else at
        return ready

    def flush(self, before: float | None = None) -> list[Moment]:
        """What waits, complete or not; with `before` only if it began before that time."""
        if self._open is None or (before is not None and self._since >= before):
            return []
        ready, self._open = [self._open], None
        return ready


def _joins(held: Moment, frame: Frame, report: Report) -> bool:
    """Same time and command, and its pages are none that are there already."""
    if report.clock != held.clock or frame.command != held.frames[0].command:
        return False
    there = {_place(page) for page in pages(held.reports, "cells")}
    new = {_place(page) for page in pages([report], "cells")}
    return bool(new) and not there & new


def _place(page: Body) -> tuple[int, int]:
    return page.raw("number"), first_of(page)


def event_ms(moment: Moment) -> int | None:
    """Event time, ms UTC; None for six bytes that are on no calendar."""
    time = moment.reports[0].time
    return None if time is None else utc_ms(time)
