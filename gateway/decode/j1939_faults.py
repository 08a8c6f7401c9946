"""Trouble codes of J1939: DM1 (active) and DM2 (previous), lamps, SPN and FMI (J1939-73).

    byte 1   MIL 8-7 | red stop 6-5 | amber warning 4-3 | protect 2-1      01 = on
    byte 2   the same, flashing
    then 4 bytes a fault: SPN low, SPN mid, SPN high 3 bits | FMI 5 bits, CM 1 bit | count 7 bits

CM 0 is method 4. CM 1 means one of the older methods 1 to 3, which only the maker knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

ACTIVE, PREVIOUS = 0xFECA, 0xFECB
_LAMPS = (("mil", 6), ("stop", 4), ("warning", 2), ("protect", 0))
"""Lamps by the place of their two bits in the first byte (J1939-73)."""
_ON = 0b01


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: what (SPN), how (FMI), how often it came; 127 times = not counted.

    `certain` is False where an older conversion method is in use and nobody said which.
    """

    spn: int
    fmi: int
    count: int
    certain: bool = True

    @property
    def text(self) -> str:
        """As a truck workshop writes it."""
        return f"SPN{self.spn}-FMI{self.fmi}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Lamps that burn and faults of one unit."""

    lamps: frozenset[str]
    flashing: frozenset[str]
    faults: tuple[Fault, ...]


def _method_1(d: bytes) -> int:
    return d[0] << 11 | d[1] << 3 | d[2] >> 5


def _method_2(d: bytes) -> int:
    return d[1] << 11 | d[0] << 3 | d[2] >> 5


def _method_4(d: bytes) -> int:
    return d[2] >> 5 << 16 | d[1] << 8 | d[0]


METHODS: dict[int, Callable[[bytes], int]] = {
    1: _method_1,
    2: _method_2,
    3: _method_4,  # the bytes of method 4 with CM set
    4: _method_4,
}


def diagnosis(data: bytes, *, older_method: int | None = None) -> Diagnosis | None:
    """DM1 or DM2; None where it is shorter than its lamps. `older_method` (1 to 3) is the maker's
    choice for faults with CM 1."""
    if len(data) < 2:
        return None
    entries = (data[i : i + 4] for i in range(2, len(data) - 3, 4))
    return Diagnosis(
        lamps=_lamps(data[0]),
        flashing=_lamps(data[1]),
        faults=tuple(_fault(e, older_method) for e in entries if _is_fault(e)),
    )


def _lamps(byte: int) -> frozenset[str]:
    return frozenset(name for name, shift in _LAMPS if byte >> shift & 0b11 == _ON)


def _is_fault(entry: bytes) -> bool:
    """All zero or all ones stand for "none"."""
    return any(entry[:3]) and entry != b"\xff\xff\xff\xff"


def _fault(entry: bytes, older_method: int | None) -> Fault:
    older = bool(entry[3] & 0x80)
    method = (older_method or 3) if older else 4
    return Fault(
        spn=METHODS[method](entry),
        fmi=entry[2] & 0x1F,
        count=entry[3] & 0x7F,
        certain=not older or older_method is not None,
    )
