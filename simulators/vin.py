"""Vehicle identification numbers and calibration ids of simulated cars; check digit of ISO 3779."""

from __future__ import annotations

from simulators.seeded_random import dice

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_VALUES = dict(
    zip(
        _LETTERS, (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True
    )
)
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
"""Weights of the check digit (GB 16735, 49 CFR 565)."""


def check_digit(vin: str) -> str:
    """Character 9 of a 17-character VIN.

    >>> check_digit("1M8GDM9AXKP042788")
    'X'
    """
    total = sum(
        weight * (int(c) if c.isdigit() else _VALUES[c])
        for c, weight in zip(vin, _WEIGHTS, strict=True)
    )
    return "X" if total % 11 == 10 else str(total % 11)


def vin(seed: int) -> str:
    """A VIN with a maker code that nobody has ("LZZ") and the right check digit."""
    chance = dice(seed, "vin")
    middle = "".join(chance.choice(list(_LETTERS), 5))
    serial = int(chance.integers(1, 1_000_000))
    blank = f"LZZ{middle}0SV{serial:06d}"
    return blank[:8] + check_digit(blank) + blank[9:]


def calibration_id(seed: int, name: str) -> str:
    """Sixteen characters that name the software of one car's engine or vehicle controller."""
    return f"VGL{name[:5].upper():_<5}{seed % 10**8:08d}"
