"""The battery page: one assessment in the words of api.battery.wording. Nothing is computed.

What a newer model adds and has no place here shows among all measurements by its own word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.alerts.schemas import AlertOut
from api.battery.schemas import BatteryOut, BatteryPoint
from api.battery.wording import answers, cells, cohort, outlook, use
from api.battery.wording.text_line import Answer, TextLine
from api.numbers import number
from api.web import formatting
from domain.causes import cause
from domain.sentences.bilingual import Bilingual
from domain.sentences.catalogue import sentence
from firmware_contracts.durations import YEAR
from store.people.rows.cars import VehicleRow

ELSEWHERE = frozenset({"soh_at_warranty_end", *use.RANGES})
"""Answers that have a part of the page to themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPage:
    """Lines and charts of one assessment; empty where the models were silent."""

    tiles: Sequence[answers.Tile]
    comparison: Bilingual | None
    curve: str | None
    segments: Sequence[Bilingual]
    outlook: str | None
    levels: Sequence[TextLine]
    warranty: Sequence[TextLine]
    evidence: Bilingual
    basis: Bilingual | None
    changes: Sequence[TextLine]
    resistance: Sequence[TextLine]
    cells: Sequence[TextLine]
    odd: Sequence[TextLine]
    habits: Sequence[TextLine]
    advice: Sequence[Bilingual]
    ranges: Sequence[TextLine]
    cohort: Sequence[TextLine]
    answers: Sequence[TextLine]


def page_of(
    report: BatteryOut, row: VehicleRow, alerts: Sequence[AlertOut], lang: str, zone: str
) -> HealthPage:
    """Everything that the page shows of an assessment; `row` is the car."""
    facts = report.facts
    found: Mapping[str, Answer] = {n: a.model_dump() for n, a in report.answers.items()}
    forecast: Mapping[str, Any] = facts.get("forecast") or {}
    curve: Mapping[str, Any] = facts.get("capacity_curve") or {}
    ranks = {name: rank.model_dump() for name, rank in report.cohort.items()}
    resistance = [n for n in ("resistance", "resistance_trend") if n in found]
    rest = sorted(set(found) - ELSEWHERE, key=_rank)
    return HealthPage(
        tiles=[answers.tile(name, found.get(name)) for name in ("capacity_soh", "energy_soh")],
        comparison=answers.comparison(found),
        curve=_curve(curve, row.rated_capacity_ah, lang),
        segments=outlook.segments(curve, zone),
        outlook=_outlook(forecast, report.as_of, row.warranty, lang),
        levels=outlook.levels(forecast),
        warranty=outlook.warranty(row.warranty, forecast),
        evidence=outlook.evidence(forecast),
        basis=outlook.basis(forecast),
        changes=outlook.changes(forecast),
        resistance=[answers.line(n, found[n]) for n in resistance],
        cells=cells.lines(facts.get("cells")),
        odd=_odd(alerts, zone),
        habits=use.habits(facts.get("habits")),
        advice=use.advice(facts.get("advice")),
        ranges=use.ranges(found),
        cohort=cohort.lines(ranks),
        answers=[answers.line(name, found[name], 2) for name in rest],
    )


def _rank(name: str) -> tuple[int, str]:
    known = answers.HEALTH
    return (known.index(name) if name in known else len(known), name)


def _odd(alerts: Sequence[AlertOut], zone: str) -> list[TextLine]:
    """The standing battery findings: which part, since when, how fast."""
    return [
        TextLine(
            of=each.id,
            name=cells.title(each.cause, each.component),
            value=cells.finding(each.values, each.since, (each.due_low, each.due_high), zone),
        )
        for each in alerts
        if cause(each.cause).system in cells.SYSTEMS
    ]


def _curve(found: Mapping[str, Any], rated_ah: float | None, lang: str) -> str | None:
    """The measured points, in per cent of the rated charge where that is known."""
    share, unit = (100 / rated_ah, "%") if rated_ah else (1.0, "Ah")
    points = [
        {"t_ms": at_ms, "value": value * share, "low": low * share, "high": high * share}
        for at_ms, value, low, high, *_ in found.get("points") or ()
    ]
    marks = [since for number, since, _ in found.get("segments") or () if number > 0]
    label = "battery.answer.capacity_soh" if rated_ah else "battery.answer.capacity_ah"
    return formatting.band_chart(lang, label, points, unit=unit, marks_ms=marks)


def _outlook(
    forecast: Mapping[str, Any], as_of: datetime, terms: Mapping[str, Any] | None, lang: str
) -> str | None:
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
    line = float(terms["threshold_pct"]) if terms else None
    levels = [float(level) for level in forecast.get("levels") or () if float(level) != line]
    limits = {f"{number(level, 0)} %": level for level in levels}
    if line is not None:
        limits[sentence("web.warranty_line", lang, pct=number(line, 0))] = line
    return formatting.band_chart(lang, "battery.answer.capacity_soh", points, limits=limits)


def trend_chart(lang: str, quantity: str, points: Sequence[BatteryPoint], unit: str) -> str | None:
    """A quantity over past assessments."""
    named = [
        {"t_ms": p.as_of.timestamp() * 1000, "value": p.value, "low": p.low, "high": p.high}
        for p in points
    ]
    return formatting.band_chart(lang, f"battery.answer.{quantity}", named, unit=unit)
