"""One value of a data unit: big-endian, one, two or four bytes.

    value = (raw - zero) / steps        steps per unit: 10 means 0.1, 1 a whole number
    raw 0xFE, 0xFFFE, 0xFFFFFFFE        the car calls the value abnormal
    raw 0xFF, 0xFFFF, 0xFFFFFFFF        the car calls the value invalid
    raw above `top`                     outside the standard's range

All three are null with their reason; the raw number stays, so nothing is lost on the way back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Null(StrEnum):
    """Why a field has no value."""

    ABNORMAL = "abnormal"
    INVALID = "invalid"
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A row of a table of the standard. `top` is the largest raw number it allows.

    `coded` False: the standard uses every number as it is (bit fields, fault codes). `dead` is a
    bit that, set, says invalid (the gear of 2025).
    """

    name: str
    width: int
    steps: int = 1
    zero: int = 0
    top: int | None = None
    unit: str = ""
    coded: bool = True
    dead: int = 0

    @property
    def full(self) -> int:
        """The largest number of this width: the code for invalid."""
        return (1 << 8 * self.width) - 1

    def null(self, raw: int) -> Null | None:
        """Why this raw number is no value; None where it is one."""
        if not self.coded:
            return None
        if raw == self.full or raw & self.dead:
            return Null.INVALID
        if raw == self.full - 1:
            return Null.ABNORMAL
        return Null.OUT_OF_RANGE if self.top is not None and raw > self.top else None

    def number(self, raw: int) -> float | int:
        """The physical number behind a raw one, whether or not it is allowed."""
        return raw - self.zero if self.steps == 1 else (raw - self.zero) / self.steps

    def value(self, raw: int) -> float | int | None:
        """The value, in the standard's unit and sign; None where it is null."""
        return None if self.null(raw) else self.number(raw)

    def raw(self, value: float | None) -> int:
        """The raw number of a value; None becomes invalid. ValueError outside the range."""
        if value is None:
            return self.full
        found = round(value * self.steps) + self.zero
        top = self.top if self.top is not None else self.full
        if not 0 <= found <= top:
            low, high = self.number(0), self.number(top)
            raise ValueError(f"{self.name}: {value:g} {self.unit} is outside {low:g}..{high:g}")
        return found


def fields(table: str) -> tuple[Field, ...]:
    """Fields of a table, one a line: name | bytes | steps | zero | top | unit.

    Bytes with `!` are not coded: every number is a value. An empty place has the usual meaning.
    """
    return tuple(_field(line) for line in table.strip().splitlines())


def _field(line: str) -> Field:
    name, width, steps, zero, top, unit = (cell.strip() for cell in line.split("|"))
    return Field(
        name=name,
        width=int(width.rstrip("!")),
        steps=int(steps or 1),
        zero=int(zero or 0),
        top=int(top) if top else None,
        unit=unit,
        coded=not width.endswith("!"),
    )
