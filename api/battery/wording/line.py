"""A line: a name and what is said, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.sentences import words
from domain.text import say

Both = Mapping[str, str]
Answer = Mapping[str, Any]
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`note` is said smaller beneath; `of` is the word of the quantity where there is one."""

    name: Both
    value: Both
    note: Both | None = None
    of: str = ""


def same(text: str) -> Both:
    """A figure that needs no translation."""
    return dict.fromkeys(words.LANGS, text)


def joined(parts: list[Both]) -> Both:
    """Parts one after the other."""
    return {
        "zh": "，".join(part["zh"] for part in parts),
        "en": ", ".join(part["en"] for part in parts),
    }


def told(id: str, **args: Any) -> Both:
    """A sentence of these pages; arguments may be pairs themselves."""
    return {
        lang: words.text(
            lang,
            f"told.{id}",
            **{k: v[lang] if isinstance(v, Mapping) else v for k, v in args.items()},
        )
        for lang in words.LANGS
    }


def said(id: str, **args: Any) -> Both:
    """A sentence of the models."""
    return {lang: say(id, lang, **args) for lang in words.LANGS}


def known(answer: Answer | None) -> bool:
    """True where there is a number."""
    return answer is not None and answer.get("value") is not None


def day(at: str | float | datetime | None, zone: str = "UTC") -> str | None:
    """The date of a moment (ISO text, ms since 1970 or a datetime) as 2026-03-01; None for none."""
    if at is None or at == "":
        return None
    if isinstance(at, int | float):
        at = datetime.fromtimestamp(at / 1000, UTC)
    if isinstance(at, str):
        if len(at) == len("2026-03-01"):
            return at
        at = datetime.fromisoformat(at)
    return at.astimezone(ZoneInfo(zone)).date().isoformat()
