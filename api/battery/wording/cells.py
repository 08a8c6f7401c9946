"""The cells: how far apart, which stands out, since when, how fast, and the car's own alarm."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from api.battery.wording.text_line import TextLine, day
from api.numbers import number
from domain.sentences.bilingual import Bilingual
from domain.sentences.catalogue import bilingual
from domain.sentences.names import finding_title, part_name

DAYS_A_MONTH = 30.4
SYSTEMS = frozenset({"traction_battery", "high_voltage"})
"""Systems whose findings belong to a battery's page and report."""


def part(component: str) -> Bilingual:
    """The name of a part."""
    return Bilingual.of(partial(part_name, component))


def title(cause: str, component: str) -> Bilingual:
    """What is wrong and where."""
    return Bilingual.of(partial(finding_title, cause, component))


def lines(cells: Mapping[str, Any] | None) -> list[TextLine]:
    """The pack in a few figures; empty where no cell was ever seen at rest."""
    if not cells:
        return []
    found = [TextLine(name=bilingual("battery.cells.count"), value=_plain(cells.get("count")))]
    for id, key in (
        ("spread", "spread_mv"),
        ("middle_spread", "spread_5_95_mv"),
        ("low_charge_spread", "spread_low_charge_mv"),
    ):
        if cells.get(key) is not None:
            found.append(
                TextLine(name=bilingual(f"battery.cells.{id}"), value=_plain(cells[key], " mV"))
            )
    for id in ("lowest", "highest"):
        if cells.get(id) is not None:
            where = {"part": part(cells[id]), "mv": number(cells.get(f"{id}_mv"), 0)}
            found.append(
                TextLine(
                    name=bilingual(f"battery.cells.{id}"),
                    value=bilingual("battery.cells.from_middle", **where),
                )
            )
    days = bilingual("battery.cells.days_n", n=cells.get("days", 0))
    return [*found, TextLine(name=bilingual("battery.cells.days"), value=days)]


def _plain(value: float | None, unit: str = "") -> Bilingual:
    return Bilingual.same(f"{number(value, 1)}{unit}")


def finding(
    values: Mapping[str, Any], since: Any, due: tuple[Any, Any] = (None, None), zone: str = "UTC"
) -> Bilingual:
    """One finding: since when, how far off, how fast, and when the car itself will alarm."""
    found = [bilingual("battery.finding.since", day=day(since, zone))]
    if values.get("deficit_pct") is not None and values["deficit_pct"] > 0:
        found.append(bilingual("battery.finding.deficit", pct=number(values["deficit_pct"], 1)))
    if values.get("deviation_mv") is not None:
        found.append(bilingual("battery.finding.deviation", mv=number(values["deviation_mv"], 0)))
    if values.get("growth_low") is not None:
        found.append(_growth(values))
    low, high = (day(each, zone) for each in due)
    if low is not None:
        ahead = {"low": low, "high": high}
        found.append(
            bilingual("battery.finding.alarm", **ahead)
            if high
            else bilingual("battery.finding.alarm_from", low=low)
        )
    return Bilingual.joined(found)


def _growth(values: Mapping[str, Any]) -> Bilingual:
    if values["growth_low"] <= 0:
        return bilingual("battery.finding.steady")
    names = {"value": "growth_pct_per_day", "low": "growth_low", "high": "growth_high"}
    return bilingual(
        "battery.finding.growth",
        **{k: number(values[v] * DAYS_A_MONTH, 1) for k, v in names.items()},
    )
