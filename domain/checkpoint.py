"""Where an assessment left off, so that the next one need not begin at the beginning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.vehicle import Vehicle


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What models remembered of all that happened before `edge`, the start of a UTC day.

    `key` names what the body depends on besides the data (version of the models, facts of the
    vehicle); only whoever wrote the body can read it.
    """

    edge: datetime
    key: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a run starts from, all of one moment: the asset, first and last event time, and where
    the last run left off.

    `late_from` is the earliest event time that came since, but belongs before the checkpoint's
    edge: the checkpoint does not know it and is good for nothing but its old findings.
    """

    vehicle: Vehicle
    span: tuple[datetime, datetime] | None = None
    checkpoint: Checkpoint | None = None
    late_from: datetime | None = None
