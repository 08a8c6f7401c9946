"""Alerts: what, since when, how sure, the evidence, what happens if it is left."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class AlertOut(BaseModel):
    """One alert."""

    id: str = Field(examples=["a-0000000000001"])
    vehicle: str = Field(examples=["v-0000000000001"])
    cause: str = Field(examples=["weak_cell"])
    component: str = Field(examples=["V_1"])
    severity: str = Field(examples=["orange"])
    state: str = Field(examples=["open"])
    since: datetime
    as_of: datetime
    confidence: float = Field(
        ge=0, le=1, description="The rule's own judgement, not measured: people read `certainty`"
    )
    certainty: dict[str, str] = Field(examples=[{"zh": "迹象明确", "en": "clear signs"}])
    historical: bool
    occurrences: int
    values: dict[str, float]
    limits: dict[str, float]
    method: str
    due_low: datetime | None
    due_high: datetime | None
    acknowledged_at: datetime | None
    snoozed_until: datetime | None
    closed_at: datetime | None
    rescue: bool
    experimental: bool
    title: dict[str, str] = Field(examples=[{"zh": "单体电压偏低", "en": "Weak battery cell"}])
    what: dict[str, str]
    if_ignored: dict[str, str]


class SeriesEvidence(BaseModel):
    """One series of the evidence chart."""

    name: str
    t_ms: list[int]
    values: list[float | None]


class StepOut(BaseModel):
    """What happened to the alert."""

    kind: str = Field(examples=["raise"])
    at: datetime
    severity: str
    why: str


class AlertDetail(AlertOut):
    """With evidence and history."""

    chart: list[SeriesEvidence]
    steps: list[StepOut]
    no_offer: str | None = Field(default=None, description="Why there is no offer for it")


class AlertPage(BaseModel):
    """Alerts by last change, newest first."""

    items: list[AlertOut]
    next: str | None


class Act(BaseModel):
    """What you do to an alert. Snoozing needs `until`; a red alert can be neither snoozed nor
    called wrong: it needs evidence."""

    model_config = ConfigDict(extra="forbid")
    action: Literal["acknowledge", "snooze", "resolve", "wrong"]
    until: Annotated[AwareDatetime | None, Field(description="At most 30 days ahead")] = None
    why: str = Field(default="", max_length=500)
