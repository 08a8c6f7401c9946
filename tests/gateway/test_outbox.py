"""What the outbox promises: kept until receipted, no sequence twice, every loss said."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from firmware_contracts import codec
from firmware_contracts.receipts import Receipt, Refusal, ranges
from firmware_contracts.telemetry import Anchor, Gap
from gateway.errors import OutboxBusy, OutboxFailed, OutboxFull
from gateway.outbox import Kind, Outbox
from tests.firmware_contracts.batches import batch


class Hands:
    """A clock that is moved by hand, in ms."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def outbox(tmp_path: Path, hands: Hands) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db", wall_ms=hands, mono_ms=hands)
    yield box
    box.close()


def write(stream: bytes, seq: int, gaps: tuple[Gap, ...]) -> bytes:
    return codec.encode(batch(stream=stream, seq=seq, gaps=gaps, labels={"n": str(seq)}))


def padded(size: int) -> Callable[[bytes, int, tuple[Gap, ...]], bytes]:
    return lambda stream, seq, gaps: write(stream, seq, gaps) + b"\xca\x3e" + _field(size)


def _field(size: int) -> bytes:
    return bytes([size & 127 | 128, size >> 7]) + bytes(size)


def closing(*keys: tuple[bytes, int], epoch: int = 1, **more: object) -> Receipt:
    streams = {s: ranges(q for t, q in keys if t == s) for s, _ in keys}
    return Receipt(store_epoch=epoch, closed=streams, **more)  # type: ignore[arg-type]


def test_a_batch_stays_until_its_receipt_and_is_sent_again_with_growing_patience(
    outbox: Outbox,
) -> None:
    key = outbox.add(Kind.TELEMETRY, write)
    assert [q.key for q in outbox.due(0, 8)] == [key]
    assert outbox.due(29_999, 8) == []
    assert [q.tries for q in outbox.due(30_000, 8)] == [2]
    assert outbox.due(30_000 + 59_999, 8) == []
    assert [q.tries for q in outbox.due(30_000 + 60_000, 8)] == [3]
    assert outbox.settle(closing(key)).closed == 1
    assert (outbox.pending, outbox.due(10**9, 8)) == (0, [])


def test_patience_ends_growing_at_ten_minutes(outbox: Outbox) -> None:
    outbox.add(Kind.TELEMETRY, write)
    now, waits = 0, []
    for _ in range(9):
        outbox.due(now, 8)
        step = next(s for s in range(30_000, 700_000, 30_000) if outbox.due(now + s, 0))
        waits.append(step)
        now += step
    assert waits[0] == 30_000
    assert max(waits) == 600_000


def test_receipts_make_the_patient_hurry(outbox: Outbox) -> None:
    keys = [outbox.add(Kind.TELEMETRY, write) for _ in range(2)]
    for now in (0, 30_000, 90_000):
        outbox.due(now, 8)
    outbox.settle(closing(keys[0]))
    outbox.hasten()
    assert [q.key for q in outbox.due(120_000, 8)] == [keys[1]]


def test_no_more_than_the_limit_is_on_the_way(outbox: Outbox) -> None:
    for _ in range(5):
        outbox.add(Kind.TELEMETRY, write)
    assert len(outbox.due(0, 3)) == 3
    assert outbox.due(1, 3) == []
    assert outbox.on_the_way == 3


def test_the_newest_alarm_goes_before_all_telemetry(outbox: Outbox) -> None:
    outbox.add(Kind.TELEMETRY, write)
    first = outbox.add(Kind.ALARM, write)
    second = outbox.add(Kind.ALARM, write)
    assert [q.key for q in outbox.due(0, 2)] == [second, first]


def test_a_backlog_does_not_starve_what_was_just_read(outbox: Outbox, hands: Hands) -> None:
    history = [(bytes(16), seq) for seq in range(20)]
    for stream, seq in history:
        outbox.put(stream, seq, write(stream, seq, ()))
    old = [outbox.add(Kind.TELEMETRY, write) for _ in range(20)]
    hands.now += 120_000
    live = outbox.add(Kind.TELEMETRY, write)
    assert [q.key for q in outbox.due(0, 3)] == [live, *history[:2]]
    rest = [q.key for q in outbox.due(0, 99)]
    assert rest == history[2:] + old, "and the backlog goes in order"


