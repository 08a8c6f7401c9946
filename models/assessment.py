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
from models.base import Family
from models.battery.family import BatteryFamily
from models.examination import Examination
from models.maintenance.family import MaintenanceFamily
from models.maintenance.trouble_codes import TroubleCodesFamily
from models.run_plan import RunPlan, plan_run, usable
from models.state import encode

FAMILIES: tuple[Family, ...] = (BatteryFamily(), MaintenanceFamily(), TroubleCodesFamily())
PIECE = timedelta(days=30)
"""Days are read in pieces of this length, so that a long life fits in little memory."""
MOMENT = timedelta(milliseconds=1)
"""Resolution of stored times: what was measured at the end itself is read as well."""


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
    plan = plan_run(opening, now)
    if plan is None or Examination(opening.vehicle, families).silent:
        last = now if opening.span is None else opening.span[1]
        return Examined(assessment=Examination(opening.vehicle, ()).conclude(last))
    case = Examination(opening.vehicle, families)
    if plan.resume_from is not None and not case.resumed(plan.resume_from):
        plan = plan_run(opening, now, afresh=True) or plan
        case = Examination(opening.vehicle, families)
    checkpoint = run(windows, case, plan)
    return Examined(assessment=case.conclude(plan.end, previous), checkpoint=checkpoint)


def run(windows: WindowSource, case: Examination, plan: RunPlan) -> Checkpoint | None:
    """Feed the plan's days to the case; the checkpoint taken at the plan's edge, if it has one."""
    checkpoint = None
    for day in _days(windows, case, plan.start, plan.end + MOMENT):
        if checkpoint is None and _at_edge(plan, day):
            checkpoint = _settled(case, plan)
        case.add(day)
    return checkpoint or _settled(case, plan)


def _at_edge(plan: RunPlan, day: Day) -> bool:
    return plan.edge is not None and day.window.start_ms >= plan.edge.timestamp() * 1000


def _settled(case: Examination, plan: RunPlan) -> Checkpoint | None:
    """All finished days are in: take over what only `carry_from` still knows, and remember."""
    if plan.edge is None:
        return None
    if plan.carry_from is not None:
        case.carry(plan.carry_from)
    return Checkpoint(edge=plan.edge, key=case.key, body=encode(case.state()))


def _days(
    windows: WindowSource, case: Examination, start: datetime, end: datetime
) -> Iterator[Day]:
    """Days with anything on them over [start, end), a piece at a time."""
    while start < end:
        stop = min(start + PIECE, end)
        yield from windows.days(
            case.vehicle_id, case.signals, case.records, start, stop, parts=case.parts
        )
        start = stop
