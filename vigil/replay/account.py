"""Where every row went: rows in = stored + duplicates + quarantined, by the ledger's own word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from store.sink.stream_account import SequenceAccount

NO_TIME = "no_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`quarantined` counts rows by reason; a row without a time was never sent: `no_time`."""

    rows_in: int
    stored: int
    duplicate: int
    quarantined: Mapping[str, int]

    @property
    def identity(self) -> bool:
        """True when every row is somewhere, once."""
        return self.rows_in == self.stored + self.duplicate + sum(self.quarantined.values())


def account(
    rows_in: int,
    sent: Mapping[int, int],
    before: Mapping[int, SequenceAccount],
    after: Mapping[int, SequenceAccount],
) -> Account:
    """`sent` maps sequences to their rows; `before` and `after` are the store's word on each.

    What a sequence had stored before this run is a duplicate now.
    """
    stored = duplicate = 0
    quarantined = Counter({NO_TIME: rows_in - sum(sent.values())})
    for seq in sent:
        now, then = after.get(seq, SequenceAccount()), before.get(seq, SequenceAccount())
        stored += now.stored - then.stored
        duplicate += now.duplicate + then.stored
        quarantined.update(now.waiting)
    return Account(
        rows_in=rows_in, stored=stored, duplicate=duplicate, quarantined=dict(+quarantined)
    )
