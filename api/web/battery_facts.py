"""What an assessment's facts say, laid out for the battery page. Nothing is computed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from api import words
from api.battery.schemas import AnswerOut, BatteryOut
from api.web import look
from domain.text import say

YEAR = timedelta(days=365.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Sentences and charts of one report; empty where the models were silent."""

    curve: str | None
    outlook: str | None
    levels: tuple[tuple[str, Mapping[str, Any]], ...]
    warranty: Mapping[str, Any] | None
    changes: tuple[tuple[str, float, float, float], ...]
    advice: tuple[str, ...]
    habits: Mapping[str, float | None]


def told(report: BatteryOut, lang: str) -> Told:
    """Everything of the report's facts that a page shows."""
    facts = report.facts
    forecast: Mapping[str, Any] = facts.get("forecast") or {}
    return Told(
        curve=_curve(facts.get("capacity_curve") or {}, lang),
        outlook=_outlook(forecast, report.as_of, lang),
        levels=tuple((forecast.get("levels") or {}).items()),
        warranty=forecast.get("warranty"),
        changes=tuple(
            _change(say(f"what_if.{name}", lang), gain["points_after_5_years"])
            for name, gain in (forecast.get("what_if") or {}).items()
        ),
        advice=tuple(say(a["id"], lang, value=a["value"]) for a in facts.get("advice") or ()),
        habits=facts.get("habits") or {},
    )


def _change(name: str, points: Sequence[float]) -> tuple[str, float, float, float]:
    low, middle, high = points
    return name, float(low), float(middle), float(high)


def _curve(found: Mapping[str, Any], lang: str) -> str | None:
    points: Sequence[Sequence[float]] = found.get("points") or ()
    named = [dict(zip(("t_ms", "value", "low", "high"), p, strict=False)) for p in points]
    return look.band_chart(lang, "web.answer.capacity_ah", named, unit="Ah")


def _outlook(forecast: Mapping[str, Any], as_of: datetime, lang: str) -> str | None:
    if not forecast:
        return None
    columns = (forecast[k] for k in ("years", "low", "median", "high"))
    points = [
        {
            "t_ms": (as_of + years * YEAR).timestamp() * 1000,
            "low": low,
            "value": median,
            "high": high,
        }
        for years, low, median, high in zip(*columns, strict=True)
    ]
    return look.band_chart(lang, "web.health", points)


def why_silent(answer: AnswerOut, lang: str) -> str:
    """Why there is no number."""
    return say(f"silence.{answer.reason}", lang, **answer.detail)


def what_is_missing(answer: AnswerOut, lang: str) -> str:
    """What would give one."""
    return say(f"missing.{answer.missing}", lang, **answer.detail)


def sentences(lang: str) -> dict[str, Any]:
    """Helpers for the template."""
    return {
        "why_silent": lambda answer: why_silent(answer, lang),
        "what_is_missing": lambda answer: what_is_missing(answer, lang),
        "quantity": lambda name: _quantity(name, lang),
        "method": lambda answer: say(f"method.{answer.method}", lang),
    }


def _quantity(name: str, lang: str) -> str:
    """The name of an answer; a newer model's own word where there is none yet."""
    known = f"web.answer.{name}"
    return words.text(lang, known) if known in words.messages() else name.replace("_", " ")
