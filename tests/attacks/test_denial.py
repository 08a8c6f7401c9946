"""`vigil authority deny` shuts a device out whole, and says what is left where it could not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from store.people.identity import Registry
from tests.databases import Database
from tests.gateway.cloud import until
from vigil import settings as config
from vigil.authority import denial
from vigil.authority.book import Book, Device
from vigil.authority.ca import open_authority
from vigil.machine.embedded.broker import Broker

WHO = Device(tenant="demo", device="stolen")
NOW = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    authority, book = open_authority(tmp_path), Book(tmp_path / "book.db")
    _, pem = authority.issue_client(WHO.identity, now=NOW)
    from cryptography import x509

    made = x509.load_pem_x509_certificate(pem.encode())
    book.issued(made.serial_number, WHO, now=NOW, ends=made.not_valid_after_utc)
    book.new_code(WHO, now=NOW)
    return tmp_path


@pytest.mark.database
@pytest.mark.broker
@pytest.mark.finding("S8")
def test_deny_ends_certificates_session_and_storage_at_once(
    folder: Path, database: Database
) -> None:
    broker = Broker(
        data_dir=folder / "mqtt", passwords={"control": "c", "device": "d", "ingest": "i"}
    ).start()
    car = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=WHO.identity, protocol=mqtt.MQTTv5)
    ended: list[str] = []
    car.on_disconnect = lambda _c, _u, _f, reason, _p: ended.append(str(reason))
    car.username_pw_set("device", "d")
    car.connect("127.0.0.1", broker.port)
    car.loop_start()
    made = config.load(
        environment={},
        flags={
            "data_dir": str(folder),
            "mqtt": {"url": f"mqtt://127.0.0.1:{broker.port}", "control_password": "c"},
            "database": {
                "url": database.url("vigil_worker"),
                "worker_password": database.credentials.passwords["vigil_worker"],
            },
        },
    )
    with database.pool("vigil_worker") as pool:
        registry = Registry(pool)
        tenant = registry.add_tenant("demo")
        registry.add_device(tenant, "stolen")
        try:
            assert until(car.is_connected, 10)
            steps = list(denial.deny(made, folder, WHO, now=NOW, lists=folder, reload="true"))
            assert until(lambda: bool(ended), 10)
        finally:
            car.loop_stop()
            broker.stop()
        assert [(s.name, s.done) for s in steps] == [
            (name, True) for name in ("book", "list", "broker", "session", "store")
        ], steps
        found = registry.device("demo", "stolen")
        assert found is not None
        assert found.revoked
    assert b"BEGIN X509 CRL" in (folder / "denied.pem").read_bytes()


@pytest.mark.finding("S8")
def test_deny_says_what_is_left_to_do_where_it_could_not(folder: Path) -> None:
    made = config.load(environment={}, flags={"data_dir": str(folder)})
    steps = {s.name: s for s in denial.deny(made, folder, WHO, now=NOW, lists=folder)}
    assert steps["book"].done
    assert steps["list"].done
    for left in ("broker", "session", "store"):
        assert not steps[left].done
        assert steps[left].detail
    assert Book(folder / "book.db").denied()
