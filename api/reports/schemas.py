"""What is told about reports: those of a car, one as it was signed, and whether it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from care.reports.ask_report import Obstacle


class ReportOut(BaseModel):
    """One report in a list."""

    id: str = Field(examples=["r-6fxz95mm5jdxf"])
    standing: str = Field(examples=["valid"], description="valid, expired, superseded, withdrawn")
    issued_at: datetime
    valid_until: datetime
    data_until: datetime
    capacity_soh_pct: float | None = Field(examples=[91.4], description="null: silent")
    pdf: bool = Field(description="False where the server could not print Chinese")
    verify_url: str


class AskOut(BaseModel):
    """What became of the newest ask for a report of this car."""

    state: Literal["being_made", "made", "failed"]
    asked_at: datetime
    report: str | None = Field(default=None, description="The report it led to")
    trouble: str | None = Field(default=None, description="not_assessed or failed")


class ReportsOut(BaseModel):
    """The reports of a car, newest first, and whether another may be asked for."""

    items: list[ReportOut]
    ask: AskOut | None
    why_not: Obstacle | None = Field(description="null: another may be asked for now")
    next_at: datetime | None = Field(description="From when on, where why_not is again_at")


class SealOut(BaseModel):
    """The signature of a report."""

    algorithm: str
    key_id: str
    value: str = Field(description="base64url over the RFC 8785 form of `body`")


class SignedOut(BaseModel):
    """The file an owner gets: body and signature, as `vigil report verify` reads it."""

    body: dict[str, Any]
    signature: SealOut


class StandingOut(BaseModel):
    """Whether a report stands, and the signed values to compare with the paper."""

    report: str = Field(examples=["r-6fxz95mm5jdxf"])
    standing: str = Field(examples=["valid"], description="valid, expired, superseded, withdrawn")
    key_id: str
    algorithm: str
    public_key: str = Field(description="base64url, 32 bytes: check the signature yourself")
    signature: str = Field(description="base64url over the RFC 8785 form of `body`")
    body: dict[str, Any]
