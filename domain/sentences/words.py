"""Every sentence people read, by message id, in Chinese and English. YAML tables beside this file.

A message may hold `{name}` places. A missing id is an error in tests and shows itself as its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from domain.causes import cause as cause_of
from domain.errors import BadInput
from domain.offers import Say

LANGS = ("zh", "en")


@cache
def messages() -> Mapping[str, Mapping[str, str]]:
    """All messages: id -> {zh, en}; BadInput when one lacks a language."""
    found: dict[str, Mapping[str, str]] = {}
    for file in sorted(resources.files("domain.sentences").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            for id, pair in yaml.safe_load(file.read_text("utf-8")).items():
                if set(pair) != set(LANGS) or not all(pair.values()) or id in found:
                    raise BadInput(file.name, id, "twice, or not in both languages")
                found[id] = pair
    return found


def text(lang: str, id: str, **args: Any) -> str:
    """One message in one language; the id itself where there is none."""
    pair = messages().get(id)
    return id if pair is None else pair[lang].format(**args) if args else pair[lang]


def both(id: str, **args: Any) -> dict[str, str]:
    """One message in both languages; arguments may be pairs themselves."""
    return {
        lang: text(
            lang, id, **{k: v[lang] if isinstance(v, Mapping) else v for k, v in args.items()}
        )
        for lang in LANGS
    }


def cause_name(lang: str, word: str) -> str:
    """The name of a cause."""
    found = cause_of(word)
    return found.zh if lang == "zh" else found.en


def part_name(lang: str, component: str) -> str:
    """The part an alert is about; a source's own name ("V_82") stays as it is.

    >>> part_name("en", "cell_54"), part_name("zh", "tyre_rl"), part_name("en", "V_82")
    ('cell 54', '左后轮', 'V_82')
    """
    if f"part.{component}" in messages():
        return text(lang, f"part.{component}")
    kind, _, number = component.rpartition("_")
    numbered = f"part.{kind}" in messages() and number.isdigit()
    return text(lang, f"part.{kind}", number=number) if numbered else component


def finding_title(lang: str, cause: str, component: str) -> str:
    """What is wrong and where; a part that the cause names already is not named again.

    >>> finding_title("en", "twelve_volt_weak", "lv_battery")
    'Weak 12 V battery'
    >>> finding_title("zh", "weak_cell", "cell_8")
    '电芯偏弱 · 8号电芯'
    """
    name, part = cause_name(lang, cause), part_name(lang, component)
    return name if part.lower() in name.lower() else f"{name} · {part}"


CERTAINTIES = ((0.9, "clear"), (0.7, "fair"), (0.0, "first"))
"""From this confidence on, this word. A finding's confidence is the judgement of its rule, not yet
held against outcomes of the field: people read a word and never a per cent."""


def certainty_id(confidence: float) -> str:
    """How sure a finding is: clear, fair or first signs.

    >>> certainty_id(0.9), certainty_id(0.75), certainty_id(0.6)
    ('clear', 'fair', 'first')
    """
    return next((word for least, word in CERTAINTIES if confidence >= least), CERTAINTIES[-1][1])


def certainty(confidence: float) -> dict[str, str]:
    """How sure a finding is, in words."""
    return both(f"certainty.{certainty_id(confidence)}")


def about_cause(word: str, part: str) -> dict[str, str]:
    """`what`, `ignored` or `do` of a cause, else of its system, else in general."""
    ids = (
        f"cause.{word}.{part}",
        f"system.{cause_of(word).system}.{part}",
        f"system.general.{part}",
    )
    return both(next(id for id in ids if id in messages()))


def said(lang: str, say: Say) -> str:
    """A sentence of the engine: causes and parts among its parameters are named."""
    args = dict(say.args)
    if {"cause", "component"} <= args.keys():
        args["finding"] = finding_title(lang, str(args["cause"]), str(args["component"]))
    if "component" in args:
        args["component"] = part_name(lang, str(args["component"]))
    if "cause" in args:
        args["cause"] = cause_name(lang, str(args["cause"]))
    return text(lang, say.id, **args)
