"""plan_run: where a run begins, goes on and stops, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.checkpoint import Checkpoint, Opening
from domain.vehicle import Powertrain, Vehicle
from models.examination import key_of
from models.run_plan import SETTLE, plan_run
from models.state import State, encode

CAR = Vehicle(id=7, tenant_id=1, centre_id=None, powertrain=Powertrain.BEV)
STATE: State = {"rows": 3}
DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 1, 15, tzinfo=UTC)
DAY_1 = datetime(2026, 3, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return DAY_1 + (number - 1) * DAY


@dataclass(frozen=True, kw_only=True)
class Case:
    """A checkpoint's edge (None for none) and what came of it; days of March."""

    edge: float | None = None
    last: float = 10.5
    now: float = 11.0
    late: bool = False
    body: bytes = encode(STATE)
    key: str = key_of(CAR)
    afresh: bool = False
    start: float = 1
    resumes: bool = False
    carries: bool = False
    new_edge: float | None = 10


CASES = {
    "the first run reads all and remembers the finished days": Case(),
    "a checkpoint that stands is resumed": Case(edge=9, start=9, resumes=True),
    "nothing new is remembered on the same day": Case(
        edge=10, start=10, resumes=True, new_edge=None
    ),
    "late data begin at the first day and carry": Case(edge=9, late=True, carries=True),
    "another version begins at the first day and carries": Case(edge=9, key="old", carries=True),
    "a body that nobody can read is neither resumed nor carried": Case(edge=9, body=b"torn"),
    "a state of another shape is carried": Case(edge=9, afresh=True, carries=True),
    "a look into the past keeps the later checkpoint": Case(edge=9, now=5.5, new_edge=None),
    "a day counts as finished six hours later": Case(last=10.2, new_edge=9),
    "a car of one day has no finished day": Case(last=1.9, new_edge=None),
}


def opening(case: Case) -> Opening:
    checkpoint = None
    if case.edge is not None:
        checkpoint = Checkpoint(edge=day(case.edge), key=case.key, body=case.body)
    return Opening(
        vehicle=CAR,
        span=(FIRST, day(case.last)),
        checkpoint=checkpoint,
        late_from=day(2) if case.late else None,
    )


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_plan_run(case: Case) -> None:
    plan = plan_run(opening(case), day(case.now), afresh=case.afresh)
    assert plan is not None
    assert plan.start == day(case.start)
    assert plan.end == min(day(case.last), day(case.now))
    assert plan.resume_from == (STATE if case.resumes else None)
    assert plan.carry_from == (STATE if case.carries else None)
    assert plan.edge == (None if case.new_edge is None else day(case.new_edge))


def test_plan_run_has_none_for_a_car_that_never_reported() -> None:
    assert plan_run(Opening(vehicle=CAR, span=None), day(3)) is None


def test_settle_is_shorter_than_a_day() -> None:
    assert timedelta(0) < SETTLE < DAY
