"""One signal of a signal set: which bits of the answer, and what they mean.

bix  first bit after the echo, most significant bit of byte 0 is bit 0
len  bits; `blsb` turns the bytes of the field round first (little endian)
value = raw * mul / div + add, held in [min, max]; `nullmin`/`nullmax` and beyond: no value
map  raw -> a word instead of a number
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

Reading = float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How one signal lies in an answer. `add_first`: value = (raw + add) * mul / div."""

    bix: int = 0
    bits: int
    little: bool = False
    signed: bool = False
    mul: float = 1.0
    div: float = 1.0
    add: float = 0.0
    add_first: bool = False
    low: float = 0.0
    high: float = 0.0
    null_low: float | None = None
    null_high: float | None = None
    unit: str = ""
    words: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.bits < 1 or self.bix < 0:
            raise ValueError(f"bit {self.bix}, length {self.bits}: must be 0 or more, 1 or more")
        if not self.div:
            raise ValueError("div 0: a value cannot be divided by it")

    def raw(self, body: bytes) -> int | None:
        """The bits as an integer; None where the answer is too short for them."""
        total, end = 8 * len(body), self.bix + self.bits
        if end > total:
            return None
        if self.little and self.bits > 8:
            first = self.bix // 8
            last = first + (self.bits + 7) // 8
            body = body[:first] + body[first:last][::-1] + body[last:]
        raw = int.from_bytes(body, "big") >> (total - end) & ((1 << self.bits) - 1)
        return raw - (1 << self.bits) if self.signed and raw >> (self.bits - 1) else raw

    def read(self, body: bytes) -> Reading:
        """The reading as the signal set means it; None = no value (too short, null, no word)."""
        raw = self.raw(body)
        if raw is None:
            return None
        return self.words.get(raw) if self.words else self._number(raw)

    def _number(self, raw: int) -> float | None:
        value = self.physical(raw)
        if self.null_low is not None and value <= self.null_low:
            return None
        if self.null_high is not None and value >= self.null_high:
            return None
        return max(self.low, min(value, self.high)) if self.high > self.low else value

    def physical(self, raw: int) -> float:
        """Unit conversion alone."""
        if self.add_first:
            return (raw + self.add) * self.mul / self.div
        return raw * self.mul / self.div + self.add

    @property
    def raw_ends(self) -> tuple[int, int]:
        """Smallest and largest raw number of the field."""
        half = 1 << (self.bits - 1)
        return (-half, half - 1) if self.signed else (0, 2 * half - 1)


def parse(fmt: Mapping[str, object]) -> Format:
    """A `fmt` object of a signal set. KeyError, TypeError or ValueError where it is not one."""
    words = fmt.get("map")
    plain = Format(
        bix=int(_number(fmt, "bix", 0)),
        bits=int(_number(fmt, "len", None)),
        little=bool(fmt.get("blsb", False)),
        signed=bool(fmt.get("sign", False)),
        mul=_number(fmt, "mul", 1),
        div=_number(fmt, "div", 1),
        add=_number(fmt, "add", 0),
        low=_number(fmt, "min", 0),
        high=_number(fmt, "max", 0),
        null_low=_optional(fmt, "nullmin"),
        null_high=_optional(fmt, "nullmax"),
        unit=str(fmt.get("unit", "")),
        words={int(k): _word(v) for k, v in words.items()} if isinstance(words, Mapping) else {},
    )
    return _ordered(plain)


def _ordered(plain: Format) -> Format:
    """Sets do not agree whether `add` comes before or after scaling (fuel trims: raw - 128 times
    100 / 128). The declared range tells: the other order is taken only where the usual one misses
    it and the other meets both ends."""
    if not plain.add or plain.mul == plain.div or plain.high <= plain.low:
        return plain
    other = replace(plain, add_first=True)
    return other if not _meets(plain) and _meets(other) else plain


def _meets(fmt: Format) -> bool:
    low, high = (fmt.physical(raw) for raw in fmt.raw_ends)
    slack = 0.02 * (fmt.high - fmt.low)
    return abs(low - fmt.low) <= slack and abs(high - fmt.high) <= slack


def _number(fmt: Mapping[str, object], key: str, default: float | None) -> float:
    value = fmt.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} {value!r}: write a number")
    return value


def _optional(fmt: Mapping[str, object], key: str) -> float | None:
    return None if fmt.get(key) is None else _number(fmt, key, None)


def _word(entry: object) -> str:
    return str(entry.get("value", "")) if isinstance(entry, Mapping) else str(entry)
