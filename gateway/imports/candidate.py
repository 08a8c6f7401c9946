"""A field that an import found, before anybody said what it means to us."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bits:
    """Where a number lies after the echo, and how it becomes a value: raw * scale + offset."""

    start: int
    size: int
    scale: float = 1.0
    offset: float = 0.0
    signed: bool = False
    little: bool = False
    shift: int = 0
    width: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`name` as its source has it; `low` and `high` are the range it states, in its own `unit`.

    `sign_stated` is False where a signed quantity's direction is nobody's word.
    """

    name: str
    title: str
    tx: int
    rx: int
    service: int
    did: int
    bits: Bits
    unit: str = ""
    metric: str = ""
    target: int | None = None
    period_s: float = 10.0
    low: float | None = None
    high: float | None = None
    sentinels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A field that cannot be imported, and why."""

    name: str
    reason: str
