"""Enrolment against the real authority over HTTPS, and mTLS against a real mosquitto."""

from __future__ import annotations

import secrets
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from firmware_contracts import codec
from gateway import enrol
from gateway.errors import EnrolFailed
from gateway.link import Link, Tls
from gateway.outbox import Kind, Outbox
from gateway.uplink import Boot, Uplink
from tests import servers
from tests.firmware_contracts.batches import BOOT, batch
from tests.gateway.cloud import until
from vigil.authority.book import Book, Device
from vigil.authority.ca import open_authority
from vigil.authority.running import running
from vigil.authority.server import Server
from vigil.machine.embedded.broker import Broker, cars_access

ANSWERS = ("acknowledged", "no_subscriber", "refused_by_broker")


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return tmp_path / "authority"


@pytest.fixture
def server(authority: Path) -> Iterator[Server]:
    where = ("127.0.0.1", 0)
    with running(authority, broker=("127.0.0.1", 8883), address=where, names=["127.0.0.1"]) as it:
        threading.Thread(target=it.serve_forever, daemon=True).start()
        yield it
        it.shutdown()


def url(server: Server) -> str:
    return f"https://127.0.0.1:{server.port}"


def code_for(folder: Path, device: str = "car-1", now: datetime | None = None) -> str:
    who = Device(tenant="demo", device=device)
    fingerprint = open_authority(folder).fingerprint
    words = Book(folder / "book.db").new_code(who, now=now or datetime.now(UTC))
    return f"{words}.{fingerprint}"


def test_a_code_becomes_an_identity_with_a_key_that_never_left(
    server: Server, authority: Path, tmp_path: Path
) -> None:
    got = enrol.enrol(url(server), code_for(authority), tmp_path / "car")
    assert (got.tenant, got.device, got.host, got.port) == ("demo", "car-1", "127.0.0.1", 8883)
    assert enrol.load(tmp_path / "car") == got
    assert stat.S_IMODE((tmp_path / "car" / enrol.KEY).stat().st_mode) == 0o600
    names = got.certificate().subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert [name.value for name in names] == ["demo/car-1"]
    life = got.certificate().not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=89) < life <= timedelta(days=90)


def test_a_code_works_once(server: Server, authority: Path, tmp_path: Path) -> None:
    code = code_for(authority)
    enrol.enrol(url(server), code, tmp_path / "a")
    with pytest.raises(EnrolFailed, match="used"):
        enrol.enrol(url(server), code, tmp_path / "b")
    assert not (tmp_path / "b" / enrol.IDENTITY).exists()


def test_an_expired_or_invented_code_is_refused(
    server: Server, authority: Path, tmp_path: Path
) -> None:
    old = code_for(authority, now=datetime.now(UTC) - timedelta(hours=25))
    invented = f"AAAAA-AAAAA-AAAAA.{open_authority(authority).fingerprint}"
    for code in (old, invented):
        with pytest.raises(EnrolFailed, match="expired"):
            enrol.enrol(url(server), code, tmp_path / "car")


def test_a_false_authority_is_recognised_before_anything_is_said_to_it(
    server: Server, tmp_path: Path
) -> None:
    code = code_for(tmp_path / "another")
    with pytest.raises(EnrolFailed, match="nothing was sent"):
        enrol.enrol(url(server), code, tmp_path / "car")


