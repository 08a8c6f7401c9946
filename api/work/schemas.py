"""Work orders as owners and workshops see them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from store.people.rows.work import OrderState


class StepOut(BaseModel):
    """One step of the way."""

    at: datetime
    state: str
    note: str


class ExtraOut(BaseModel):
    """Work found on the way; done only after your yes."""

    id: str = Field(examples=["x-0000000000001"])
    service: str
    name: dict[str, str]
    price_fen: int
    why: str
    state: str = Field(examples=["asked"])


class OrderOut(BaseModel):
    """One work order."""

    id: str = Field(examples=["w-0000000000001"])
    offer: str
    vehicle: str
    make: str
    model: str
    state: OrderState
    services: list[str]
    names: list[dict[str, str]]
    title: dict[str, str]
    agreed_fen: int
    total_fen: int = Field(description="Agreed, and every extra with a yes")
    start: datetime | None
    end: datetime | None
    technician: str | None = None
    outcome: str | None
    rating: int | None
    next_states: list[str]
    steps: list[StepOut] = []
    extras: list[ExtraOut] = []


class Move(BaseModel):
    """The next state. `done` needs an outcome."""

    model_config = ConfigDict(extra="forbid")
    state: OrderState
    note: str = Field(default="", max_length=1000)
    outcome: Literal["confirmed", "not_found", "done"] | None = None


class AskExtra(BaseModel):
    """More work, from the catalogue at its published price or below."""

    model_config = ConfigDict(extra="forbid")
    service: str = Field(max_length=60, examples=["brake_fluid"])
    price_fen: int | None = Field(default=None, ge=0, le=100_000_000)
    why: str = Field(default="", max_length=500)


class Answer(BaseModel):
    """Your yes or no."""

    model_config = ConfigDict(extra="forbid")
    yes: bool


class Rate(BaseModel):
    """One to five."""

    model_config = ConfigDict(extra="forbid")
    rating: int = Field(ge=1, le=5)
    note: str = Field(default="", max_length=1000)


class BayTimeOut(BaseModel):
    """Bay time of a centre, taken or free."""

    id: str = Field(examples=["s-0000000000001"])
    start: datetime
    end: datetime
    skills: list[str] = Field(examples=[["general", "hv"]])
    bay: str
    taken: bool


class NoteOut(BaseModel):
    """A note of a call, and who wrote it."""

    at: datetime
    body: str
    name: str | None


class QueueItem(BaseModel):
    """One open alert of the queue, with why it stands where it stands."""

    alert: str
    vehicle: str
    make: str
    model: str
    powertrain: str
    cause: str
    component: str
    title: dict[str, str]
    severity: str
    confidence: float = Field(description="The rule's own judgement, not measured: see certainty")
    certainty: dict[str, str] = Field(examples=[{"zh": "迹象明确", "en": "clear signs"}])
    since: datetime
    due_low: datetime | None
    historical: bool
    seen_at: datetime | None
    acknowledged: bool
    snoozed: bool
    rescue: bool
    offer: str | None
    offer_state: str | None
    order: str | None
    order_state: str | None
    priority: float
    because: list[dict[str, str]] = Field(
        examples=[[{"zh": "6天后到期 +24", "en": "due in 6 days +24"}]]
    )


class CentreOut(BaseModel):
    """One centre's counts, with rates and their 90 % intervals."""

    name: str
    title: str
    vehicles: int
    alerts_open: int
    offers: int
    accepted: int
    declined: int
    done: int
    confirmed: int
    not_found: int
    wrong_share: float | None
    wrong_low: float
    wrong_high: float
    accept_share: float | None
    accept_low: float
    accept_high: float
    rating: float | None
    ratings: int


class CohortCarOut(BaseModel):
    """One car of a cohort; battery health in per cent with its bounds, null while not measured."""

    vehicle: str = Field(examples=["v-0000000000001"])
    soh: float | None
    low: float | None
    high: float | None


class CohortRow(BaseModel):
    """Cars of one make, model and year together.

    For callers who may see no single car: no cars, no extremes, and null where fewer than ten
    cars stand behind a figure.
    """

    cohort: str = Field(examples=["Demo EV 2022 (bev)"])
    vehicles: int | None
    with_soh: int | None
    median: float | None
    low: float | None
    high: float | None
    cars: list[CohortCarOut]
