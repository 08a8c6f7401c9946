"""Consents with purpose, term and the text that was agreed to."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from domain.consent import Purpose


class ConsentOut(BaseModel):
    """One recorded yes."""

    id: str = Field(examples=["c-0000000000001"])
    vehicle: str
    purpose: Purpose
    given_at: datetime
    until: datetime
    withdrawn_at: datetime | None
    in_force: bool
    text_hash: str


class Give(BaseModel):
    """A yes for a number of days; there is no "always"."""

    model_config = ConfigDict(extra="forbid")
    purpose: Purpose
    days: int = Field(ge=1, le=730, examples=[90])


class LookOut(BaseModel):
    """Somebody looked at the car."""

    at: datetime
    role: str
    centre: str | None
    what: str
    you: bool


class LookPage(BaseModel):
    """Looks, newest first."""

    items: list[LookOut]
    next: str | None