@pytest.mark.parametrize("wrong", ["http://127.0.0.1:1", "https://127.0.0.1:1"])
def test_an_address_that_does_not_answer_is_named(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(EnrolFailed, match="address"):
        enrol.enrol(wrong, "A.0123456789abcdef", tmp_path / "car")


def test_renewal_is_due_at_two_thirds_and_needs_no_code(
    server: Server, authority: Path, tmp_path: Path
) -> None:
    got = enrol.enrol(url(server), code_for(authority), tmp_path / "car")
    now = datetime.now(UTC)
    assert not enrol.renewal_due(got, now + timedelta(days=59))
    assert enrol.renewal_due(got, now + timedelta(days=61))
    before = got.certificate()
    enrol.renew(got)
    after = got.certificate()
    assert after.serial_number != before.serial_number
    assert after.public_key() == before.public_key()


def test_a_denied_certificate_is_not_renewed(
    server: Server, authority: Path, tmp_path: Path
) -> None:
    got = enrol.enrol(url(server), code_for(authority), tmp_path / "car")
    assert (
        Book(authority / "book.db").deny(
            Device(tenant="demo", device="car-1"), now=datetime.now(UTC)
        )
        == 1
    )
    with pytest.raises(EnrolFailed, match="in force"):
        enrol.renew(got)


def test_bad_requests_are_answered_in_words(
    server: Server, authority: Path, tmp_path: Path
) -> None:
    context = Tls(ca=authority / "authority.pem").context()
    whole = code_for(authority)
    for body in ({"code": whole.partition(".")[0], "request": "x"}, {}):
        with pytest.raises(EnrolFailed, match="signing request"):
            enrol._post(f"{url(server)}/v1/enrol", body, context)
    assert enrol.enrol(url(server), whole, tmp_path / "car"), "a bad request burns no code"
    with pytest.raises(EnrolFailed, match="door"):
        enrol._post(f"{url(server)}/v1/other", {}, context)


@pytest.fixture
def secure_broker(authority: Path) -> Iterator[tuple[Broker, Path]]:
    """mosquitto with mTLS: the certificate's common name is the user of the access list."""
    signs, now = open_authority(authority), datetime.now(UTC)
    key, pem = signs.issue_server(["127.0.0.1"], now=now)
    with servers.scratch("mtls") as folder:
        for name, text in {
            "server.key": key,
            "server.pem": pem,
            "authority.pem": signs.pem,
            "denied.pem": signs.deny_list(Book(authority / "book.db").denied(), now=now),
            "access": cars_access(),
        }.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o644)
        extra = (
            f"acl_file {folder}/access\ncafile {folder}/authority.pem\n"
            f"certfile {folder}/server.pem\nkeyfile {folder}/server.key\n"
            f"crlfile {folder}/denied.pem\nrequire_certificate true\n"
            "use_identity_as_username true\n"
        )
        broker = Broker(data_dir=folder, extra=extra).start()
        yield broker, folder
        broker.stop()


@pytest.mark.broker
def test_with_its_certificate_a_device_writes_its_own_topics_only(
    server: Server, authority: Path, tmp_path: Path, secure_broker: tuple[Broker, Path]
) -> None:
    broker, _ = secure_broker
    got = enrol.enrol(url(server), code_for(authority), tmp_path / "car")
    outcomes = {}
    for device in ("car-1", "car-2"):
        box = Outbox(tmp_path / f"{device}.db")
        box.add(Kind.TELEMETRY, lambda s, q, g: codec.encode(batch(stream=s, seq=q, boot=BOOT)))
        link = Link(
            host="127.0.0.1",
            port=broker.port,
            tenant="demo",
            device=device,
            tls=got.tls,
            back_off_s=0.1,
        )
        uplink = Uplink(box, link, Boot(id=BOOT)).start()
        assert until(lambda u=uplink: any(u.counts[name] for name in ANSWERS))
        outcomes[device] = uplink.counts["refused_by_broker"]
        uplink.stop()
        box.close()
    assert outcomes == {"car-1": 0, "car-2": 1}


@pytest.mark.broker
def test_without_a_certificate_nobody_gets_in(
    authority: Path, tmp_path: Path, secure_broker: tuple[Broker, Path]
) -> None:
    broker, folder = secure_broker
    box = Outbox(tmp_path / "o.db")
    link = Link(
        host="127.0.0.1",
        port=broker.port,
        tenant="demo",
        device=secrets.token_hex(4),
        tls=Tls(ca=folder / "authority.pem"),
        back_off_s=0.1,
    )
    uplink = Uplink(box, link, Boot(id=BOOT)).start()
    assert not until(lambda: uplink.connected, 1.0)
    uplink.stop()
    box.close()
