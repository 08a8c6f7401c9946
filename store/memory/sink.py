"""`TelemetrySink` in memory: the same ledger, the same rows kept, the same letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.readings import Accepted, Committed, Rejected, Stored
from store.memory.state import Chunk, EventRow, State
from store.sink import batch_outcomes, dead_letter_rows, fact_rows
from store.sink.batch_outcomes import TO_WRITE, RowCount, outcome_of, refusal_of
from store.sink.fact_rows import Judge, moment
from store.sink.ledger import Key, LedgerEntry, LedgerVerdict, key_of, still_waits, verdicts_of
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
            verdicts = verdicts_of(accepted, self._state.ledger)
            new_batches = [a for a, f in zip(accepted, verdicts, strict=True) if f in TO_WRITE]
            counts = self._write(new_batches)
            self._keep_dead_letters(accepted, verdicts, rejected)
            for batch in new_batches:
                self._enter_in_ledger(batch, counts[key_of(batch)])
            if any(count.urgent for count in counts.values()):
                self._state.wake.set()
            stored: Iterable[Stored] = [
                *(outcome_of(a, f, counts) for a, f in zip(accepted, verdicts, strict=True)),
                *(refusal_of(message) for message in rejected),
            ]
            return Committed(epoch=self._state.epoch, stored=tuple(stored))

    def _write(self, batches: Sequence[Accepted]) -> Mapping[Key, RowCount]:
        if not batches:
            return {}
        rows = lay_out(batches)
        has_vehicle: Bool = rows.vehicle != 0
        stored = self._is_new(rows, has_vehicle)
        self._state.chunks.append(
            Chunk(rows=rows, stored=stored, episodes=episodes(rows, has_vehicle))
        )
        urgent = [self._facts(batch) for batch in batches]
        for batch in batches:
            self._note_span(batch)
        return batch_outcomes.count_rows(batches, rows, has_vehicle, stored, urgent)

    def _is_new(self, rows: Rows, has_vehicle: Bool) -> Bool:
        is_new = has_vehicle.copy()
        keys = zip(rows.vehicle, rows.source, rows.utc_ms, rows.digest, strict=True)
        for position, key in enumerate(tuple(int(part) for part in parts) for parts in keys):
            if not has_vehicle[position]:
                continue
            if key in self._state.rows_seen:
                is_new[position] = False
            self._state.rows_seen.add(key)  # type: ignore[arg-type]
        return is_new

    def _facts(self, batch: Accepted) -> int:
        """Events, records, bursts, gaps; how many events are urgent."""
        events = list(fact_rows.events(batch, self._judge))
        for event in events:
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
        return sum(bool(event["urgent"]) for event in events)

    def _event(self, row: dict[str, Any]) -> None:
        key = (row["vehicle"], row["ts"], row["source"], row["digest"])
        number = len(self._state.events) + 1
        event = EventRow(number=number, parameters=row, handled_at=row["handled"])
        self._state.events.setdefault(key, event)

    def _note_span(self, batch: Accepted) -> None:
        for vehicle, first, last, ended in fact_rows.spans(batch):
            low, high = self._state.spans.get(vehicle, (moment(first), moment(last)))
            self._state.spans[vehicle] = (min(low, moment(first)), max(high, moment(last)))
            self._state.versions[vehicle] = self._state.versions.get(vehicle, 0) + 1
            checkpoint = self._state.checkpoints.get(vehicle)
            if checkpoint is not None and moment(ended) < checkpoint.edge:
                late = self._state.late.get(vehicle, moment(ended))
                self._state.late[vehicle] = min(late, moment(ended))

    def _keep_dead_letters(
        self,
        accepted: Sequence[Accepted],
        verdicts: Sequence[LedgerVerdict],
        rejected: Sequence[Rejected],
    ) -> None:
        for batch, verdict in zip(accepted, verdicts, strict=True):
            if verdict is LedgerVerdict.CONFLICT:
                letter = dead_letter_rows.conflict_letter(batch)
                if letter["key"] not in self._state.letters:
                    self._event(fact_rows.conflict_event(batch))
                self._state.letters.setdefault(letter["key"], letter)
            elif verdict in TO_WRITE:
                self._state.letters.pop(dead_letter_rows.waiting_key(batch), None)
                if batch.waiting:
                    letter = dead_letter_rows.waiting_letter(batch)
                    self._state.letters[letter["key"]] = letter
        for message in rejected:
            letter = dead_letter_rows.refused_letter(message)
            self._state.letters.setdefault(letter["key"], letter)

    def _enter_in_ledger(self, batch: Accepted, count: RowCount) -> None:
        entry = self._state.ledger.get(key_of(batch))
        self._state.ledger[key_of(batch)] = LedgerEntry(
            digest=batch.digest,
            rows_stored=count.stored + (entry.rows_stored if entry else 0),
            waits=still_waits(batch),
        )