def test_sequences_go_on_after_a_restart_and_streams_stay(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    keys = []
    for _ in range(3):
        box = Outbox(path)
        keys.append(box.add(Kind.TELEMETRY, write))
        box.due(0, 9)
        box.settle(closing(*keys))
        box.close()
    assert [seq for _, seq in keys] == [0, 1, 2]
    assert len({stream for stream, _ in keys}) == 1


def test_a_batch_that_cannot_be_written_uses_no_sequence(outbox: Outbox) -> None:
    def fails(*_: object) -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        outbox.add(Kind.TELEMETRY, fails)
    assert outbox.add(Kind.TELEMETRY, write)[1] == 0


def test_put_is_the_same_however_often(outbox: Outbox) -> None:
    stream = bytes(16)
    for _ in range(3):
        outbox.put(stream, 4, write(stream, 4, ()))
    assert outbox.pending == 1
    outbox.due(0, 9)
    outbox.settle(closing((stream, 4)))
    outbox.put(stream, 4, write(stream, 4, ()))
    assert [q.key for q in outbox.due(0, 9)] == [(stream, 4)]


def test_refused_batches_are_let_go_and_counted(outbox: Outbox) -> None:
    stream, seq = outbox.add(Kind.TELEMETRY, write)
    outbox.due(0, 9)
    refusal = Refusal(stream=stream, ranges=((seq, seq),), reason="poison")
    done = outbox.settle(Receipt(store_epoch=1, closed={}, refused=(refusal,)))
    assert (done.refused, outbox.refused, outbox.pending) == (1, 1, 0)


def test_a_receipt_closes_nothing_that_this_copy_never_sent(outbox: Outbox, tmp_path: Path) -> None:
    """Two cards with one image: what the other one stored is not what we hold."""
    outbox.add(Kind.TELEMETRY, write)
    key = outbox.add(Kind.TELEMETRY, write)
    assert outbox.settle(closing(key)).closed == 0
    assert outbox.pending == 2


def test_a_renewed_stream_is_left_with_everything_it_still_holds(outbox: Outbox) -> None:
    old = [outbox.add(Kind.TELEMETRY, write) for _ in range(3)]
    said = {q.seq: codec.unseal(codec.seal(q.body)).digest for q in outbox.due(0, 9)}
    stream = old[0][0]
    refusal = Refusal(stream=stream, ranges=((1, 2),), reason="stream_conflict")
    done = outbox.settle(closing(old[0], renew=(stream,), refused=(refusal,)))
    again = outbox.due(0, 9)
    assert (done.closed, done.moved, done.refused) == (1, 2, 0)
    assert [q.seq for q in again] == [0, 1]
    assert stream not in {q.stream for q in again}
    assert [codec.unseal(codec.seal(q.body)).digest for q in again] == [said[1], said[2]]
    assert outbox.add(Kind.TELEMETRY, write)[0] == again[0].stream


def test_a_new_store_epoch_offers_again_what_came_after_the_recovery_point(
    outbox: Outbox, hands: Hands
) -> None:
    early, late = outbox.add(Kind.TELEMETRY, write), None
    outbox.due(0, 9)
    outbox.settle(closing(early))
    hands.now += 3_600_000
    late = outbox.add(Kind.TELEMETRY, write)
    outbox.due(0, 9)
    outbox.settle(closing(late))
    done = outbox.settle(closing(epoch=2, recovered_to_ms=hands.now - 60_000))
    assert done.reoffered == 1
    assert [q.key for q in outbox.due(0, 9)] == [late]
    assert outbox.settle(closing(late, epoch=1)).closed == 0, "a receipt of the lost epoch"
    assert outbox.settle(closing(late, epoch=2)).closed == 1
    assert outbox.settle(closing(epoch=3)).reoffered == 2, "no recovery point: all that is kept"


def test_receipted_batches_are_kept_for_72_hours(outbox: Outbox, hands: Hands) -> None:
    key = outbox.add(Kind.TELEMETRY, write)
    outbox.due(0, 9)
    outbox.settle(closing(key))
    hands.now += 73 * 3_600_000
    outbox.add(Kind.TELEMETRY, write)
    assert outbox.settle(closing(epoch=2)).reoffered == 0


def test_a_full_outbox_forgets_receipted_then_gives_up_the_oldest_telemetry_and_says_so(
    tmp_path: Path,
) -> None:
    box = Outbox(tmp_path / "o.db", max_bytes=10_000)
    keys = [box.add(Kind.TELEMETRY, padded(2000)) for _ in range(4)]
    box.due(0, 1)
    box.settle(closing(keys[0]))
    alarm = box.add(Kind.ALARM, padded(2000))
    assert box.evicted == 0, "the receipted one made room"
    for _ in range(3):
        keys.append(box.add(Kind.TELEMETRY, padded(2000)))
    assert box.held_bytes <= 10_000
    held = {q.key: codec.unseal(codec.seal(q.body)).batch for q in box.due(10**9, 99)}
    told = {
        (g.stream, s) for b in held.values() for g in b.gaps for s in range(g.first, g.last + 1)
    }
    gone = set(keys[1:]) - set(held)
    assert alarm in held
    assert box.evicted == len(gone) == 3
    untold = gone - told
    next_one = box.add(Kind.TELEMETRY, write)
    held = {q.key: codec.unseal(codec.seal(q.body)).batch for q in box.due(10**10, 99)}
    told |= {(g.stream, s) for g in held[next_one].gaps for s in range(g.first, g.last + 1)}
    assert untold <= told
    box.close()


def test_telemetry_never_pushes_out_an_alarm(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "o.db", max_bytes=6_000)
    alarms = [box.add(Kind.ALARM, padded(1800)) for _ in range(3)]
    for _ in range(4):
        box.add(Kind.TELEMETRY, padded(1800))
    assert {q.key for q in box.due(0, 99)} == set(alarms)
    assert box.evicted == 4
    box.add(Kind.ALARM, padded(1800))
    assert box.evicted == 5, "only an alarm makes room among alarms"
    box.close()


def test_a_gap_is_told_again_when_the_batch_that_told_it_is_given_up(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "o.db", max_bytes=5_000)
    for _ in range(8):
        box.add(Kind.TELEMETRY, padded(2000))
    seq = box.add(Kind.TELEMETRY, write)[1]
    bodies = [codec.unseal(codec.seal(q.body)).batch for q in box.due(0, 99)]
    told = {s for b in bodies for g in b.gaps for s in range(g.first, g.last + 1)}
    assert told | {b.seq for b in bodies} == set(range(seq + 1))
    box.close()


def test_what_can_never_be_sent_becomes_a_gap(outbox: Outbox) -> None:
    key = outbox.add(Kind.TELEMETRY, write)
    outbox.due(0, 9)
    outbox.drop(key)
    other = outbox.add(Kind.TELEMETRY, write)
    told = codec.unseal(codec.seal(outbox.due(0, 9)[0].body)).batch.gaps
    assert told == (Gap(stream=key[0], first=key[1], last=key[1]),)
    assert outbox.pending == 1
    assert other[1] == key[1] + 1


def test_waiting_for_five_minutes_makes_a_batch_late(outbox: Outbox, hands: Hands) -> None:
    outbox.add(Kind.TELEMETRY, write)
    hands.now += 300_001
    outbox.add(Kind.TELEMETRY, write)
    assert {q.seq: q.late for q in outbox.due(0, 9)} == {0: True, 1: False}
    assert outbox.oldest_age_ms == 300_001


def test_the_anchor_of_a_past_boot_is_kept(outbox: Outbox) -> None:
    for offset, quality in ((5, 50), (6, 20)):
        outbox.remember_anchor(Anchor(boot=bytes(16), offset_ms=offset, quality_ms=quality))
    assert outbox.anchor(bytes(16)) == Anchor(boot=bytes(16), offset_ms=6, quality_ms=20)
    assert outbox.anchor(bytes(range(16))) is None


def test_a_second_process_is_told_that_the_outbox_is_taken(outbox: Outbox) -> None:
    outbox.add(Kind.TELEMETRY, write)
    with pytest.raises(OutboxBusy, match="another process"):
        Outbox(outbox.path)


def test_a_damaged_file_is_set_aside_and_a_new_stream_begun(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    box = Outbox(path)
    before = box.add(Kind.TELEMETRY, write)[0]
    box.close()
    data = bytearray(path.read_bytes())
    data[100:4000] = b"\xa5" * 3900
    path.write_bytes(data)
    box = Outbox(path)
    assert box.damaged is not None
    assert box.damaged.exists()
    assert box.add(Kind.TELEMETRY, write)[0] != before
    box.close()


def test_a_torn_write_ahead_log_loses_only_what_was_not_committed(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    box = Outbox(path)
    keys = [box.add(Kind.TELEMETRY, write) for _ in range(20)]
    torn = tmp_path / "torn"
    torn.mkdir()
    for part in tmp_path.glob("outbox.db*"):
        shutil.copy(part, torn / part.name)
    box.close()
    log = torn / "outbox.db-wal"
    log.write_bytes(log.read_bytes()[:-1000] + bytes(500))
    box = Outbox(torn / "outbox.db")
    assert [q.key for q in box.due(0, 99)] == keys[: box.pending]
    assert 0 < box.pending < 20
    box.close()


def test_a_full_disk_is_named_and_what_was_kept_is_whole(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "o.db")
    kept = [box.add(Kind.TELEMETRY, write) for _ in range(3)]
    pages = box._db.execute("PRAGMA page_count").fetchone()[0]
    box._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutboxFull, match="make room"):  # noqa: PT012 some fit before it is full
        for _ in range(50):
            kept.append(box.add(Kind.TELEMETRY, padded(2000)))
    box._db.execute("PRAGMA max_page_count = 1000000")
    next_one = box.add(Kind.TELEMETRY, write)
    assert next_one[1] == kept[-1][1] + 1
    assert sorted(q.key for q in box.due(0, 99)) == sorted([*kept, next_one])
    box.close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutboxFailed, match="rights"):
        Outbox(tmp_path / "file" / "o.db")


KILLED = """
import os, sys
from tests.gateway.test_outbox import write
from gateway.outbox import Kind, Outbox
from pathlib import Path
box = Outbox(Path(sys.argv[1]))
while True:
    box.add(Kind.TELEMETRY, write)
    os.write(1, b"x")
"""


def test_everything_said_to_be_kept_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "o.db"
    said = 0
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        said += len(child.stdout.read(20))
        child.kill()
        said += len(child.stdout.read())
        child.wait()
    box = Outbox(path)
    assert box.pending >= said
    assert [q.seq for q in box.due(0, 10_000)] == list(range(box.pending))
    box.close()


class Life(RuleBasedStateMachine):
    """Any order of adding, sending, receipts, renewals, restarts: all is held or receipted."""

    @initialize(folder=st.uuids())
    def begin(self, folder: UUID) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "o.db"
        self.box = Outbox(self.path)
        self.now = 0
        self.added = 0
        self.stored: set[str] = set()
        self.cloud: dict[tuple[bytes, int], str] = {}

    @rule(kind=st.sampled_from(Kind))
    def add(self, kind: Kind) -> None:
        label = str(self.added)
        self.added += 1
        self.box.add(
            kind, lambda s, q, g: codec.encode(batch(stream=s, seq=q, labels={"n": label}))
        )

    @rule(limit=st.integers(0, 4), lost=st.booleans(), wait=st.sampled_from([0, 30_000, 600_000]))
    def send(self, limit: int, lost: bool, wait: int) -> None:
        self.now += wait
        for queued in self.box.due(self.now, limit):
            label = codec.unseal(codec.seal(queued.body)).batch.labels["n"]
            if not lost:
                assert self.cloud.setdefault(queued.key, label) == label
                self.stored.add(label)

    @rule()
    def receipt(self) -> None:
        self.box.settle(closing(*self.cloud))

    @rule(kind=st.sampled_from(Kind))
    def renew(self, kind: Kind) -> None:
        stream = self.box.streams().get(kind)
        if stream:
            self.box.settle(Receipt(store_epoch=1, closed={}, renew=(stream,)))

    @rule()
    def restart(self) -> None:
        self.box.close()
        self.box = Outbox(self.path)

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "box"):
            db = self.box._db
            rows = db.execute(
                "SELECT d.bytes FROM batch b JOIN body d ON d.batch = b.no WHERE settled_ms IS NULL"
            )
            held = {codec.unseal(codec.seal(r["bytes"])).batch.labels["n"] for r in rows}
            assert held | self.stored == {str(n) for n in range(self.added)}

    def teardown(self) -> None:
        self.box.close()
        self.folder.cleanup()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_the_file_is_durable_by_its_settings(outbox: Outbox) -> None:
    db: sqlite3.Connection = outbox._db
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
