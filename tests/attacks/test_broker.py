"""One car with a valid certificate does its worst on the shipped broker."""

from __future__ import annotations

import itertools
import secrets
import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from firmware_contracts import topics
from tests.attacks.shipped_broker import DEPLOY, ROOT, Party, Shipped, settle, shipped_broker
from tests.gateway.cloud import until
from vigil.authority.ca import open_authority
from vigil.machine.embedded.broker import cars_access, services_access

pytestmark = pytest.mark.broker
GROUP = secrets.token_urlsafe(18)
"""The installation's own name of the shared subscription: no car knows it."""
ROLES = ("ingest", "control", "own", "other", "foreign")
IDENTITIES = {"own": "tenant/own", "other": "tenant/other", "foreign": "rival/own"}
MAY_WRITE = {leaf: {"own"} for leaf in topics.UP} | {
    "receipt": {"ingest"},
    "collect": {"control"},
    "cmd": {"control"},
}
MAY_READ = {leaf: {"own"} for leaf in topics.DOWN} | {
    "telemetry": {"ingest"},
    "event": {"ingest"},
    "status": {"ingest"},
    "reply": {"control"},
}


@pytest.fixture(scope="module")
def broker() -> Iterator[Shipped]:
    with shipped_broker() as running:
        yield running


@pytest.fixture(scope="module")
def parties(broker: Shipped) -> Iterator[dict[str, Party]]:
    found = {role: broker.service(role) for role in ("ingest", "control")}
    found |= {name: broker.car(identity) for name, identity in IDENTITIES.items()}
    yield found
    for party in found.values():
        party.close()


def test_the_access_files_are_written_from_the_topic_table() -> None:
    assert (DEPLOY / "cars.acl").read_text() == cars_access("%u")
    assert (DEPLOY / "services.acl").read_text() == services_access()


@pytest.mark.finding("S6", "held")
@pytest.mark.parametrize(("role", "leaf"), list(itertools.product(ROLES, topics.LEAVES)))
def test_who_may_write(role: str, leaf: str, parties: dict[str, Party]) -> None:
    answer = parties[role].publish(f"v1/tenant/own/{leaf}")
    if role in MAY_WRITE[leaf]:
        assert answer in ("Success", "No matching subscribers")
    else:
        assert answer == "Not authorized"


@pytest.mark.finding("S6", "held")
@pytest.mark.parametrize("leaf", topics.LEAVES)
def test_who_may_read(leaf: str, parties: dict[str, Party]) -> None:
    topic = f"v1/tenant/own/{leaf}"
    for party in parties.values():
        party.heard.clear()
        party.subscribe(topic)
    (writer,) = MAY_WRITE[leaf]
    parties[writer].publish(topic)
    settle(*parties.values())
    assert {name for name, party in parties.items() if topic in party.heard} == MAY_READ[leaf]


FILTERS = (
    "#",
    "v1/#",
    "v1/+/+/telemetry",
    "v1/tenant/+/cmd",
    "v1/rival/own/receipt",
    "$SYS/#",
    "$share/ingest/v1/+/+/telemetry",
    "$share/x/#",
    f"$share/{'z' * 20}/v1/tenant/own/telemetry",
)


@pytest.mark.finding("S1", "held")
@pytest.mark.parametrize("wanted", FILTERS)
def test_a_cars_session_changes_nothing_in_what_ingest_receives(
    wanted: str, broker: Shipped
) -> None:
    """Ingest hears each message once, whatever a car subscribes to; the car hears nothing."""
    with ExitStack() as stack:
        ingest = broker.service("ingest")
        ingest.subscribe(topics.shared(GROUP, "telemetry"))
        honest = broker.car("tenant/honest")
        thieves = [broker.car("tenant/thief", client_id=f"thief-{n}") for n in range(3)]
        for party in (ingest, honest, *thieves):
            stack.callback(party.close)
        for thief in thieves:
            if not thief.ended:
                thief.client.subscribe(wanted, qos=1)
        sent = [honest.publish("v1/tenant/honest/telemetry") for _ in range(20)]
        assert until(lambda: len(ingest.heard) >= 20, 10)
        settle(honest, ingest)
        assert set(sent) == {"Success"}
        assert ingest.heard == ["v1/tenant/honest/telemetry"] * 20
        assert [t.heard for t in thieves] == [[]] * 3


@pytest.mark.finding("S7")
def test_no_car_takes_the_place_of_another(broker: Shipped) -> None:
    victim = broker.car("tenant/victim")
    thief = broker.car("tenant/taker", client_id="tenant/victim")
    assert victim.publish("v1/tenant/victim/telemetry") in ("Success", "No matching subscribers")
    assert thief.publish("v1/tenant/taker/telemetry") in ("Success", "No matching subscribers")
    assert victim.ended == []
    for party in (victim, thief):
        party.close()


