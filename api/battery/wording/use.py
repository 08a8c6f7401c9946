"""How the car is used: charging, temperatures, range, and advice that follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.battery.wording.answers import joined_sentences
from api.battery.wording.text_line import Answer, TextLine, known
from api.numbers import NO_VALUE, number
from domain.sentences.bilingual import Bilingual
from domain.sentences.catalogue import bilingual

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


def habits(found: Mapping[str, Any] | None) -> list[TextLine]:
    """What is known of the habits."""
    return [
        TextLine(
            of=name,
            name=bilingual(f"battery.habit.{name}"),
            value=_amount(found[name] * factor, unit, digits),
        )
        for name, (unit, factor, digits) in HABITS.items()
        if found and found.get(name) is not None
    ]


def _amount(value: float, unit: str, digits: int) -> Bilingual:
    text = number(value, digits)
    return (
        bilingual("battery.unit.days", n=text)
        if unit == "days"
        else Bilingual.same(f"{text} {unit}".strip())
    )


def ranges(answers: Mapping[str, Answer]) -> list[TextLine]:
    """Distance from full at three temperatures, cold first."""
    return [_range(name, answers[name]) for name in RANGES if name in answers]


def _range(of: str, answer: Answer) -> TextLine:
    name = bilingual(f"battery.answer.{of}")
    if not known(answer):
        return TextLine(
            of=of, name=name, value=Bilingual.same(NO_VALUE), note=joined_sentences(answer)
        )
    value, low, high = (number(answer[k], 0) for k in ("value", "low", "high"))
    return TextLine(of=of, name=name, value=Bilingual.same(f"{value} km ({low} – {high})"))


def advice(found: Sequence[Mapping[str, Any]] | None) -> list[Bilingual]:
    """Sentences with this car's own figures."""
    return [bilingual(each["id"], value=each["value"]) for each in found or ()]
