"""Where an assessment run begins, what it goes on from and what it leaves behind. Pure.

    checkpoint stands       start = its edge,   resume_from = its state
    it is late or outdated  start = first day,  carry_from  = its state, for days without rows
    there is none           start = first day

`edge` is the midnight of the new checkpoint, None where the one that is stored stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.checkpoint import Checkpoint, Opening
from firmware_contracts.durations import DAY_MS
from models.base import moment
from models.examination import key_of
from models.state import State, StateUnreadable, decode

SETTLE = timedelta(hours=6)
"""A day is taken for finished when the car's data have moved this far beyond it: what a car sends
after a short silence is then not late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """A run over [start, end]; all times UTC, `start` and `edge` midnights."""

    start: datetime
    end: datetime
    resume_from: State | None = None
    carry_from: State | None = None
    edge: datetime | None = None


def plan_run(opening: Opening, now: datetime, *, afresh: bool = False) -> RunPlan | None:
    """The plan for a vehicle's stored days up to `now`; None for one that never reported.

    `afresh` is for a state that turned out to be of another shape: nothing is resumed.
    """
    if opening.span is None:
        return None
    first, end = midnight(opening.span[0]), min(opening.span[1], now)
    checkpoint, state = opening.checkpoint, _state(opening.checkpoint)
    resumed = None if afresh or not usable(opening, now) else state
    start = first if resumed is None or checkpoint is None else checkpoint.edge
    edge = max(midnight(end - SETTLE), start)
    past = checkpoint is not None and edge < checkpoint.edge  # a look into the past: what was
    return RunPlan(  # known later has no place in it, and the later checkpoint stays
        start=start,
        end=end,
        resume_from=resumed,
        carry_from=None if past or resumed is not None else state,
        edge=edge if edge > start and not past else None,
    )


def usable(opening: Opening, now: datetime) -> bool:
    """Is there a checkpoint, and has nothing come or changed that it does not know?"""
    checkpoint = opening.checkpoint
    if checkpoint is None or opening.late_from is not None:
        return False
    return checkpoint.edge <= now and checkpoint.key == key_of(opening.vehicle)


def midnight(at: datetime) -> datetime:
    """Start of the UTC day."""
    return moment(int(at.timestamp() * 1000) // DAY_MS * DAY_MS)


def _state(checkpoint: Checkpoint | None) -> State | None:
    """What it holds; None where nobody can read it any more."""
    if checkpoint is None:
        return None
    try:
        return decode(checkpoint.body)
    except StateUnreadable:
        return None
