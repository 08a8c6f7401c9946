"""A whole server on real sockets, with the store's shipped twin behind it."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadInput, Refused, StoreUnavailable
from domain.identity import Binding, Device
from domain.readings import Accepted, Rejected
from firmware_contracts.gbt32960.frame import Command, Flag, Frame
from firmware_contracts.gbt32960.stream import Stream
from ingest.batcher import Limits
from ingest.gbt32960.forward import Superior
from ingest.gbt32960.options import Kick, Options, Reports
from ingest.gbt32960.raw_frames import RawFrames
from ingest.gbt32960.service import GbtService, Listener
from tests.ingest.gbt32960.client import Terminal, chunks, crowd, heartbeat, until, vins
from tests.ingest.gbt32960.reports import (
    VIN,
    alarm,
    cells,
    drive,
    frame,
    login,
    logout,
    platform_login,
    report,
    vehicle,
)
from tests.ingest.parts import TellingSink
from vigil.authority.ca import open_authority

START = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
OTHER = "LTESTVN00S0000002"


class Enrolled:
    """Terminals by VIN: each with a vehicle of its own."""

    def __init__(self, *names: str) -> None:
        self.vins = {vin: number for number, vin in enumerate(names, 1)}
        self.asked = 0

    def device(self, tenant: str, vin: str) -> Device | None:
        self.asked += 1
        number = self.vins.get(vin)
        if number is None:
            return None
        since = START - timedelta(days=30)
        bound = Binding(device_id=number, vehicle_id=1000 + number, since=since)
        return Device(
            id=number, tenant_id=1, tenant=tenant, name=f"tbox-{number}", bindings=(bound,)
        )


class NoHistory:
    """No alarms are stored."""

    def before(self, device: Device, t_ms: int) -> None:
        return None


@contextmanager
def server(
    sink: TellingSink | None = None,
    terminals: Enrolled | None = None,
    line: Listener | None = None,
    **options: Any,
) -> Iterator[GbtService]:
    extras = {k: options.pop(k) for k in ("superior", "raw", "limits") if k in options}
    made = GbtService(
        sink=sink or TellingSink(),
        terminals=terminals or Enrolled(VIN, OTHER),
        history=NoHistory(),
        options=Options(**options),
        line=line or Listener(host="127.0.0.1", port=0),
        **extras,
    )
    made.start()
    try:
        yield made
    finally:
        made.stop()


def count(service: GbtService, name: str, **labels: str) -> float:
    return service.meters.registry.get_sample_value(f"vigil_gbt32960_{name}", labels) or 0.0


def rows(sink: TellingSink) -> list[Accepted]:
    return [message for message in sink.kept if isinstance(message, Accepted)]


def test_server_stores_what_a_terminal_reports_between_login_and_logout() -> None:
    sink = TellingSink()
    with server(sink) as service, Terminal(service.port) as box:
        answer = box.log_in()
        assert answer is not None
        assert answer.flag == Flag.OK
        box.send(*drive(START, range(50)))
        box.send(heartbeat())
        assert box.hear() is not None
        box.send(logout())
        answer = box.hear()
        assert answer is not None
        assert answer.command == Command.LOGOUT
        until(lambda: len(sink.kept) == 50)
    assert [int(m.utc_ms[0]) for m in rows(sink)] == [
        int((START + timedelta(seconds=s)).timestamp() * 1000) for s in range(50)
    ]
    assert {m.vehicle_ids.tolist()[0] for m in rows(sink)} == {1001}


def test_server_reads_frames_however_the_line_cuts_them() -> None:
    sink = TellingSink()
    raw = b"".join(f.encode() for f in (login(), *drive(START, range(20))))
    with server(sink) as service, Terminal(service.port) as box:
        for part in chunks(b"\x00garbage" + raw, [3, 20, 1, 1, 90, 200, 7]):
            box.send(part)
            time.sleep(0.01)
        until(lambda: len(sink.kept) == 20)
        assert count(service, "garbage_bytes_total") == 8


def test_a_report_is_answered_after_its_commit_where_that_is_set() -> None:
    away = [True]
    trouble: Callable[[Any], Any] = lambda _: StoreUnavailable("away") if away[0] else None  # noqa: E731
    sink = TellingSink(trouble)
    with (
        server(sink, reports=Reports.ALWAYS) as service,
        Terminal(service.port) as box,
    ):
        box.log_in()
        (sent,) = drive(START, range(1))
        box.send(sent)
        until(lambda: sink.calls > 1)
        assert box.silent()
        assert service.ready["store"] is False
        away[0] = False
        answer = box.hear()
    assert answer is not None
    assert (answer.command, answer.flag, answer.data) == (Command.REPORT, Flag.OK, sent.data[:6])
    assert len(sink.kept) == 1


@pytest.mark.parametrize(("refused", "flag"), [(Accepted, Flag.ERROR), (object, None)])
def test_what_the_store_refuses_is_answered_as_an_error_and_not_at_all_where_it_is_not_kept(
    refused: type, flag: Flag | None
) -> None:
    def trouble(group: Any) -> Refused | None:
        return Refused("never") if any(isinstance(m, refused) for m in group) else None

    with (
        server(TellingSink(trouble), reports=Reports.ALWAYS) as service,
        Terminal(service.port) as box,
    ):
        box.log_in()
        box.send(*drive(START, range(1)))
        if flag is None:
            assert box.silent(0.5)
        else:
            answer = box.hear()
            assert answer is not None
            assert answer.flag == flag


def test_server_says_nothing_to_a_right_report_by_the_annex() -> None:
    sink = TellingSink()
    with server(sink) as service, Terminal(service.port) as box:
        box.log_in()
        box.send(*drive(START, range(3)))
        until(lambda: len(sink.kept) == 3)
        assert box.silent()


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


def test_pages_of_one_time_are_stored_as_one_row() -> None:
    sink = TellingSink()
    with server(sink) as service, Terminal(service.port) as box:
        box.log_in()
        box.send(frame(report(START, vehicle(), cells(*[3.7] * 200, first=1, total=250))))
        box.send(frame(report(START, cells(*[3.8] * 50, first=201, total=250))))
        until(lambda: sink.kept)
        box.send(frame(report(START + timedelta(seconds=1), cells(3.7, first=1, total=2))))
        until(lambda: len(sink.kept) == 2)
    whole, torn = rows(sink)
    assert whole.batch.cells is not None
    assert whole.batch.cells.values.shape == (1, 250)
    assert torn.batch.cells is not None
    assert torn.batch.cells.values.tolist() == [[3700, -32768]]


def test_an_alarm_is_one_episode_over_many_reports() -> None:
    sink = TellingSink()
    with server(sink) as service, Terminal(service.port) as box:
        box.log_in()
        for second, level in enumerate((0, 3, 3, 3, 0, 0)):
            box.send(frame(report(START + timedelta(seconds=second), vehicle(), alarm(level))))
        until(lambda: len(sink.kept) == 6)
    found = [(e.level, e.active) for m in rows(sink) for e in m.batch.events]
    assert found == [(3, True), (3, False)]


def test_a_broken_report_is_a_dead_letter_and_its_sender_hears_it() -> None:
    sink = TellingSink()
    with server(sink) as service, Terminal(service.port) as box:
        box.log_in()
        box.send(frame(report(START, vehicle()).encode()[:-4]))
        answer = box.hear()
        assert answer is not None
        assert answer.flag == Flag.ERROR
        until(lambda: sink.kept)
    (letter,) = sink.kept
    assert isinstance(letter, Rejected)
    assert VIN.encode() not in letter.payload


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


def test_frames_go_on_to_the_superior_platform_unchanged() -> None:
    heard = bytearray()

    async def superior(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            heard.extend(data)
        writer.close()

    async def upstairs(ready: list[int], done: asyncio.Event) -> None:
        above = await asyncio.start_server(superior, "127.0.0.1", 0)
        ready.append(above.sockets[0].getsockname()[1])
        await done.wait()
        above.close()

    loop = asyncio.new_event_loop()
    ready: list[int] = []
    done = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(upstairs(ready, done),))
    thread.start()
    until(lambda: ready)
    sent = drive(START, range(5))
    above = Superior(host="127.0.0.1", port=ready[0], user="vigil", password="word")
    with server(superior=above) as service, Terminal(service.port) as box:
        box.log_in()
        box.send(*sent)
        raw = b"".join(f.encode() for f in sent)
        until(lambda: raw in heard)
        box.send(logout())
        assert box.hear() is not None
        until(lambda: bytes(heard).endswith(logout().encode()))
    frames = Stream().feed(bytes(heard))
    commands = [Command.PLATFORM_LOGIN, Command.LOGIN, *[Command.REPORT] * 5, Command.LOGOUT]
    assert [f.command for f in frames] == commands
    loop.call_soon_threadsafe(done.set)
    thread.join(10)


def test_raw_frames_are_kept_with_a_blank_vin_and_dropped_at_their_term(tmp_path: Path) -> None:
    (tmp_path / "2020-01-01").mkdir()
    sent = drive(START, range(3))
    with (
        server(raw=RawFrames(tmp_path, 7)) as service,
        Terminal(service.port) as box,
    ):
        box.log_in()
        box.send(*sent)
        until(lambda: list(tmp_path.glob("*/tbox-1.gbt")))
        (file,) = tmp_path.glob("*/tbox-1.gbt")
        until(lambda: len(Stream().feed(file.read_bytes())) == 3)
    kept: list[Frame] = Stream().feed(file.read_bytes())
    assert [f.data for f in kept] == [f.data for f in sent]
    assert VIN.encode() not in file.read_bytes()
    assert not (tmp_path / "2020-01-01").exists()


def test_a_stop_stores_what_was_read_and_what_waited_for_its_neighbours() -> None:
    sink = TellingSink()
    with server(sink) as service, Terminal(service.port) as box:
        box.log_in()
        box.send(*drive(START, range(300)))
        box.send(frame(report(START + timedelta(hours=1) / 12, cells(3.7, total=2))), heartbeat())
        assert box.hear() is not None
    assert len(sink.kept) == 301


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
