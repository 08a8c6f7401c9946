"""Cars as people see them: public ids, ages, reasons. No VIN, no names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class VehicleOut(BaseModel):
    """One car."""

    id: str = Field(examples=["v-0000000000001"])
    make: str
    model: str
    model_year: int | None
    powertrain: str = Field(examples=["bev"])
    chemistry: str = Field(examples=["lfp"])
    zone: str = Field(examples=["Asia/Shanghai"])
    seen_at: datetime | None = Field(description="Event time of the newest reading")
    age_s: float | None = Field(description="How old that reading is", examples=[4.2])
    open_alerts: int
    worst: str | None = Field(description="Worst open severity", examples=["orange"])


class VehiclePage(BaseModel):
    """Cars by id; `next` asks for the following page."""

    items: list[VehicleOut]
    next: str | None


class ReadingOut(BaseModel):
    """The newest reading of one signal. `value` is null with a `reason`, never a made-up 0."""

    signal: str = Field(examples=["soc_pct"])
    name_zh: str
    name_en: str
    unit: str
    value: float | None
    reason: str = Field(examples=["valid"])
    at: datetime
    age_s: float


class StateOut(BaseModel):
    """The newest reading of every signal the car has ever told."""

    vehicle: str
    seen_at: datetime
    age_s: float
    readings: list[ReadingOut]


class SeriesOut(BaseModel):
    """One signal over time in equal buckets of `step_s`; buckets without a reading are absent."""

    vehicle: str
    signal: str
    unit: str
    step_s: float
    start: datetime
    end: datetime
    t: list[datetime]
    mean: list[float]
    low: list[float]
    high: list[float]
    n: list[int]


class EventOut(BaseModel):
    """Something that happened."""

    at: datetime
    kind: str = Field(examples=["dtc"])
    code: str = Field(examples=["P0420"])
    component: str
    level: int
    active: bool
    values: dict[str, Any]


class EventPage(BaseModel):
    """Events, newest received first."""

    items: list[EventOut]
    next: str | None


class RecordsOut(BaseModel):
    """Summaries the car computed; a value that was not observed is null."""

    kind: str = Field(examples=["charge"])
    items: list[dict[str, object]]
