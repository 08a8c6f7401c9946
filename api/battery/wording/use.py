"""How the car is used: charging, temperatures, range, and advice that follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.battery.wording.answers import joined_sentences
from api.battery.wording.line import Answer, Both, Line, known, said, same, told
from api.numbers import NO_VALUE, number

HABITS: Mapping[str, tuple[str, float, int]] = {
    "observed_days": ("days", 1, 0),
    "charges": ("", 1, 0),
    "charges_per_week": ("", 1, 1),
    "dc_share": ("%", 100, 0),
    "soc_from_pct": ("%", 1, 0),
    "soc_to_pct": ("%", 1, 0),
    "mean_soc_pct": ("%", 1, 0),
    "share_above_90": ("%", 100, 0),
    "share_below_10": ("%", 100, 0),
    "temperature_mean_c": ("°C", 1, 0),
    "share_above_35c": ("%", 100, 0),
    "full_cycles_per_year": ("", 1, 0),
    "days_since_full": ("days", 1, 0),
    "km_per_year": ("km", 1, 0),
    "consumption_kwh_100km": ("kWh", 1, 1),
}
"""Habit -> unit, factor, digits."""
RANGES = ("range_cold", "range_mild", "range_hot")


def habits(found: Mapping[str, Any] | None) -> list[Line]:
    """What is known of the habits."""
    return [
        Line(of=name, name=told(f"habit.{name}"), value=_amount(found[name] * factor, unit, digits))
        for name, (unit, factor, digits) in HABITS.items()
        if found and found.get(name) is not None
    ]


def _amount(value: float, unit: str, digits: int) -> Both:
    text = number(value, digits)
    return told("unit.days", n=text) if unit == "days" else same(f"{text} {unit}".strip())


def ranges(answers: Mapping[str, Answer]) -> list[Line]:
    """Distance from full at three temperatures, cold first."""
    return [_range(name, answers[name]) for name in RANGES if name in answers]


def _range(of: str, answer: Answer) -> Line:
    name = told(f"answer.{of}")
    if not known(answer):
        return Line(of=of, name=name, value=same(NO_VALUE), note=joined_sentences(answer))
    value, low, high = (number(answer[k], 0) for k in ("value", "low", "high"))
    return Line(of=of, name=name, value=same(f"{value} km ({low} – {high})"))


def advice(found: Sequence[Mapping[str, Any]] | None) -> list[Both]:
    """Sentences with this car's own figures."""
    return [said(each["id"], value=each["value"]) for each in found or ()]
