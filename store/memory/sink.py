"""`TelemetrySink` in memory: the same ledger, the same rows kept, the same letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.readings import Accepted, Committed, Rejected, Stored
from store.memory.state import Chunk, EventRow, State
from store.sink import batch_outcomes, dead_letter_rows, fact_rows
from store.sink.batch_outcomes import STORED, Count, fate_of, refused
from store.sink.fact_rows import Judge, moment
from store.sink.ledger import Entry, Fate, Key, key_of, waits
from store.sink.ledger import fates as decide
from store.sink.rows import Bool, Rows, lay_out
from store.sink.states import episodes


class MemorySink:
    """Keeps batches in lists; all or nothing because nothing here fails halfway."""

    def __init__(self, state: State, judge: Judge) -> None:
        self._state = state
        self._judge = judge

    def commit(self, accepted: Sequence[Accepted], rejected: Sequence[Rejected]) -> Committed:
        """See domain.ports.TelemetrySink."""
        with self._state.lock:
            decided = decide(accepted, self._state.ledger)
            news = [a for a, f in zip(accepted, decided, strict=True) if f in STORED]
            written = self._write(news)
            self._letters(accepted, decided, rejected)
            for batch in news:
                self._book(batch, written[key_of(batch)])
            if any(count.urgent for count in written.values()):
                self._state.wake.set()
            stored: Iterable[Stored] = [
                *(fate_of(a, f, written) for a, f in zip(accepted, decided, strict=True)),
                *(refused(message) for message in rejected),
            ]
            return Committed(epoch=self._state.epoch, stored=tuple(stored))

    def _write(self, batches: Sequence[Accepted]) -> Mapping[Key, Count]:
        if not batches:
            return {}
        rows = lay_out(batches)
        bound: Bool = rows.vehicle != 0
        stored = self._fresh(rows, bound)
        self._state.chunks.append(Chunk(rows=rows, stored=stored, episodes=episodes(rows, bound)))
        urgent = [self._facts(batch) for batch in batches]
        for batch in batches:
            self._touch(batch)
        return batch_outcomes.counts(batches, rows, bound, stored, urgent)

    def _fresh(self, rows: Rows, bound: Bool) -> Bool:
        fresh = bound.copy()
        keys = zip(rows.vehicle, rows.source, rows.utc_ms, rows.digest, strict=True)
        for position, key in enumerate(tuple(int(part) for part in parts) for parts in keys):
            if not bound[position]:
                continue
            if key in self._state.rows_seen:
                fresh[position] = False
            self._state.rows_seen.add(key)  # type: ignore[arg-type]
        return fresh

    def _facts(self, batch: Accepted) -> int:
        """Events, records, bursts, gaps; how many events are urgent."""
        told = list(fact_rows.events(batch, self._judge))
        for event in told:
            self._event(event)
        for table, row in fact_rows.records(batch):
            key = (table, row["vehicle_id"], row["start_ts"], row["source_id"], row["digest"])
            self._state.records.setdefault(key, row)
        for burst in fact_rows.bursts(batch):
            self._state.bursts.setdefault(
                (burst["vehicle"], burst["ts"], burst["source"], burst["digest"]), burst
            )
        for gap in fact_rows.gaps(batch):
            self._state.gaps.setdefault((gap["stream"], gap["first"], gap["last"]), gap)
        return sum(bool(event["urgent"]) for event in told)

    def _event(self, told: dict[str, Any]) -> None:
        key = (told["vehicle"], told["ts"], told["source"], told["digest"])
        number = len(self._state.events) + 1
        row = EventRow(number=number, told=told, handled_at=told["handled"])
        self._state.events.setdefault(key, row)

    def _touch(self, batch: Accepted) -> None:
        for vehicle, first, last, ended in fact_rows.spans(batch):
            low, high = self._state.spans.get(vehicle, (moment(first), moment(last)))
            self._state.spans[vehicle] = (min(low, moment(first)), max(high, moment(last)))
            self._state.versions[vehicle] = self._state.versions.get(vehicle, 0) + 1
            known = self._state.checkpoints.get(vehicle)
            if known is not None and moment(ended) < known.edge:
                late = self._state.late.get(vehicle, moment(ended))
                self._state.late[vehicle] = min(late, moment(ended))

    def _letters(
        self, accepted: Sequence[Accepted], decided: Sequence[Fate], rejected: Sequence[Rejected]
    ) -> None:
        for batch, fate in zip(accepted, decided, strict=True):
            if fate is Fate.CONFLICT:
                letter = dead_letter_rows.conflict(batch)
                if letter["key"] not in self._state.letters:
                    self._event(fact_rows.conflict_event(batch))
                self._state.letters.setdefault(letter["key"], letter)
            elif fate in STORED:
                self._state.letters.pop(dead_letter_rows.waiting_key(batch), None)
                if batch.waiting:
                    letter = dead_letter_rows.waiting(batch)
                    self._state.letters[letter["key"]] = letter
        for message in rejected:
            letter = dead_letter_rows.refused(message)
            self._state.letters.setdefault(letter["key"], letter)

    def _book(self, batch: Accepted, count: Count) -> None:
        before = self._state.ledger.get(key_of(batch))
        self._state.ledger[key_of(batch)] = Entry(
            digest=batch.digest,
            rows_stored=count.stored + (before.rows_stored if before else 0),
            waits=waits(batch),
        )
