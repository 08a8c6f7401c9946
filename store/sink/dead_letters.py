"""What waits or was refused, for the operator: list, count, and drive again through intake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.ports import TelemetrySink
from domain.readings import REDRIVABLE, Accepted, Quarantine, Rejected
from store.db.pool import Pool
from store.db.sql import queries

_Q = queries("dead_letters")
Intake = Callable[[str, bytes, datetime], Accepted | Rejected]
"""What judges a message: topic, payload, when it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One open letter; `rows` names waiting rows by reason, empty where the whole message waits."""

    id: int
    tenant_id: int | None
    device_id: int | None
    topic: str
    reason: Quarantine
    detail: str
    payload: bytes = field(repr=False)
    rows: Mapping[str, list[int]]
    row_count: int
    received_at: datetime
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Open letters of one reason."""

    reason: str
    letters: int
    rows: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Redriven:
    """What a drive did: letters closed, letters that still wait, rows stored."""

    closed: int
    waiting: int
    rows_stored: int


class DeadLetters:
    """Reads and closes letters; connects as vigil_worker."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def counts(self, tenant_id: int | None = None) -> list[Waiting]:
        """Open letters by reason."""
        with self._pool.transaction() as connection:
            rows = connection.execute(_Q["counts"], {"tenant": tenant_id}).fetchall()
        return [Waiting(reason=r, letters=n, rows=c, oldest=o) for r, n, c, o in rows]

    def open(
        self,
        *,
        tenant_id: int | None = None,
        reasons: Iterable[Quarantine] = tuple(Quarantine),
        after: int = 0,
        limit: int = 100,
    ) -> list[Letter]:
        """Open letters by id, from after a given one."""
        parameters = {
            "tenant": tenant_id,
            "after": after,
            "limit": limit,
            "reasons": [reason.value for reason in reasons],
        }
        with self._pool.transaction() as connection:
            rows = connection.execute(_Q["open"], parameters).fetchall()
        return [_letter(*row) for row in rows]

    def redrive(
        self,
        intake: Intake,
        sink: TelemetrySink,
        *,
        tenant_id: int | None = None,
        reasons: Iterable[Quarantine] = REDRIVABLE,
    ) -> Redriven:
        """Judge and store every open letter of these reasons once more.

        Dying in the middle loses and doubles nothing: the ledger knows what was stored.
        """
        closed = waiting = stored = 0
        for letter in self._all(tenant_id, list(reasons)):
            judged = intake(letter.topic, letter.payload, letter.received_at)
            passed = isinstance(judged, Accepted)
            if isinstance(judged, Accepted):
                fate = sink.commit([judged], []).stored[0]
                stored += fate.rows_stored
                passed = not judged.waiting
            with self._pool.transaction() as connection:
                connection.execute(_Q["tried"], {"id": letter.id, "closed": passed})
            closed, waiting = closed + passed, waiting + (not passed)
        return Redriven(closed=closed, waiting=waiting, rows_stored=stored)

    def _all(self, tenant_id: int | None, reasons: list[Quarantine]) -> Iterator[Letter]:
        after = 0
        while letters := self.open(tenant_id=tenant_id, reasons=reasons, after=after):
            yield from letters
            after = letters[-1].id


def _letter(
    number: int,
    tenant: int | None,
    device: int | None,
    topic: str,
    reason: str,
    detail: str,
    payload: bytes,
    rows: Mapping[str, list[int]],
    count: int,
    received: datetime,
    tries: int,
) -> Letter:
    return Letter(
        id=number,
        tenant_id=tenant,
        device_id=device,
        topic=topic,
        reason=Quarantine(reason),
        detail=detail,
        payload=bytes(payload),
        rows=rows,
        row_count=count,
        received_at=received,
        tries=tries,
    )
