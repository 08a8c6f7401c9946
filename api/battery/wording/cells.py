"""The cells: how far apart, which stands out, since when, how fast, and the car's own alarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.battery.wording.line import Both, Line, day, joined, told
from api.numbers import number
from domain.sentences import words

DAYS_A_MONTH = 30.4
SYSTEMS = frozenset({"traction_battery", "high_voltage"})
"""Systems whose findings belong to a battery's page and report."""


def part(component: str) -> Both:
    """The name of a part."""
    return {lang: words.part_name(lang, component) for lang in words.LANGS}


def finding_title(cause: str, component: str) -> Both:
    """What is wrong and where."""
    return {lang: words.finding_title(lang, cause, component) for lang in words.LANGS}


def lines(cells: Mapping[str, Any] | None) -> list[Line]:
    """The pack in a few figures; empty where no cell was ever seen at rest."""
    if not cells:
        return []
    found = [Line(name=told("cells.count"), value=_plain(cells.get("count")))]
    for id, key in (
        ("spread", "spread_mv"),
        ("middle_spread", "spread_5_95_mv"),
        ("low_charge_spread", "spread_low_charge_mv"),
    ):
        if cells.get(key) is not None:
            found.append(Line(name=told(f"cells.{id}"), value=_plain(cells[key], " mV")))
    for id in ("lowest", "highest"):
        if cells.get(id) is not None:
            where = {"part": part(cells[id]), "mv": number(cells.get(f"{id}_mv"), 0)}
            found.append(Line(name=told(f"cells.{id}"), value=told("cells.from_middle", **where)))
    days = told("cells.days_n", n=cells.get("days", 0))
    return [*found, Line(name=told("cells.days"), value=days)]


def _plain(value: float | None, unit: str = "") -> Both:
    return dict.fromkeys(words.LANGS, f"{number(value, 1)}{unit}")


def finding(
    values: Mapping[str, Any], since: Any, due: tuple[Any, Any] = (None, None), zone: str = "UTC"
) -> Both:
    """One finding: since when, how far off, how fast, and when the car itself will alarm."""
    found = [told("finding.since", day=day(since, zone))]
    if values.get("deficit_pct") is not None and values["deficit_pct"] > 0:
        found.append(told("finding.deficit", pct=number(values["deficit_pct"], 1)))
    if values.get("deviation_mv") is not None:
        found.append(told("finding.deviation", mv=number(values["deviation_mv"], 0)))
    if values.get("growth_low") is not None:
        found.append(_growth(values))
    low, high = (day(each, zone) for each in due)
    if low is not None:
        ahead = {"low": low, "high": high}
        found.append(
            told("finding.alarm", **ahead) if high else told("finding.alarm_from", low=low)
        )
    return joined(found)


def _growth(values: Mapping[str, Any]) -> Both:
    if values["growth_low"] <= 0:
        return told("finding.steady")
    names = {"value": "growth_pct_per_day", "low": "growth_low", "high": "growth_high"}
    return told(
        "finding.growth", **{k: number(values[v] * DAYS_A_MONTH, 1) for k, v in names.items()}
    )
