"""How many bytes every PID of mode 01 answers with (SAE J1979DA), and how an answer is cut up.

A length must be known even where the value is not used: several PIDs stand in one answer without
a separator. Fuel trims have a second byte only on engines with a third bank, so their answers
are cut in the one way in which everything fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

BITMAPS = (0x00, 0x20, 0x40, 0x60, 0x80, 0xA0, 0xC0)
"""PIDs that tell which of the next 32 are supported (SAE J1979)."""

_BY_LENGTH = {
    1: "04 05 0A 0B 0D 0E 0F 11 12 13 1C 1D 1E 2C 2D 2E 2F 30 33 45-4C 51 52 5A-5C 5F 61 62 7D 7E "
    "84 8D 8E A9 AA B2",
    2: "02 03 0C 10 14-1B 1F 21-23 31 32 3C-3F 42-44 4D 4E 53 54 59 5D 5E 63 65 92 9E A2",
    3: "67 6F 90 93 D2",
    4: "00 01 20 24-2B 34-3B 40 41 4F 50 60 80 9B 9D A0 A4-A8 C0 D3",
    5: "64 66 6A-6C 72-74 77 86 87 91",
    6: "71 9A",
    7: "68 69 75 76 7A 7B 8B 8F",
    9: "6E 78 79 7C 83 98 99 9F A1 A3",
    10: "70 85",
    11: "6D",
    12: "94",
    13: "7F 88",
    17: "8C 9C",
    41: "81 82 89 8A",
}
_TRIMS = "06-09 55-58"


def _numbers(words: str) -> Iterable[int]:
    for word in words.split():
        first, _, last = word.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def _lengths() -> dict[int, tuple[int, ...]]:
    out = {pid: (n,) for n, words in _BY_LENGTH.items() for pid in _numbers(words)}
    return out | dict.fromkeys(_numbers(_TRIMS), (1, 2))


LENGTHS = MappingProxyType(_lengths())
"""PID -> the lengths that its answer may have, the usual one first."""


def split(body: bytes) -> tuple[list[tuple[int, bytes]], int | None]:
    """`pid data pid data ...` as pairs, and the PID at which it could not go on (None = all).

    Where nothing fits to the end, what comes before the first PID of unknown length is kept.
    """
    whole = _ways(body)
    out: list[tuple[int, bytes]] = []
    at = 0
    while at < len(body):
        fitting = [n for n in LENGTHS.get(body[at], ()) if at + 1 + n <= len(body)]
        if not fitting:
            return out, body[at]
        n = next((n for n in fitting if at + 1 + n in whole), fitting[0])
        out.append((body[at], body[at + 1 : at + 1 + n]))
        at += 1 + n
    return out, None


def _ways(body: bytes) -> frozenset[int]:
    """Positions from which the rest can be cut up to its very end."""
    good = {len(body)}
    for at in range(len(body) - 1, -1, -1):
        if any(at + 1 + n in good for n in LENGTHS.get(body[at], ())):
            good.add(at)
    return frozenset(good)
