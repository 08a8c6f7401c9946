"""A line of a health report: a name and its text, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.sentences.bilingual import Bilingual

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """`note` stands smaller beneath; `of` is the word of the quantity where there is one."""

    name: Bilingual
    value: Bilingual
    note: Bilingual | None = None
    of: str = ""


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
