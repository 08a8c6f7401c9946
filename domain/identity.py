"""Who is who: device (a certificate) is not vehicle (the asset) is not tenure (an owner's time).

    Device --binding [from, until)--> Vehicle --tenure [from, until)--> Person
       |                                 |
    topics, streams, ledger           rows, assessments, alerts

Vehicle ids are random 63-bit numbers, never derived from a VIN; people and APIs see them as
`v-` + 13 Crockford characters. The VIN lives in schema `identity` only.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def new_vehicle_id() -> int:
    """A fresh random id, 1 .. 2**63-1."""
    return secrets.randbelow(2**63 - 1) + 1


def public_id(number: int, prefix: str = "v") -> str:
    """The text form of a 63-bit id.

    >>> public_id(1)
    'v-0000000000001'
    """
    if not 0 < number < 2**63:
        raise ValueError(f"id {number} is outside 1..2**63-1")
    digits = "".join(_CROCKFORD[(number >> (5 * i)) & 31] for i in range(12, -1, -1))
    return f"{prefix}-{digits}"


def from_public(text: str, prefix: str = "v") -> int:
    """The number behind a public id; ValueError when it is not one."""
    head, _, digits = text.partition("-")
    if head != prefix or len(digits) != 13 or any(c not in _CROCKFORD for c in digits):
        raise ValueError(f"{text!r} is not an id of the form {prefix}-xxxxxxxxxxxxx")
    number = 0
    for character in digits:
        number = number * 32 + _CROCKFORD.index(character)
    if not 0 < number < 2**63:
        raise ValueError(f"{text!r} is out of range")
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A device sat in a vehicle from `since` until `until` (None = still there)."""

    device_id: int
    vehicle_id: int
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A registered sender. `id` is the small surrogate that rows carry as source_id."""

    id: int
    tenant_id: int
    tenant: str
    name: str
    may_import: bool = False
    revoked: bool = False
    bindings: tuple[Binding, ...] = ()
