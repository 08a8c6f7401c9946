"""A sentence not yet put into words: rules give it, pages and messages write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """The id of a sentence and its arguments (plain numbers, words and ids)."""

    id: str
    args: Mapping[str, str | int | float] = field(default_factory=dict)
