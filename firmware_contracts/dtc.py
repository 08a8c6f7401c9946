"""Trouble codes: bytes to text, how serious a code is, and words for people, zh and en.

    byte 1                  byte 2          byte 3 (UDS only)
    7 6  5 4  3 2 1 0       7..4  3..0      failure type
    sys  1st  2nd digit     3rd   4th       01 71 -> "P0171", 01 71 11 -> "P0171-11"
    P C B U, then a digit 0-3 and three hexadecimal digits

Severity of a code is what it says by itself; `severity` adds what else is known. Codes not in the
table are described by their system only: a maker's code may mean anything.
Meanings follow common workshop usage of SAE J2012; all texts are our own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from firmware_contracts.dtc_table import ROWS

_FORM = re.compile(r"([PCBU])([0-3][0-9A-F]{3})(?:-([0-9A-F]{2}))?\Z")
_SYSTEMS = "PCBU"


class Severity(IntEnum):
    """What the driver should do."""

    INFO = 0  # nothing
    SERVICE = 1  # book a service
    GENTLY = 2  # drive gently, service within days
    STOP = 3  # stop now


_LETTERS = {"I": Severity.INFO, "Y": Severity.SERVICE, "A": Severity.GENTLY, "R": Severity.STOP}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What a code means. `specific` False: only its system is known. Causes: likeliest first."""

    severity: Severity
    zh: str
    en: str
    causes_zh: str = ""
    causes_en: str = ""
    specific: bool = True


_GENERIC = {
    "P": Trouble(
        severity=Severity.SERVICE, zh="动力系统故障", en="Powertrain fault", specific=False
    ),
    "C": Trouble(severity=Severity.GENTLY, zh="底盘系统故障", en="Chassis fault", specific=False),
    "B": Trouble(severity=Severity.SERVICE, zh="车身系统故障", en="Body fault", specific=False),
    "U": Trouble(severity=Severity.SERVICE, zh="车内通信故障", en="Network fault", specific=False),
}

FAILURE_TYPES = {
    0x11: ("对地短路", "short to ground"),
    0x12: ("对电源短路", "short to battery"),
    0x13: ("开路", "open circuit"),
    0x14: ("对地短路或开路", "short to ground or open"),
    0x15: ("对电源短路或开路", "short to battery or open"),
    0x16: ("电压过低", "voltage below threshold"),
    0x17: ("电压过高", "voltage above threshold"),
    0x1C: ("电压超出范围", "voltage out of range"),
    0x49: ("内部电子故障", "internal electronic failure"),
    0x62: ("信号比对不符", "signal compare failure"),
    0x87: ("报文丢失", "missing message"),
}
"""UDS failure type byte -> (zh, en)."""


def text(high: int, low: int, failure_type: int | None = None) -> str:
    """The code in writing.

    >>> text(0x0A, 0x80), text(0xC1, 0x00), text(0x01, 0x71, 0x11)
    ('P0A80', 'U0100', 'P0171-11')
    """
    code = f"{_SYSTEMS[high >> 6]}{high >> 4 & 3}{high & 15:X}{low:02X}"
    return code if failure_type is None else f"{code}-{failure_type:02X}"


def number(code: str) -> int:
    """The two bytes of a written code; ValueError names what is wrong.

    >>> hex(number("U0100-87"))
    '0xc100'
    """
    found = _FORM.match(code.upper())
    if found is None:
        raise ValueError(
            f"trouble code {code!r}: write P, C, B or U, a digit 0-3, three hex digits"
        )
    return _SYSTEMS.index(found[1]) << 14 | int(found[2], 16)


def _span(words: str) -> list[int]:
    out: list[int] = []
    for word in words.split():
        first, _, last = word.partition("-")
        out += range(number(first), number(last or first) + 1)
    return out


def _table() -> dict[int, Trouble]:
    out: dict[int, Trouble] = {}
    for row in ROWS.strip().splitlines():
        codes, letter, zh, en, causes_zh, causes_en = row.split("|")
        trouble = Trouble(
            severity=_LETTERS[letter], zh=zh, en=en, causes_zh=causes_zh, causes_en=causes_en
        )
        out.update(dict.fromkeys(_span(codes), trouble))
    return out


TABLE = _table()
MISFIRES = frozenset(_span("P0300-P0308"))
ISOLATION = frozenset(_span("P0AA6 P1AA6"))


def describe(code: str) -> Trouble:
    """What a code means; never fails for a code in writing, known or not."""
    return TABLE.get(number(code)) or _GENERIC[code[0].upper()]


def severity(code: str, *, pending_only: bool = False, lamp_flashes: bool = False) -> Severity:
    """How serious a code is together with how it stands.

    A code only pending counts one level less, but never less than INFO, and STOP stays STOP. A
    flashing lamp makes a misfire STOP (it burns the catalyst), anything else one level more.
    """
    level = describe(code).severity
    if lamp_flashes:
        return Severity.STOP if number(code) in MISFIRES else Severity(min(level + 1, 3))
    if pending_only and level is not Severity.STOP:
        return Severity(max(level - 1, 0))
    return level
