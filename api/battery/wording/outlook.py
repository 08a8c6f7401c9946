"""The years ahead: dates and distances, the warranty line, what a change of habits would gain.

A chance that rests on published ageing laws is told in words, never in per cent: no warranty case
of the field has tested it (DESIGN, models are honest). The number itself is in the JSON, marked
with its evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.battery.wording.text_line import TextLine, day
from api.numbers import number
from domain.sentences.bilingual import Bilingual
from domain.sentences.catalogue import bilingual, is_known

CHANCES = (
    (0.05, "very_unlikely"),
    (0.25, "unlikely"),
    (0.5, "possible"),
    (0.75, "likely"),
    (1.01, "very_likely"),
)
"""Below this share, this word."""
SMALL_POINTS = 0.1
"""A gain below this is called what it is."""


def segments(curve: Mapping[str, Any] | None, zone: str = "UTC") -> list[Bilingual]:
    """Since when the curve tells of one pack, and why it begins anew; the first one is silent."""
    found: Sequence[Sequence[Any]] = (curve or {}).get("segments") or ()
    return [
        bilingual("battery.segment", day=day(since, zone), why=bilingual(f"segment.{why}"))
        for number, since, why in found
        if number > 0 or len(found) > 1
    ]


def levels(forecast: Mapping[str, Any]) -> list[TextLine]:
    """When each level is reached, with distance, the highest first."""
    found: Mapping[str, Any] = forecast.get("levels") or {}
    return [
        TextLine(name=bilingual("battery.level", level=level), value=_reach(found[level]))
        for level in sorted(found, key=float, reverse=True)
    ]


def _reach(found: Mapping[str, Any]) -> Bilingual:
    low, middle, high = found["dates"]
    years = found.get("years") or [None] * 3
    if years[1] == 0:
        return bilingual("battery.level_past")
    if middle is None:
        return (
            bilingual("battery.level_beyond")
            if low is None
            else bilingual("battery.level_maybe", low=low)
        )
    span = {"low": low or middle, "high": high or bilingual("battery.later")}
    km = (found.get("km") or [None] * 3)[1]
    if km is None:
        return bilingual("battery.level_when_no_km", day=middle, **span)
    return bilingual("battery.level_when", day=middle, km=number(round(km, -3), 0), **span)


def warranty(terms: Mapping[str, Any] | None, forecast: Mapping[str, Any]) -> list[TextLine]:
    """The terms of this vehicle, what the forecast says about them, and the lines of regulations
    that it is approved under (most are under none)."""
    ahead = forecast.get("warranty")
    return [*_terms(terms, ahead), *map(_regulation, forecast.get("durability") or ())]


def _regulation(mark: Mapping[str, Any]) -> TextLine:
    figures = {
        "years": number(mark["years"], 0),
        "km": number(mark["km"], 0),
        "threshold": number(mark["threshold_pct"], 0),
    }
    name = bilingual("battery.regulation", source=mark["source"], **figures)
    if mark.get("ended"):
        return TextLine(name=name, value=bilingual("battery.regulation_past"))
    low, middle, high = (number(x, 1) for x in mark["soh_then_pct"])
    return TextLine(
        name=name,
        value=bilingual(
            "battery.regulation_then",
            day=mark.get("ends") or "—",
            low=low,
            middle=middle,
            high=high,
            chance=bilingual(f"battery.chance.{chance(mark)}"),
        ),
    )


def _terms(terms: Mapping[str, Any] | None, ahead: Mapping[str, Any] | None) -> list[TextLine]:
    lines = []
    if terms is not None:
        figures = {
            "years": number(terms["years"], 0),
            "km": number(terms["km"], 0),
            "threshold": number(terms["threshold_pct"], 0),
            "source": terms["source"],
        }
        lines.append(
            TextLine(
                name=bilingual("battery.warranty_terms"),
                value=bilingual("battery.warranty_terms_are", **figures),
            )
        )
    if not ahead:
        return lines
    if ahead.get("ended"):
        return [
            *lines,
            TextLine(
                name=bilingual("battery.warranty_ends"), value=bilingual("battery.warranty_ended")
            ),
        ]
    low, middle, high = ahead["soh_then_pct"]
    then = f"{number(middle, 1)} % ({number(low, 1)} – {number(high, 1)})"
    return [
        *lines,
        TextLine(
            name=bilingual("battery.warranty_ends"), value=Bilingual.same(ahead.get("ends") or "—")
        ),
        TextLine(name=bilingual("battery.warranty_then"), value=Bilingual.same(then)),
        TextLine(
            name=bilingual("battery.warranty_case"),
            value=bilingual(f"battery.chance.{chance(ahead)}"),
        ),
    ]


def chance(ahead: Mapping[str, Any]) -> str:
    """The word for how likely a warranty case is.

    >>> chance({"probability_below": 0.0}), chance({"probability_below": 0.6})
    ('very_unlikely', 'likely')
    """
    share = float(ahead["probability_below"])
    return next(word for below, word in CHANCES if share < below)


def evidence(forecast: Mapping[str, Any]) -> Bilingual:
    """What the forecast rests on."""
    found = f"battery.evidence.{forecast.get('evidence', 'literature')}"
    return bilingual(found if is_known(found) else "battery.evidence.literature")


def basis(forecast: Mapping[str, Any]) -> Bilingual | None:
    """Age, distance and how much of the car's own history."""
    found: Mapping[str, Any] = forecast.get("basis") or {}
    if not found:
        return None
    km = found.get("km_per_year")
    return bilingual(
        "battery.basis",
        age=number(found.get("age_years"), 1),
        n=found.get("points", 0),
        km=number(None if km is None else round(km, -2), 0),
    )


def changes(forecast: Mapping[str, Any]) -> list[TextLine]:
    """What each habit would gain in five years; small is called small."""
    return [
        TextLine(name=bilingual(f"what_if.{name}"), value=_gain(*gain["points_after_5_years"]))
        for name, gain in (forecast.get("what_if") or {}).items()
    ]


def _gain(low: float, middle: float, high: float) -> Bilingual:
    if high < SMALL_POINTS:
        return bilingual("battery.gain_none")
    return bilingual(
        "battery.gain", middle=number(middle, 1), low=number(low, 1), high=number(high, 1)
    )
