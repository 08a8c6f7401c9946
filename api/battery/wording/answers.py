"""A quantity with its interval and what it rests on; or why there is none, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.battery.wording.text_line import Answer, TextLine, day, known
from api.numbers import NO_VALUE, number
from domain.methods import Method, method_id, method_of
from domain.sentences.bilingual import Bilingual
from domain.sentences.catalogue import bilingual, is_known

HEALTH = (
    "capacity_soh",
    "energy_soh",
    "bms_soh",
    "onboard_soce",
    "capacity_ah",
    "energy_kwh",
    "resistance",
    "resistance_trend",
)
"""The order in which people read them; what is not here comes after."""
TOLD_BY_CAR = frozenset({"bms_soh", "onboard_soce"})
_COUNTED = {Method.CAR_REPORTED: "from_readings"}
"""What the number of windows counts; charges where nothing else is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One quantity, large. `left`, `width` and `at` place interval and value on a bar from 0 to 100
    per cent, or to the upper end where that is more; in per cent of the bar."""

    of: str
    name: Bilingual
    number: str
    unit: str
    left: float
    width: float
    at: float
    interval: Bilingual | None
    why: tuple[Bilingual, ...]


def tile(of: str, answer: Answer | None) -> Tile:
    """A health number for the top of a page."""
    if not known(answer):
        return Tile(
            of=of,
            name=name(of),
            number=NO_VALUE,
            unit="",
            left=0,
            width=0,
            at=0,
            interval=None,
            why=tuple(silence(answer)),
        )
    assert answer is not None
    scale = 100 / max(answer["high"], 100.0)
    low, high = max(answer["low"], 0.0) * scale, max(answer["high"], 0.0) * scale
    return Tile(
        of=of,
        name=name(of),
        number=number(answer["value"], 1),
        unit=answer["unit"],
        left=low,
        width=max(high - low, 0.5),
        at=min(max(answer["value"] * scale, 0.0), 99.5),
        interval=None if of in TOLD_BY_CAR else interval(answer, 1),
        why=(method(answer), *basis(answer)),
    )


def line(of: str, answer: Answer, digits: int = 1) -> TextLine:
    """A quantity in a table: the number with its interval, and beneath it how it was found."""
    if not known(answer):
        return TextLine(
            of=of, name=name(of), value=Bilingual.same(NO_VALUE), note=joined_sentences(answer)
        )
    value = Bilingual.same(f"{number(answer['value'], digits)} {answer['unit']}".strip())
    if answer["low"] != answer["high"]:
        value = Bilingual.joined([value, interval(answer, digits)], zh=" · ", en=" · ")
    return TextLine(
        of=of, name=name(of), value=value, note=Bilingual.joined([method(answer), *basis(answer)])
    )


def name(of: str) -> Bilingual:
    """The name of a quantity; a newer model's own word where there is none yet."""
    found = f"battery.answer.{of}"
    return bilingual(found) if is_known(found) else Bilingual.same(of.replace("_", " "))


def interval(answer: Answer, digits: int = 1) -> Bilingual:
    """`90 % interval low – high unit`."""
    return bilingual(
        "battery.interval",
        level=number((answer.get("level") or 0.9) * 100, 0),
        unit=answer["unit"],
        low=number(answer["low"], digits),
        high=number(answer["high"], digits),
    )


def method(answer: Answer) -> Bilingual:
    """How it was found."""
    stored = str(answer.get("method") or "")
    step_s = (answer.get("detail") or {}).get("step_s")
    duration = {} if step_s is None else {"step_s": step_s}
    sentence = bilingual(f"method.{method_id(stored)}", **duration)
    return Bilingual(zh=sentence.zh.rstrip("。"), en=sentence.en.rstrip("."))


def basis(answer: Answer) -> list[Bilingual]:
    """What it rests on: how many, how well observed, at which temperatures and currents, when."""
    detail: Mapping[str, Any] = answer.get("detail") or {}
    found: list[Bilingual] = []
    if answer.get("windows"):
        counted = _COUNTED.get(method_of(answer.get("method") or ""), "from_windows")
        counted = "from_steps" if "step_s" in detail else counted
        found.append(bilingual(f"battery.{counted}", n=number(answer["windows"], 0)))
    if "c_rate" in detail:
        found.append(
            bilingual("battery.coverage", pct=number((answer.get("coverage") or 0) * 100, 0))
        )
    for id, key, digits in (
        ("spans", "span_pct", 0),
        ("temperatures", "temperature_c", 0),
        ("rates", "c_rate", 2),
    ):
        if detail.get(key):
            low, high = (number(x, digits) for x in detail[key])
            found.append(bilingual(f"battery.{id}", low=low, high=high))
    if "from_ms" in detail:
        span = {"from": day(detail["from_ms"]), "to": day(detail["to_ms"])}
        found.append(bilingual("battery.span_of_days", **span))
    return found


def silence(answer: Answer | None) -> list[Bilingual]:
    """Why there is no number, and what would give one."""
    if answer is None:
        return [bilingual("battery.not_told")]
    detail = answer.get("detail") or {}
    reason = answer.get("reason") or answer.get("silent")
    found = [bilingual(f"silence.{reason}", **detail)] if reason else []
    if answer.get("missing"):
        found.append(
            bilingual("battery.missing", what=bilingual(f"missing.{answer['missing']}", **detail))
        )
    return found or [bilingual("battery.not_told")]


def joined_sentences(answer: Answer) -> Bilingual:
    """The whole silence as one text."""
    return Bilingual.joined(silence(answer), zh="", en=" ")


def comparison(answers: Mapping[str, Answer]) -> Bilingual | None:
    """The car says X, we measure Y, and whether the two agree; None where the car says nothing."""
    says, ours = answers.get("bms_soh"), answers.get("capacity_soh")
    if says is None or not known(says):
        return None
    if ours is None or not known(ours):
        return bilingual("battery.car_only", bms=number(says["value"], 1))
    both = bilingual(
        "battery.car_says", bms=number(says["value"], 1), ours=number(ours["value"], 1)
    )
    agrees = ours["low"] <= says["value"] <= ours["high"]
    more = bilingual("battery.agrees" if agrees else "battery.disagrees")
    return Bilingual.joined([both, more], zh="", en=" ")
