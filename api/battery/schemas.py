"""A health number that can be argued with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class AnswerOut(BaseModel):
    """An estimate with its interval, or a silence that says what is missing."""

    value: float | None = Field(examples=[91.4])
    low: float | None = Field(examples=[89.6])
    high: float | None = Field(examples=[93.1])
    level: float | None = Field(description="Share of the interval", examples=[0.9])
    unit: str = Field(examples=["%"])
    method: str = ""
    windows: int = 0
    coverage: float = 0.0
    reason: str | None = Field(default=None, description="Why there is no number")
    missing: str | None = Field(default=None, description="What would give one")
    detail: dict[str, Any] = {}


class RankOut(BaseModel):
    """Where the car stands among its like; silent under `needed` of them."""

    rule: str = Field(
        examples=["model_age_km"],
        description="model_age_km, model_age, chemistry_age_km, chemistry_age; or no_number, "
        "age_unknown where it belongs to no cohort",
    )
    cohort: dict[str, Any] = Field(description="The bands that were the same")
    cars: int = Field(description="Others in it")
    needed: int
    percentile: float | None = Field(description="Share of them that the value is above, per cent")
    low: float | None
    high: float | None
    ranked_at: datetime


class BatteryOut(BaseModel):
    """The newest assessment of a traction battery."""

    vehicle: str
    as_of: datetime
    model_version: str
    answers: dict[str, AnswerOut]
    facts: dict[str, Any]
    cohort: dict[str, RankOut] = Field(description="By quantity; empty before the first look")


class BatteryPoint(BaseModel):
    """One assessment of the past."""

    as_of: datetime
    value: float
    low: float
    high: float


class CellsOut(BaseModel):
    """The newest cell voltages; null where the car gave none."""

    at: datetime
    first: int = Field(description="Number of the first cell", examples=[1])
    volts: list[float | None]
