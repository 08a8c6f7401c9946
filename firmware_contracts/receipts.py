"""What the cloud has really stored, said to the device after the commit.

A receipt speaks of one transaction only and needs no knowledge of other workers. Ranges are
closed: (3, 5) is 3, 4 and 5.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Sequences that will never be stored as they are; the device may let them go.

    The cloud kept them as dead letters under `reason`.
    """

    stream: bytes
    ranges: tuple[Range, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`closed` maps a stream to the ranges this transaction committed or found committed.

    `renew` names streams that must not be continued (cloned card, restored image): the device
    starts a new one and sends again what it still holds.
    """

    store_epoch: int
    closed: dict[bytes, tuple[Range, ...]]
    refused: tuple[Refusal, ...] = ()
    renew: tuple[bytes, ...] = ()
    recovered_to_ms: int | None = None


def ranges(sequences: Iterable[int]) -> tuple[Range, ...]:
    """Closed ranges that cover exactly the given sequences, ascending.

    >>> ranges([5, 3, 4, 9, 4])
    ((3, 5), (9, 9))
    """
    out: list[list[int]] = []
    for seq in sorted(set(sequences)):
        if out and seq == out[-1][1] + 1:
            out[-1][1] = seq
        else:
            out.append([seq, seq])
    return tuple((first, last) for first, last in out)
