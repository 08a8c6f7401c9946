"""The topic table: v1/{tenant}/{device}/{leaf}, and who may do what on it.

    leaf        direction   written by   read by    carries
    telemetry   up          device       ingest     sealed TelemetryBatch
    event       up          device       ingest     sealed TelemetryBatch of the alarm class
    status      up          device       ingest     Hello (birth, last will)
    reply       up          device       control    answer to a command
    receipt     down        ingest       device     Receipt, TimeReply
    collect     down        control      device     signed collection scheme
    cmd         down        control      device     signed read-only command

A topic never holds a VIN, a plate or a position.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

ROOT = "v1"
UP = ("telemetry", "event", "status", "reply")
DOWN = ("receipt", "collect", "cmd")
LEAVES = UP + DOWN
SEPARATOR = "/"
"""Between tenant and device in an identity, as in a topic: `v1/{identity}/{leaf}`."""
LONGEST_IDENTITY = 64
"""A certificate's common name holds no more (X.520, ub-common-name)."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One parsed topic; raises ValueError for a name that could not be an ACL-safe segment."""

    tenant: str
    device: str
    leaf: str

    def __post_init__(self) -> None:
        for what, name in (("tenant", self.tenant), ("device", self.device)):
            if not _NAME.match(name):
                raise ValueError(f"{what} {name!r}: use 1-64 letters, digits, '_' or '-'")
        if self.leaf not in LEAVES:
            raise ValueError(f"topic leaf {self.leaf!r} is not one of {', '.join(LEAVES)}")

    def __str__(self) -> str:
        return f"{ROOT}/{self.tenant}/{self.device}/{self.leaf}"


def identity(tenant: str, device: str) -> str:
    """Who a device is, wherever it is named: common name, user name and client id are this.

    ValueError for names that are no topic segment, or together too long for a certificate.
    """
    Topic(tenant=tenant, device=device, leaf="telemetry")
    name = f"{tenant}{SEPARATOR}{device}"
    if len(name) > LONGEST_IDENTITY:
        raise ValueError(
            f"{name!r} has {len(name)} letters: tenant and device have at most "
            f"{LONGEST_IDENTITY - 1} together"
        )
    return name


@lru_cache(maxsize=1 << 17)
def parse(topic: str) -> Topic:
    """The parts of a topic string; ValueError names what is wrong."""
    parts = topic.split("/")
    if len(parts) != 4 or parts[0] != ROOT:
        raise ValueError(f"topic {topic!r} is not {ROOT}/tenant/device/leaf")
    return Topic(tenant=parts[1], device=parts[2], leaf=parts[3])


def every(leaf: str) -> str:
    """Subscription filter for one leaf of all devices."""
    return f"{ROOT}/+/+/{leaf}"


def shared(group: str, leaf: str) -> str:
    """Shared-subscription filter: each message to one member of the group."""
    return f"$share/{group}/{every(leaf)}"
