"""Codes of one root: which suspicion a code belongs to, and which suspicions explain it.

A root is a word of `domain.causes` where the codes say the same as a model of ours would (misfire,
lean mixture, silent units), else the lowest code of the same part: sensor low, high and implausible
are one thing to a driver. A code of the red list keeps its own word: it acts alone.
"""

from __future__ import annotations

import re

from domain.trouble.meaning import meaning_of
from domain.trouble.table import entries, root_code
from domain.urgent import RED_CODES

_LOST = "no longer heard on the network"
_NAMED = (
    ("misfire", re.compile(r"P03(?:0[0-9A-F]|1[0-46])")),
    ("fuel_lean", re.compile(r"P0171|P0174|P2187|P2189|P2177|P2179|P219[13]")),
    ("fuel_rich", re.compile(r"P0172|P0175|P2188|P2190|P2178|P2180|P219[24]")),
    ("charging_system", re.compile(r"P056[0-3]|P062[0-2]|P0A94|P0A8[DE]")),
    ("thermostat_open", re.compile(r"P0128|P0126")),
    ("dpf_clogging", re.compile(r"P200[23]|P2463|P242F|P244[AB]|P246[AC]")),
    ("communication", re.compile(r"U00[0-9A-F]{2}")),
)
_EXPLAINED = (
    (re.compile(r"P04[23][0-9A-F]"), ("misfire", "fuel_rich")),
    (re.compile(r"P01[3-6][0-9A-F]|P219[5-9]|P22[0-7][0-9A-F]"), ("fuel_lean", "fuel_rich")),
    (re.compile(r"U[0-3]"), ("charging_system", "twelve_volt_weak", "communication")),
)
"""Which suspicions make an alert of such a code needless: heat of misfires kills a catalyst, a
mixture that is wrong makes lambda probes look wrong, low voltage silences units. Brakes, steering
and protection are never explained away."""


def root_of(code: str) -> str:
    """The cause a code belongs to.

    >>> root_of("P0301"), root_of("P0118"), root_of("U0121"), root_of("P0217")
    ('misfire', 'dtc_p0115', 'communication', 'dtc_p0217')
    """
    if code in RED_CODES or meaning_of(code).severity.word == "red":
        return f"dtc_{code.lower()}"
    named = next((word for word, codes in _NAMED if codes.fullmatch(code)), None)
    if named is not None:
        return named
    entry = entries().get(code)
    if entry is not None and entry.aspect.en == _LOST:
        return "communication"
    return f"dtc_{root_code(code).lower()}"


def explained_by(code: str) -> frozenset[str]:
    """Causes that make an alert of this code needless."""
    found = (words for codes, words in _EXPLAINED if codes.match(code))
    return frozenset(word for words in found for word in words)
