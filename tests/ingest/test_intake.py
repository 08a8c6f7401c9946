"""What intake promises: every row is stored under the right vehicle or waits with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from domain.readings import Accepted, Quarantine, Rejected
from firmware_contracts import codec
from firmware_contracts.durations import DAY_MS
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Trip
from firmware_contracts.telemetry import Anchor, Clock, Origin, TelemetryBatch
from ingest.intake import Intake
from tests.ingest.parts import BOOT, NOW, NOW_MS, STREAM, Register, batch, device

TOPIC = "v1/demo/box-1/telemetry"


def judge(
    made: TelemetryBatch, register: Register | None = None, *, topic: str = TOPIC, **sealing: Any
) -> Accepted | Rejected:
    payload = codec.seal(codec.encode(made), **sealing)
    return Intake(register or Register(device())).judge(topic, payload, NOW)


def accepted(result: Accepted | Rejected) -> Accepted:
    assert isinstance(result, Accepted), result
    return result


def refused(result: Accepted | Rejected) -> tuple[Quarantine, bytes | None, int | None]:
    assert isinstance(result, Rejected), result
    return result.reason, result.stream, result.seq


def test_a_good_batch_is_stored_whole_under_the_bound_vehicle() -> None:
    result = accepted(judge(batch([NOW_MS - 2000, NOW_MS - 1000], seq=4)))
    assert result.vehicle_ids.tolist() == [77, 77]
    assert result.utc_ms.tolist() == [NOW_MS - 2000, NOW_MS - 1000]
    assert (result.device_id, result.tenant_id, result.batch.seq) == (5, 1, 4)
    assert dict(result.waiting) == {}
    assert result.waiting_reason == ()


@pytest.mark.parametrize(
    ("origin", "age_ms", "reason"),
    [
        (Origin.LIVE, 31 * DAY_MS, None),
        (Origin.LIVE, 31 * DAY_MS + 1, "too_old"),
        (Origin.BACKFILL, 31 * DAY_MS + 1, "too_old"),
        (Origin.LIVE, -300_000, None),
        (Origin.LIVE, -300_001, "in_future"),
        (Origin.IMPORT, 200 * DAY_MS, None),
        (Origin.IMPORT, -300_001, "in_future"),
        (Origin.IMPORT, NOW_MS - 946_684_800_000, None),
        (Origin.IMPORT, NOW_MS - 946_684_800_000 + 1, "too_old"),
    ],
)
def test_bounds_by_origin_and_no_time_is_shifted(
    origin: Origin, age_ms: int, reason: str | None
) -> None:
    register = Register(device((77, NOW - timedelta(days=40_000), None), may_import=True))
    result = accepted(judge(batch([NOW_MS - age_ms, NOW_MS], origin=origin), register))
    assert result.utc_ms.tolist() == [NOW_MS - age_ms, NOW_MS]
    assert dict(result.waiting) == ({reason: 1} if reason else {})
    assert result.vehicle_ids.tolist() == [0 if reason else 77, 77]
    assert result.waiting_reason == ((reason, "") if reason else ())


def test_every_row_goes_to_the_vehicle_of_its_own_time() -> None:
    moved = NOW - timedelta(hours=1)
    register = Register(
        device((1, NOW - timedelta(days=2), moved), (2, moved + timedelta(minutes=10), None))
    )
    at = int(moved.timestamp() * 1000)
    result = accepted(judge(batch([at - 1, at, at + 599_999, at + 600_000]), register))
    assert result.vehicle_ids.tolist() == [1, 0, 0, 2]
    assert dict(result.waiting) == {"unbound": 2}
    assert result.waiting_reason == ("", "unbound", "unbound", "")


def test_a_binding_made_a_moment_ago_is_seen_at_once() -> None:
    class Late(Register):
        def refresh(self, tenant: str, name: str) -> Any:
            return device()

    late = Late(device((9, NOW - timedelta(days=9), NOW - timedelta(days=8))))
    assert accepted(judge(batch([NOW_MS]), late)).vehicle_ids.tolist() == [77]


def test_events_and_records_belong_to_the_vehicle_of_their_time() -> None:
    left = NOW - timedelta(hours=2)
    register = Register(device((1, NOW - timedelta(days=2), left), (2, left, None)))
    at = int(left.timestamp() * 1000)
    made = batch(
        [NOW_MS],
        events=(
            Event(kind=EventKind.ALARM, t_ms=at - 5, level=3),
            Event(kind=EventKind.ALARM, t_ms=at + 5, level=3),
            Event(kind=EventKind.CRASH, t_ms=at - 40 * DAY_MS),
        ),
        records=(Trip(start_ms=at - 10, end_ms=at + 10),),
    )
    result = accepted(judge(made, register))
    assert result.event_vehicle_ids.tolist() == [1, 2, 0]
    assert result.record_vehicle_ids.tolist() == [1]
    assert dict(result.waiting) == {"too_old": 0}


def test_a_monotonic_boot_needs_its_own_anchor() -> None:
    made = batch([1000, 2000], clock=Clock.MONOTONIC, seq=3)
    assert refused(judge(made)) == (Quarantine.NO_ANCHOR, STREAM, 3)
    foreign = Anchor(boot=b"x" * 16, offset_ms=NOW_MS - 2000, quality_ms=20)
    assert refused(judge(made, anchor=foreign))[0] is Quarantine.NO_ANCHOR
    own = Anchor(boot=BOOT, offset_ms=NOW_MS - 2000, quality_ms=20)
    result = accepted(judge(made, anchor=own))
    assert result.utc_ms.tolist() == [NOW_MS - 1000, NOW_MS]
    assert result.offset_ms == NOW_MS - 2000


def test_the_digest_does_not_depend_on_the_anchor_or_on_being_late() -> None:
    made = batch([1000, 2000], clock=Clock.MONOTONIC)
    ways: list[dict[str, Any]] = [
        {"anchor": Anchor(boot=BOOT, offset_ms=NOW_MS, quality_ms=1)},
        {"anchor": Anchor(boot=BOOT, offset_ms=NOW_MS - 7, quality_ms=9), "backfill": True},
    ]
    results = [accepted(judge(made, **way)) for way in ways]
    assert results[0].digest == results[1].digest
    assert results[1].batch.origin is Origin.BACKFILL


def test_history_needs_the_right_to_import() -> None:
    history = batch([NOW_MS - DAY_MS], origin=Origin.IMPORT, seq=8)
    assert refused(judge(history)) == (Quarantine.NO_IMPORT_RIGHT, STREAM, 8)


@pytest.mark.parametrize("register", [Register(), Register(device(revoked=True))])
def test_unknown_and_revoked_devices_are_told_apart_from_nobody(register: Register) -> None:
    assert refused(judge(batch([NOW_MS], seq=2), register)) == (
        Quarantine.UNKNOWN_DEVICE,
        STREAM,
        2,
    )


@pytest.mark.parametrize(
    "topic",
    [
        "v2/demo/box-1/telemetry",
        "v1/demo/telemetry",
        "v1/de mo/box-1/event",
        "v1/demo/box-1/receipt",
    ],
)
def test_a_topic_of_another_kind_is_kept_as_a_dead_letter(topic: str) -> None:
    assert refused(judge(batch([NOW_MS]), topic=topic))[0] is Quarantine.BAD_TOPIC


@pytest.mark.parametrize("payload", [b"", b"hello", bytes(300), b"\xff" * 40])
def test_bytes_of_another_kind_are_kept_with_their_sender(payload: bytes) -> None:
    result = Intake(Register(device())).judge(TOPIC, payload, NOW)
    assert isinstance(result, Rejected)
    assert result.reason is Quarantine.UNREADABLE
    assert (result.payload, result.device_id, result.stream) == (payload, 5, None)


def test_a_newer_major_says_which_sequence_it_is() -> None:
    newer = codec.seal(codec.encode(batch([NOW_MS], seq=6, major=2)))
    result = Intake(Register(device())).judge(TOPIC, newer, NOW)
    assert refused(result) == (Quarantine.UNSUPPORTED_MAJOR, STREAM, 6)


def test_a_torn_message_never_escapes() -> None:
    payload = codec.seal(codec.encode(batch([NOW_MS - i for i in range(50)])))
    rng = np.random.default_rng(3)
    intake = Intake(Register(device()))
    for _ in range(300):
        torn = bytearray(payload)
        torn[rng.integers(len(torn))] ^= 1 << int(rng.integers(8))
        cut = bytes(torn[: rng.integers(len(torn) + 1)])
        assert isinstance(intake.judge(TOPIC, cut, NOW), Accepted | Rejected)
