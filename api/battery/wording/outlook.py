"""The years ahead: dates and distances, the warranty line, what a change of habits would gain.

A chance that rests on published ageing laws is told in words, never in per cent: no warranty case
of the field has tested it (DESIGN, models are honest). The number itself is in the JSON, marked
with its evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.battery.wording.line import Both, Line, day, said, same, told
from api.numbers import number
from domain.sentences import words

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


def segments(curve: Mapping[str, Any] | None, zone: str = "UTC") -> list[Both]:
    """Since when the curve tells of one pack, and why it begins anew; the first one is silent."""
    found: Sequence[Sequence[Any]] = (curve or {}).get("segments") or ()
    return [
        told("segment", day=day(since, zone), why=said(f"segment.{why}"))
        for number, since, why in found
        if number > 0 or len(found) > 1
    ]


def levels(forecast: Mapping[str, Any]) -> list[Line]:
    """When each level is reached, with distance, the highest first."""
    found: Mapping[str, Any] = forecast.get("levels") or {}
    return [
        Line(name=told("level", level=level), value=_reach(found[level]))
        for level in sorted(found, key=float, reverse=True)
    ]


def _reach(found: Mapping[str, Any]) -> Both:
    low, middle, high = found["dates"]
    years = found.get("years") or [None] * 3
    if years[1] == 0:
        return told("level_past")
    if middle is None:
        return told("level_beyond") if low is None else told("level_maybe", low=low)
    span = {"low": low or middle, "high": high or told("later")}
    km = (found.get("km") or [None] * 3)[1]
    if km is None:
        return told("level_when_no_km", day=middle, **span)
    return told("level_when", day=middle, km=number(round(km, -3), 0), **span)


def warranty(terms: Mapping[str, Any] | None, forecast: Mapping[str, Any]) -> list[Line]:
    """The terms of this vehicle, what the forecast says about them, and the lines of regulations
    that it is approved under (most are under none)."""
    ahead = forecast.get("warranty")
    return [*_terms(terms, ahead), *map(_regulation, forecast.get("durability") or ())]


def _regulation(mark: Mapping[str, Any]) -> Line:
    figures = {
        "years": number(mark["years"], 0),
        "km": number(mark["km"], 0),
        "threshold": number(mark["threshold_pct"], 0),
    }
    name = told("regulation", source=mark["source"], **figures)
    if mark.get("ended"):
        return Line(name=name, value=told("regulation_past"))
    low, middle, high = (number(x, 1) for x in mark["soh_then_pct"])
    return Line(
        name=name,
        value=told(
            "regulation_then",
            day=mark.get("ends") or "—",
            low=low,
            middle=middle,
            high=high,
            chance=told(f"chance.{chance(mark)}"),
        ),
    )


def _terms(terms: Mapping[str, Any] | None, ahead: Mapping[str, Any] | None) -> list[Line]:
    lines = []
    if terms is not None:
        figures = {
            "years": number(terms["years"], 0),
            "km": number(terms["km"], 0),
            "threshold": number(terms["threshold_pct"], 0),
            "source": terms["source"],
        }
        lines.append(Line(name=told("warranty_terms"), value=told("warranty_terms_are", **figures)))
    if not ahead:
        return lines
    if ahead.get("ended"):
        return [*lines, Line(name=told("warranty_ends"), value=told("warranty_ended"))]
    low, middle, high = ahead["soh_then_pct"]
    then = f"{number(middle, 1)} % ({number(low, 1)} – {number(high, 1)})"
    return [
        *lines,
        Line(name=told("warranty_ends"), value=same(ahead.get("ends") or "—")),
        Line(name=told("warranty_then"), value=same(then)),
        Line(name=told("warranty_case"), value=told(f"chance.{chance(ahead)}")),
    ]


def chance(ahead: Mapping[str, Any]) -> str:
    """The word for how likely a warranty case is.

    >>> chance({"probability_below": 0.0}), chance({"probability_below": 0.6})
    ('very_unlikely', 'likely')
    """
    share = float(ahead["probability_below"])
    return next(word for below, word in CHANCES if share < below)


def evidence(forecast: Mapping[str, Any]) -> Both:
    """What the forecast rests on."""
    found = f"evidence.{forecast.get('evidence', 'literature')}"
    return told(found if f"told.{found}" in words.messages() else "evidence.literature")


def basis(forecast: Mapping[str, Any]) -> Both | None:
    """Age, distance and how much of the car's own history."""
    found: Mapping[str, Any] = forecast.get("basis") or {}
    if not found:
        return None
    km = found.get("km_per_year")
    return told(
        "basis",
        age=number(found.get("age_years"), 1),
        n=found.get("points", 0),
        km=number(None if km is None else round(km, -2), 0),
    )


def changes(forecast: Mapping[str, Any]) -> list[Line]:
    """What each habit would gain in five years; small is called small."""
    return [
        Line(name=said(f"what_if.{name}"), value=_gain(*gain["points_after_5_years"]))
        for name, gain in (forecast.get("what_if") or {}).items()
    ]


def _gain(low: float, middle: float, high: float) -> Both:
    if high < SMALL_POINTS:
        return told("gain_none")
    return told("gain", middle=number(middle, 1), low=number(low, 1), high=number(high, 1))
