"""The assessment run: read a vehicle's windows, ask every family, keep the answer, move the alerts.

The only file of this room that meets the store. It remembers nothing: the same rows give the same
assessment and leave the alert book in the same place, whenever and however often it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.errors import GiveUp, NotFound
from domain.health import Assessment
from domain.ports import AlertBook, AssessmentBook, WindowSource
from domain.readings import Window
from domain.vehicle import Vehicle
from models.alerting import decide
from models.base import MODEL_VERSION, Case, Digest, Family, Judgement, moment
from models.battery.judge import BatteryFamily
from models.maintenance.judge import MaintenanceFamily

FAMILIES: tuple[Family, ...] = (BatteryFamily(), MaintenanceFamily())
PIECE = timedelta(days=30)
"""Windows are read in pieces of this length, so that a long life fits in little memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What `assess_due` did: vehicles assessed, alerts changed, and what was given up on, why."""

    assessed: int = 0
    changed: int = 0
    failed: dict[int, str] = field(default_factory=dict)


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
    vehicle = book.vehicle(vehicle_id)
    if vehicle is None:
        raise NotFound(f"vehicle {vehicle_id} is not registered")
    assessment = examine(windows, vehicle, now, previous=book.latest(vehicle_id), families=families)
    known = alerts.all_alerts(vehicle_id)
    open_ = [a for a in known if a.closed_at is None]
    closed = [a for a in known if a.closed_at is not None]
    changes = decide(assessment, open_, now, closed)
    if changes:
        alerts.apply(changes, now)
    book.save(assessment)  # last: a run that dies before it stays due and is done again
    return assessment, len(changes)


def examine(
    windows: WindowSource,
    vehicle: Vehicle,
    now: datetime,
    *,
    previous: Assessment | None = None,
    families: Sequence[Family] = FAMILIES,
) -> Assessment:
    """What all families say about the stored rows of a vehicle; writes nothing."""
    span = windows.span(vehicle.id)
    opened = [(f, case) for f in families if (case := f.open(vehicle)) is not None]
    if span is None or not opened:
        return _nothing(vehicle, now if span is None else span[1])
    start, end = span[0], min(span[1], now)
    seen = Digest(MODEL_VERSION, vehicle)
    rows, last_ms = 0, None
    for window in _pieces(windows, vehicle.id, [f for f, _ in opened], start, end):
        seen.window(window)
        rows += len(window.ticks_ms)
        last_ms = int(window.ticks_ms[-1]) if len(window.ticks_ms) else last_ms
        for _, case in opened:
            case.add(window)
    verdicts = [_judge(windows, vehicle.id, f, case, start, end, seen) for f, case in opened]
    from_ms = int(start.timestamp() * 1000)
    return _united(
        vehicle,
        end if last_ms is None else moment(last_ms),
        seen.text(),
        verdicts,
        facts={"from_ms": from_ms, "rows": rows, "history_lost": _lost(from_ms, previous)},
    )


def _pieces(
    windows: WindowSource,
    vehicle_id: int,
    families: Sequence[Family],
    start: datetime,
    end: datetime,
) -> Iterator[Window]:
    signals = sorted({name for family in families for name in family.signals})
    parts = any(family.parts for family in families)
    beyond = end + timedelta(milliseconds=1)
    while start < beyond:
        stop = min(start + PIECE, beyond)
        yield windows.read(vehicle_id, signals, start, stop, cells=parts, probes=parts)
        start = stop


def _judge(
    windows: WindowSource,
    vehicle_id: int,
    family: Family,
    case: Case,
    start: datetime,
    end: datetime,
    seen: Digest,
) -> Judgement:
    beyond = end + timedelta(milliseconds=1)
    records = {kind: windows.records(vehicle_id, kind, start, beyond) for kind in family.records}
    events = windows.events(vehicle_id, start, beyond)
    seen.add(records, events)
    return case.judge(records, events)


def _lost(from_ms: int, previous: Assessment | None) -> bool:
    """Did an earlier run see rows that are gone now (retention)?"""
    if previous is None:
        return False
    before = previous.facts.get("from_ms")
    known = isinstance(before, int | float) and before < from_ms
    return known or bool(previous.facts.get("history_lost"))


def _united(
    vehicle: Vehicle,
    as_of: datetime,
    digest: str,
    verdicts: Sequence[Judgement],
    facts: dict[str, object],
) -> Assessment:
    return Assessment(
        vehicle_id=vehicle.id,
        as_of=as_of,
        model_version=MODEL_VERSION,
        input_digest=digest,
        answers={name: a for v in verdicts for name, a in v.answers.items()},
        findings=tuple(f for v in verdicts for f in v.findings),
        facts={**{name: f for v in verdicts for name, f in v.facts.items()}, **facts},
        assessed_causes=frozenset().union(*(v.causes for v in verdicts)),
    )


def _nothing(vehicle: Vehicle, as_of: datetime) -> Assessment:
    """The assessment of a car that never reported, or that no family knows."""
    return Assessment(
        vehicle_id=vehicle.id,
        as_of=as_of,
        model_version=MODEL_VERSION,
        input_digest=Digest(MODEL_VERSION, vehicle).text(),
        answers={},
    )
