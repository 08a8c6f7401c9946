"""The assessment run: read a vehicle's days, ask every family, keep the answer, move the alerts.

    checkpoint (start of a UTC day) -> days since -> new checkpoint -> the unfinished day -> judge

The only file of this room that meets the store. The same days give the same assessment and leave
the alert book in the same place, whenever and however often it runs, and wherever it began: a run
that goes on from a checkpoint ends exactly where one from the first day does. Data that came late
for a day before the checkpoint make it invalid, and the run begins at the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.checkpoint import Checkpoint, Opening
from domain.errors import GiveUp, NotFound
from domain.health import Assessment
from domain.ports import AlertBook, AssessmentBook, WindowSource
from domain.readings import Day
from models.alerting import decide
from models.base import Family, moment
from models.battery.family import BatteryFamily
from models.battery.pack_rows import DAY_MS
from models.examination import Examination, key_of
from models.maintenance.family import MaintenanceFamily
from models.state import State, StateUnreadable, decode, encode

FAMILIES: tuple[Family, ...] = (BatteryFamily(), MaintenanceFamily())
PIECE = timedelta(days=30)
"""Days are read in pieces of this length, so that a long life fits in little memory."""
SETTLE = timedelta(hours=6)
"""A day is taken for finished when the car's data have moved this far beyond it: what a car sends
after a short silence is then not late."""
MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What `assess_due` did: vehicles assessed, alerts changed, and what was given up on, why."""

    assessed: int = 0
    changed: int = 0
    failed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """An assessment, and the checkpoint to keep with it; None where the old one stands."""

    assessment: Assessment
    checkpoint: Checkpoint | None = None


def assess_vehicle(
    windows: WindowSource,
    book: AssessmentBook,
    alerts: AlertBook,
    vehicle_id: int,
    now: datetime,
    *,
    families: Sequence[Family] = FAMILIES,
) -> Assessment:
    """Assess one vehicle from everything stored up to `now`, save it, apply the alert changes.

    Raises NotFound for an unknown vehicle; store errors pass through.
    """
    assessment, _ = _assess(windows, book, alerts, vehicle_id, now, families)
    return assessment


def assess_due(
    windows: WindowSource,
    book: AssessmentBook,
    alerts: AlertBook,
    now: datetime,
    *,
    limit: int = 100,
    families: Sequence[Family] = FAMILIES,
) -> Run:
    """Assess up to `limit` vehicles with new data. One that cannot be assessed stops no other."""
    assessed, changed, failed = 0, 0, {}
    for vehicle_id in book.due(limit):
        try:
            _, changes = _assess(windows, book, alerts, vehicle_id, now, families)
        except (GiveUp, ValueError, ArithmeticError) as error:
            failed[vehicle_id] = f"{type(error).__name__}: {error}"
            continue
        assessed += 1
        changed += changes
    return Run(assessed=assessed, changed=changed, failed=failed)


def _assess(
    windows: WindowSource,
    book: AssessmentBook,
    alerts: AlertBook,
    vehicle_id: int,
    now: datetime,
    families: Sequence[Family],
) -> tuple[Assessment, int]:
    opening = book.open(vehicle_id)
    if opening is None:
        raise NotFound(f"vehicle {vehicle_id} is not registered")
    previous = None if usable(opening, now) else book.latest(vehicle_id)
    examined = examine(windows, opening, now, previous=previous, families=families)
    assessment = examined.assessment
    known = alerts.all_alerts(vehicle_id)
    open_ = [a for a in known if a.closed_at is None]
    closed = [a for a in known if a.closed_at is not None]
    changes = decide(assessment, open_, now, closed)
    if changes:
        alerts.apply(changes, now)
    # last: a run that dies before it stays due and is done again
    book.save(assessment, examined.checkpoint)
    return assessment, len(changes)


def examine(
    windows: WindowSource,
    opening: Opening,
    now: datetime,
    *,
    previous: Assessment | None = None,
    families: Sequence[Family] = FAMILIES,
) -> Examined:
    """What all families say about the stored days of a vehicle; writes nothing.

    `previous` is the last assessment, needed where the checkpoint is of no use.
    """
    vehicle, span = opening.vehicle, opening.span
    case = Examination(vehicle, families)
    if span is None or case.silent:
        return Examined(assessment=Examination(vehicle, ()).conclude(span[1] if span else now))
    start, end = _midnight(span[0]), min(span[1], now)
    old, before = opening.checkpoint, _state(opening.checkpoint)
    if old is not None and before is not None and usable(opening, now) and case.resumed(before):
        start, before = old.edge, None
    else:
        case = Examination(vehicle, families)
    edge = max(_midnight(end - SETTLE), start)
    if old is not None and edge < old.edge:
        before = None  # a look into the past: what was known later has no place in it
    wanted, new = edge > start and (old is None or edge >= old.edge), None
    for day in _days(windows, vehicle.id, case, start, end + MOMENT):
        if new is None and wanted and day.window.start_ms >= edge.timestamp() * 1000:
            new = _settled(case, edge, before)
        case.add(day)
    if new is None and wanted:
        new = _settled(case, edge, before)
    return Examined(assessment=case.conclude(end, previous), checkpoint=new)


def _settled(case: Examination, edge: datetime, before: State | None) -> Checkpoint:
    """All finished days are in: take over what only `before` still knows, and remember."""
    if before is not None:
        case.carry(before)
    return Checkpoint(edge=edge, key=case.key, body=encode(case.state()))


def usable(opening: Opening, now: datetime) -> bool:
    """Is there a checkpoint, and has nothing come or changed that it does not know?"""
    found = opening.checkpoint
    if found is None or opening.late_from is not None:
        return False
    return found.edge <= now and found.key == key_of(opening.vehicle)


def _state(checkpoint: Checkpoint | None) -> State | None:
    """What it holds; None where nobody can read it any more."""
    if checkpoint is None:
        return None
    try:
        return decode(checkpoint.body)
    except StateUnreadable:
        return None


def _days(
    windows: WindowSource, vehicle_id: int, case: Examination, start: datetime, end: datetime
) -> Iterator[Day]:
    """Days with anything on them over [start, end), a piece at a time."""
    while start < end:
        stop = min(start + PIECE, end)
        yield from windows.days(
            vehicle_id, case.signals, case.records, start, stop, parts=case.parts
        )
        start = stop


def _midnight(at: datetime) -> datetime:
    """Start of the UTC day."""
    return moment(int(at.timestamp() * 1000) // DAY_MS * DAY_MS)
