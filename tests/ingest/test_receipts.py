"""A device hears exactly what one transaction did with its messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.readings import Committed, Outcome, Stored
from firmware_contracts import codec
from firmware_contracts.receipts import Receipt
from ingest.directory import CachedDirectory
from ingest.receipts import receipts
from tests.ingest.parts import Register, device

A, B = b"a" * 16, b"b" * 16


def stored(
    outcome: Outcome, seq: int | None, stream: bytes | None = A, name: str = "box-1", **more: object
) -> Stored:
    return Stored(
        outcome=outcome,
        tenant="demo",
        device=name,
        stream=stream,
        seq=seq,
        **more,  # type: ignore[arg-type]
    )


def test_one_receipt_per_device_with_every_outcome() -> None:
    said = receipts(
        Committed(
            epoch=3,
            stored=(
                stored(Outcome.COMMITTED, 1),
                stored(Outcome.DUPLICATE, 2),
                stored(Outcome.COMMITTED, 9, B),
                stored(Outcome.CONFLICT, 4, B),
                stored(Outcome.REFUSED, 5, rows_quarantined={"unreadable": 0}),
                stored(Outcome.COMMITTED, 7, name="box-2"),
                stored(Outcome.REFUSED, None, None),
            ),
        )
    )
    assert set(said) == {("demo", "box-1"), ("demo", "box-2")}
    first = said["demo", "box-1"]
    assert first.store_epoch == 3
    assert first.closed == {A: ((1, 2),), B: ((9, 9),)}
    assert [(r.stream, r.ranges, r.reason) for r in first.refused] == [(A, ((5, 5),), "unreadable")]
    assert first.renew == (B,)


@given(st.lists(st.tuples(st.sampled_from(list(Outcome)), st.integers(0, 40)), max_size=60))
def test_receipts_cover_exactly_what_was_closed(fates: list[tuple[Outcome, int]]) -> None:
    said = receipts(Committed(epoch=1, stored=tuple(stored(o, s) for o, s in fates)))
    receipt = said.get(("demo", "box-1"), Receipt(store_epoch=1, closed={}))
    assert codec.decode_down(codec.encode_down(receipt)) == receipt
    covered = {n for a, b in receipt.closed.get(A, ()) for n in range(a, b + 1)}
    assert covered == {s for o, s in fates if o in (Outcome.COMMITTED, Outcome.DUPLICATE)}


def test_known_devices_are_remembered_and_unknown_ones_asked_for_again() -> None:
    now = [0.0]
    register = Register(device())
    cache = CachedDirectory(register, ttl_s=5, clock=lambda: now[0])
    assert [cache.device("demo", "box-1") for _ in range(9)] == [device()] * 9
    assert register.asked == 1
    now[0] = 5.0
    cache.device("demo", "box-1")
    assert register.asked == 2
    assert cache.device("demo", "new") is None
    register.devices["demo", "new"] = device(name="new")
    assert cache.device("demo", "new") is not None


def test_the_memory_of_devices_is_bounded() -> None:
    register = Register(*(device(name=f"d{i}") for i in range(50)))
    cache = CachedDirectory(register, capacity=10)
    for i in range(50):
        cache.device("demo", f"d{i}")
    assert len(cache._known) == 10
