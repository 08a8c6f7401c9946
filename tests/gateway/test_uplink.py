"""What the uplink promises on a real broker: nothing is let go without a receipt."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from firmware_contracts import codec
from firmware_contracts.clock import Hello, TimeReply
from firmware_contracts.telemetry import Clock, Gap, Origin
from gateway.link import Link
from gateway.outbox import Kind, Outbox
from gateway.uplink import Boot, Uplink
from tests import servers
from tests.firmware_contracts.batches import BOOT, batch
from tests.gateway.cloud import Cloud, until
from vigil.machine.embedded import process
from vigil.machine.embedded.broker import Broker

pytestmark = pytest.mark.broker


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox(tmp_path / "outbox.db", resend_ms=300, resend_most_ms=1200)
    yield outbox
    outbox.close()


def link_to(broker: tuple[str, int], **more: object) -> Link:
    """A link of a device nobody else uses."""
    given = {
        "back_off_s": 0.1,
        "back_off_most_s": 0.3,
        "tenant": "t",
        "device": secrets.token_hex(6),
    }
    return Link(host=broker[0], port=broker[1], **(given | more))  # type: ignore[arg-type]


def _labelled(
    label: str, more: dict[str, object], stream: bytes, seq: int, gaps: tuple[Gap, ...]
) -> bytes:
    named = {"stream": stream, "seq": seq, "boot": BOOT, "gaps": gaps, "labels": {"n": label}}
    return codec.encode(batch(**named, **more))


def fill(box: Outbox, count: int, kind: Kind = Kind.TELEMETRY, **more: object) -> list[str]:
    """Batches that say who they are."""
    labels = [secrets.token_hex(4) for _ in range(count)]
    for label in labels:
        box.add(kind, partial(_labelled, label, more))
    return labels


def arrived(cloud: Cloud) -> set[str]:
    return {sealed.batch.labels["n"] for sealed in cloud.sealed}


def test_every_batch_arrives_on_its_topic_and_is_let_go_on_its_receipt(
    broker: tuple[str, int], box: Outbox
) -> None:
    said = fill(box, 60) + fill(box, 3, Kind.ALARM)
    with Cloud(*broker) as cloud:
        uplink = Uplink(box, link_to(broker), Boot(id=BOOT)).start()
        assert uplink.wait_empty(20)
        uplink.stop()
    assert arrived(cloud) == set(said)
    assert (cloud.leaves["telemetry"], cloud.leaves["event"]) == (60, 3)
    assert uplink.counts["closed"] == 63


def test_a_puback_lets_nothing_go_and_silence_is_met_by_sending_again(
    broker: tuple[str, int], box: Outbox
) -> None:
    fill(box, 3)
    with Cloud(*broker, silent=True) as cloud:
        uplink = Uplink(box, link_to(broker), Boot(id=BOOT)).start()
        assert until(lambda: min(cloud.seen.values(), default=0) >= 2 and len(cloud.seen) == 3)
        assert box.pending == 3
        assert uplink.counts["acknowledged"] >= 3
        cloud.silent = False
        assert uplink.wait_empty(20)
        uplink.stop()
    assert len(cloud.ledger) == 3


def test_without_a_subscriber_everything_is_kept(broker: tuple[str, int], box: Outbox) -> None:
    said = fill(box, 2)
    uplink = Uplink(box, link_to(broker), Boot(id=BOOT)).start()
    assert until(lambda: uplink.counts["no_subscriber"] >= 2)
    assert box.pending == 2
    with Cloud(*broker) as cloud:
        assert uplink.wait_empty(20)
    uplink.stop()
    assert arrived(cloud) == set(said)


def test_a_broker_that_dies_and_comes_back_empty_loses_nothing(box: Outbox) -> None:
    with servers.running_broker() as server:
        where = ("127.0.0.1", server.port)
        said = fill(box, 20)
        uplink = Uplink(box, link_to(where, in_flight=4), Boot(id=BOOT)).start()
        assert until(lambda: uplink.counts["sent"] >= 4)
        server.kill(wipe=True)
        said += fill(box, 20)
        uplink.wake()
        assert until(lambda: not uplink.connected)
        server.start()
        with Cloud(*where) as cloud:
            assert uplink.wait_empty(30)
        uplink.stop()
    assert arrived(cloud) == set(said)
    assert uplink.counts["cuts"] >= 1


def test_an_access_list_that_forbids_publishing_means_keep(box: Outbox) -> None:
    """mosquitto answers a forbidden PUBLISH with 'not authorized' in MQTT 5."""
    fill(box, 2)
    with servers.scratch("acl") as folder:
        (folder / "acl").write_text("topic read v1/#\n")
        (folder / "acl").chmod(0o644)
        server = Broker(data_dir=folder, extra=f"acl_file {folder}/acl\n").start()
        try:
            uplink = Uplink(box, link_to(("127.0.0.1", server.port)), Boot(id=BOOT)).start()
            assert until(lambda: uplink.counts["refused_by_broker"] >= 1)
            uplink.stop()
        finally:
            server.stop()
    assert box.pending == 2


def test_a_refused_batch_is_let_go_and_counted(broker: tuple[str, int], box: Outbox) -> None:
    fill(box, 1)
    with Cloud(*broker, refuse="value_refused"):
        uplink = Uplink(box, link_to(broker), Boot(id=BOOT)).start()
        assert uplink.wait_empty(20)
        uplink.stop()
    assert (uplink.counts["refused"], box.refused) == (1, 1)


def test_a_cloned_outbox_with_other_content_loses_nothing(
    broker: tuple[str, int], tmp_path: Path
) -> None:
    first = Outbox(tmp_path / "a.db")
    fill(first, 1)
    first.close()
    (tmp_path / "b.db").write_bytes((tmp_path / "a.db").read_bytes())
    said: list[str] = []
    with Cloud(*broker) as cloud:
        for name in ("a.db", "b.db"):
            box = Outbox(tmp_path / name, resend_ms=300)
            said += fill(box, 5)
            uplink = Uplink(box, link_to(broker), Boot(id=BOOT)).start()
            assert uplink.wait_empty(20)
            uplink.stop()
            box.close()
    stored = {
        sealed.batch.labels["n"]
        for sealed in cloud.sealed
        if cloud.ledger[sealed.batch.stream, sealed.batch.seq] == sealed.digest
    }
    assert stored >= set(said)
    assert cloud.conflicts > 0


def test_an_unsynchronised_boot_asks_the_time_before_it_sends(
    broker: tuple[str, int], box: Outbox
) -> None:
    fill(box, 2, clock=Clock.MONOTONIC)
    with Cloud(*broker, answers_time=False) as cloud:
        boot = Boot(id=BOOT, needs_time=True, mono_ms=lambda: 5_000)
        uplink = Uplink(box, link_to(broker), boot).start()
        assert until(lambda: cloud.hellos)
        time.sleep(0.5)
        assert cloud.seen == {}
        uplink.stop()
        cloud.answers_time = True
        uplink = Uplink(box, link_to(broker), boot).start()
        assert uplink.wait_empty(20)
        uplink.stop()
    anchor = cloud.sealed[0].anchor
    assert anchor is not None
    assert anchor.offset_ms == cloud.utc_ms - 5_000
    assert box.anchor(BOOT) == anchor, "kept for what is sent after the next boot"


def test_a_worse_anchor_is_taken_only_when_the_old_one_has_drifted(box: Outbox) -> None:
    now = [1_000]
    link = Link(host="127.0.0.1", port=1, tenant="t", device="d")
    uplink = Uplink(box, link, Boot(id=BOOT, mono_ms=lambda: now[0]))

    def reply(round_trip_ms: int, offset_ms: int) -> int:
        mono = now[0] - round_trip_ms
        utc = mono + round_trip_ms // 2 + offset_ms
        uplink._learn_time(TimeReply(boot=BOOT, mono_ms=mono, utc_ms=utc))
        assert uplink.anchor is not None
        return uplink.anchor.offset_ms

    assert reply(40, 500) == 500
    assert reply(400, 700) == 500, "a slow answer says less"
    now[0] += 3_600_000
    assert reply(400, 860) == 860, "after an hour it says more than the old one"


def test_birth_and_will_tell_who_came_and_who_went(broker: tuple[str, int], box: Outbox) -> None:
    hello = Hello(boot=BOOT, mono_ms=0, versions={"gateway": "1"}, profile="demo")
    with Cloud(*broker) as cloud:
        fill(box, 1)
        uplink = Uplink(box, link_to(broker), Boot(id=BOOT, hello=lambda: hello)).start()
        assert uplink.wait_empty(20)
        uplink.stop()
        assert until(lambda: len(cloud.hellos) == 2)
    born, gone = cloud.hellos
    assert (born.alive, gone.alive) == (True, False)
    assert born.profile == "demo"
    assert gone.streams == box.streams()


def test_what_waited_goes_as_backfill(broker: tuple[str, int], tmp_path: Path) -> None:
    mono = [0]
    box = Outbox(tmp_path / "o.db", mono_ms=lambda: mono[0])
    fill(box, 1)
    mono[0] += 600_000
    fill(box, 1)
    with Cloud(*broker) as cloud:
        uplink = Uplink(box, link_to(broker), Boot(id=BOOT)).start()
        assert uplink.wait_empty(20)
        uplink.stop()
    box.close()
    assert sorted(s.batch.origin for s in cloud.sealed) == [Origin.LIVE, Origin.BACKFILL]


def test_it_speaks_mqtt_311_too(broker: tuple[str, int], box: Outbox) -> None:
    said = fill(box, 10)
    with Cloud(*broker) as cloud:
        uplink = Uplink(box, link_to(broker, mqtt5=False), Boot(id=BOOT)).start()
        assert uplink.wait_empty(20)
        uplink.stop()
    assert arrived(cloud) == set(said)


def test_it_speaks_to_the_demo_broker(box: Outbox) -> None:
    port = process.free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "vigil.machine.embedded.amqtt_server", str(port)]
    )
    where = ("127.0.0.1", port)
    said = fill(box, 10)
    try:
        assert until(lambda: process.answers(port))
        hello = Hello(boot=BOOT, mono_ms=0)
        with Cloud(*where, mqtt5=False) as cloud:
            boot = Boot(id=BOOT, needs_time=True, hello=lambda: hello)
            uplink = Uplink(box, link_to(where, mqtt5=False), boot).start()
            assert uplink.wait_empty(20)
            uplink.stop()
    finally:
        server.kill()
        server.wait()
    assert arrived(cloud) == set(said)


def test_a_refused_login_is_tried_again_and_nothing_is_lost(box: Outbox) -> None:
    fill(box, 1)
    with servers.scratch("passwords") as folder:
        server = Broker(data_dir=folder, passwords={"device": "right"}).start()
        try:
            link = link_to(("127.0.0.1", server.port), username="device", password="wrong")
            uplink = Uplink(box, link, Boot(id=BOOT)).start()
            time.sleep(0.5)
            assert not uplink.connected
            uplink.stop()
        finally:
            server.stop()
    assert box.pending == 1
