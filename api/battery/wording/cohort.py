"""Where the car stands among its like, and who they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.battery.wording.text_line import TextLine, day
from api.numbers import number
from domain.sentences.bilingual import Bilingual
from domain.sentences.catalogue import bilingual, is_known

LESS_IS_BETTER = frozenset({"resistance"})
"""Quantities of which more is worse: their rank is told from the other end."""
ALONE = frozenset({"no_number", "age_unknown"})


def lines(ranks: Mapping[str, Mapping[str, Any]] | None) -> list[TextLine]:
    """One line per quantity that can be ranked, with whom it was compared beneath."""
    return [
        TextLine(
            of=quantity,
            name=bilingual(f"battery.cohort.{quantity}"),
            value=_rank(quantity, rank),
            note=_with(rank),
        )
        for quantity, rank in (ranks or {}).items()
        if is_known(f"battery.cohort.{quantity}") and rank["rule"] != "no_number"
    ]


def _rank(quantity: str, rank: Mapping[str, Any]) -> Bilingual:
    if rank["rule"] in ALONE:
        return bilingual(f"battery.cohort.{rank['rule']}")
    if rank["percentile"] is None:
        return bilingual("battery.cohort.few", n=rank["cars"], needed=rank["needed"])
    ends = [rank[name] for name in ("percentile", "low", "high")]
    if quantity in LESS_IS_BETTER:
        middle, low, high = ends
        ends = [100 - middle, 100 - high, 100 - low]
    pct, low, high = (number(x, 0) for x in ends)
    return bilingual("battery.cohort.better", pct=pct, low=low, high=high, n=rank["cars"])


def _with(rank: Mapping[str, Any]) -> Bilingual | None:
    """The rule, the bands it held, and the day."""
    if rank["rule"] in ALONE:
        return None
    bands: Mapping[str, Any] = rank["cohort"]
    found = [bilingual(f"battery.cohort.rule.{rank['rule']}")]
    if "model" in bands:
        found.append(Bilingual.same(f"{bands['make']} {bands['model']}".strip()))
    elif "chemistry" in bands:
        found.append(Bilingual.same(str(bands["chemistry"]).upper()))
    for id, key in (("age", "age_years"), ("km", "km")):
        if key in bands:
            low, high = bands[key]
            ends = {"low": number(low, 0), "high": number(high, 0)}
            found.append(
                bilingual(
                    f"battery.cohort.{id}" if high is not None else f"battery.cohort.{id}_open",
                    **ends,
                )
            )
    return Bilingual.joined([*found, bilingual("battery.cohort.as_of", day=day(rank["ranked_at"]))])