@pytest.mark.finding("S1", "S7")
def test_a_car_has_one_session_whatever_client_ids_it_sends(broker: Shipped) -> None:
    first = broker.car("tenant/many", client_id="a")
    second = broker.car("tenant/many", client_id="b")
    assert until(lambda: bool(first.ended), 10)
    assert second.ended == []
    for party in (first, second):
        party.close()


@pytest.mark.finding("S13")
def test_a_car_retains_nothing(broker: Shipped) -> None:
    car = broker.car("tenant/keeper")
    answer = car.publish("v1/tenant/keeper/telemetry", retain=True)
    assert answer != "Success"
    car.close()
    ingest = broker.service("ingest")
    ingest.subscribe("v1/+/+/telemetry")
    settle(ingest)
    assert ingest.heard == []
    ingest.close()


@pytest.mark.finding("S13")
def test_a_car_writes_under_no_invented_tenant(broker: Shipped) -> None:
    car = broker.car("tenant/writer")
    for tenant in ("x1", "TENANT", "tenant/writer", "+"):
        if tenant != "+":
            assert car.publish(f"v1/{tenant}/writer/telemetry") == "Not authorized"
    car.close()


@pytest.mark.finding("S17")
@pytest.mark.parametrize("role", ["ingest", "control"])
def test_a_certificate_named_as_a_role_gets_nothing_where_cars_come_in(
    role: str, broker: Shipped
) -> None:
    tls = broker.context(broker.made / f"{role}.pem", broker.made / f"{role}.key")
    party = Party(name=role, port=broker.cars, tls=tls)
    party.subscribe("v1/+/+/telemetry")
    other = broker.car("tenant/sender")
    other.publish("v1/tenant/sender/telemetry")
    settle(party, other)
    assert party.heard == []
    assert party.publish("v1/tenant/sender/cmd") == "Not authorized"
    for each in (party, other):
        each.close()


@pytest.mark.finding("S6")
def test_a_car_gets_nothing_where_services_come_in(broker: Shipped) -> None:
    party = Party(name="car", port=broker.services, tls=broker.issue("tenant/inner"))
    assert party.publish("v1/tenant/inner/telemetry") == "Not authorized"
    party.close()


@pytest.mark.finding("S8")
def test_a_denied_car_is_out_and_the_others_stay(broker: Shipped) -> None:
    """The list is read on SIGHUP; a service that takes its client id ends the live session."""
    bad, good = broker.car("tenant/bad"), broker.car("tenant/good")
    authority = open_authority(broker.made / "authority")
    serial = broker_serial(broker, "tenant_bad")
    listed = authority.deny_list([serial], now=datetime.now(UTC))
    (broker.made / "denied.pem").write_text(listed)
    broker.server.send_signal(signal.SIGHUP)
    broker.service("control", client_id="tenant/bad").close()
    assert until(lambda: bool(bad.ended), 10), "its live session goes on"
    assert good.publish("v1/tenant/good/telemetry") in ("Success", "No matching subscribers")
    assert not connects(broker, "tenant_bad")
    assert connects(broker, "tenant_good")
    for party in (bad, good):
        party.close()
    (broker.made / "denied.pem").write_text(authority.deny_list([], now=datetime.now(UTC)))
    broker.server.send_signal(signal.SIGHUP)


def broker_serial(broker: Shipped, stem: str) -> int:
    from cryptography import x509

    pem = (broker.made / f"{stem}.pem").read_bytes()
    return x509.load_pem_x509_certificate(pem).serial_number


def connects(broker: Shipped, stem: str) -> bool:
    return reaches(
        broker.cars, broker.context(broker.made / f"{stem}.pem", broker.made / f"{stem}.key")
    )


def reaches(port: int, tls: ssl.SSLContext) -> bool:
    """Whether a client with this TLS gets a CONNACK within a second."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.tls_set_context(tls)
    reached: list[str] = []
    client.on_connect = lambda _c, _u, _f, code, _p: reached.append(str(code))
    client.connect_async("localhost", port)
    try:
        client.reconnect()
        for _ in range(20):
            client.loop(0.05)
    except (OSError, ssl.SSLError):
        pass
    finally:
        client.disconnect()
    return reached == ["Success"]


@pytest.mark.finding("held")
def test_without_a_certificate_of_this_authority_nobody_connects(
    broker: Shipped, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "deploy" / "compose" / "prepare.sh", tmp_path)
    subprocess.run([tmp_path / "prepare.sh"], check=True, capture_output=True)
    made = tmp_path / "secrets"
    foreign = broker.context(made / "ingest.pem", made / "ingest.key")
    nobody = ssl.create_default_context(cafile=str(broker.made / "authority.pem"))
    for tls, port in itertools.product((foreign, nobody), (broker.cars, broker.services)):
        assert not reaches(port, tls)
