"""Who may speak to the server, for how long, and how fast."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadInput, StoreUnavailable
from firmware_contracts.gbt32960.frame import Flag
from ingest.batcher import Limits
from ingest.gbt32960.options import Kick
from ingest.gbt32960.service import Listener
from tests.ingest.gbt32960.client import Terminal, crowd, heartbeat, until, vins
from tests.ingest.gbt32960.reports import (
    drive,
    frame,
    platform_login,
    report,
    vehicle,
)
from tests.ingest.gbt32960.service import OTHER, START, Enrolled, count, rows, server
from tests.ingest.parts import TellingSink
from vigil.authority.ca import open_authority


def test_server_refuses_strangers_and_ends_their_connection() -> None:
    sink = TellingSink()
    with server(sink) as service, Terminal(service.port) as box:
        answer = box.log_in("LTESTVN00S0000009")
        assert answer is not None
        assert answer.flag == Flag.ERROR
        assert box.hear() is None
        until(lambda: count(service, "refused_total", reason="unknown_vin") == 1)
    assert sink.kept == []


def test_a_new_connection_of_a_vehicle_ends_the_old_one() -> None:
    with server() as service, Terminal(service.port) as old, Terminal(service.port) as new:
        old.log_in()
        assert new.log_in() is not None
        assert old.hear() is None
        new.send(heartbeat())
        assert new.hear() is not None
        assert count(service, "closed_total", reason="kicked") == 1


def test_a_new_connection_is_refused_where_the_old_one_shall_stay() -> None:
    with (
        server(kick=Kick.NEW) as service,
        Terminal(service.port) as old,
        Terminal(service.port) as new,
    ):
        old.log_in()
        assert new.log_in() is None
        old.send(heartbeat())
        assert old.hear() is not None


def test_server_ends_what_is_silent_and_what_never_logs_in() -> None:
    with (
        server(login_s=0.5, idle_s=1.5) as service,
        Terminal(service.port) as stranger,
        Terminal(service.port) as box,
    ):
        box.log_in()
        assert stranger.hear() is None
        assert box.hear() is None
        assert count(service, "closed_total", reason="no_login") == 1
        assert count(service, "closed_total", reason="silent") == 1


def test_server_ends_a_line_that_holds_nothing_but_garbage() -> None:
    with server(most_garbage=10_000) as service, Terminal(service.port) as box:
        box.send(b"\x01" * 20_000)
        assert box.hear() is None
        until(lambda: count(service, "closed_total", reason="garbage") == 1)


def test_a_platform_reports_for_many_vehicles_on_one_connection() -> None:
    sink = TellingSink()
    own = {"platform_user": "fleet", "platform_password": "secret"}
    with server(sink, None, None, **own) as service, Terminal(service.port) as platform:
        platform.send(platform_login("fleet", "secret"))
        answer = platform.hear()
        assert answer is not None
        assert answer.flag == Flag.OK
        platform.send(*drive(START, range(5)), *drive(START, range(5), OTHER))
        until(lambda: len(sink.kept) == 10)
    assert {m.device_id for m in rows(sink)} == {1, 2}


def test_server_holds_terminals_back_while_the_store_is_behind() -> None:
    away = [True]
    trouble: Callable[[Any], Any] = lambda _: StoreUnavailable("away") if away[0] else None  # noqa: E731
    sink = TellingSink(trouble)
    limits = Limits(group=10, queue_messages=20)
    with server(sink, limits=limits) as service, Terminal(service.port) as box:
        box.log_in()
        box.send(*drive(START, range(200)))
        time.sleep(0.5)
        queued = service.meters.registry.get_sample_value(
            "vigil_gbt32960_frames_total", {"edition": "2016", "command": "report"}
        )
        assert queued is not None
        assert queued < 60
        away[0] = False
        until(lambda: len(sink.kept) == 200)


def test_a_vehicle_beyond_its_share_is_read_more_slowly_and_the_others_are_not() -> None:
    sink = TellingSink()
    with (
        server(sink, reports_s=5.0) as service,
        Terminal(service.port) as noisy,
        Terminal(service.port) as calm,
    ):
        noisy.log_in()
        calm.log_in(OTHER)
        noisy.send(*drive(START, range(60)))
        calm.send(*drive(START, range(10), OTHER), heartbeat(OTHER))
        assert calm.hear(3) is not None
        until(lambda: sum(m.device_id == 2 for m in rows(sink)) == 10, 3)
        assert sum(m.device_id == 1 for m in rows(sink)) < 60
        until(lambda: len(sink.kept) == 70, 10)


def test_no_log_line_holds_a_vin(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with server() as service, Terminal(service.port) as box:
        box.log_in()
        box.send(frame(report(START, vehicle()).encode()[:-4]), heartbeat("LTESTVN00S0000009"))
        box.hear()
        box.log_in("LTESTVN00S0000009")
    assert "LTESTVN" not in caplog.text


def test_server_speaks_tls_and_asks_for_certificates_where_an_authority_is_named(
    tmp_path: Path,
) -> None:
    authority = open_authority(tmp_path / "authority")
    now = datetime.now(UTC)
    for name, (key, certificate) in {
        "server": authority.issue_server(["localhost", "127.0.0.1"], now=now),
        "box": authority.issue_client("box", now=now),
    }.items():
        (tmp_path / f"{name}.key").write_text(key)
        (tmp_path / f"{name}.pem").write_text(certificate)
    line = Listener(
        host="127.0.0.1",
        port=0,
        cert_file=tmp_path / "server.pem",
        key_file=tmp_path / "server.key",
        ca_file=tmp_path / "authority" / "authority.pem",
    )
    known = ssl.create_default_context(cafile=str(line.ca_file))
    known.load_cert_chain(tmp_path / "box.pem", tmp_path / "box.key")
    stranger = ssl.create_default_context(cafile=str(line.ca_file))
    with server(line=line) as service:
        with Terminal(service.port, known) as box:
            assert box.log_in() is not None
        assert not let_in(service.port, stranger)


def let_in(port: int, tls: ssl.SSLContext) -> bool:
    """True where a login is answered over this TLS."""
    try:
        with Terminal(port, tls) as box:
            return box.log_in() is not None
    except OSError:
        return False


def test_server_refuses_to_start_without_its_certificate(tmp_path: Path) -> None:
    line = Listener(host="127.0.0.1", port=0, cert_file=tmp_path / "none.pem")
    with pytest.raises(BadInput, match="cert_file"), server(line=line):
        pass


def test_two_thousand_terminals_are_served_at_once() -> None:
    names = vins(2000)
    sink = TellingSink()
    with server(sink, Enrolled(*names)) as service:
        peak = []
        answers = asyncio.run(
            crowd(
                service.port,
                names,
                lambda vin: drive(START, range(3), vin),
                lambda: peak.append(count(service, "connections")),
            )
        )
        until(lambda: len(sink.kept) == 6000, 60)
        assert service.ready["batcher"]
    assert answers == 4000
    assert peak == [2000]
    seen = {(m.device_id, int(m.utc_ms[0])) for m in rows(sink)}
    assert len(seen) == 6000
