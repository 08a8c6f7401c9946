"""What becomes of a report between its terminal and the store."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from domain.errors import Refused, StoreUnavailable
from domain.readings import Accepted, Rejected
from firmware_contracts.gbt32960.frame import Command, Flag
from ingest.gbt32960.options import Reports
from tests.ingest.gbt32960.client import Terminal, chunks, heartbeat, until
from tests.ingest.gbt32960.reports import (
    VIN,
    alarm,
    cells,
    drive,
    frame,
    login,
    logout,
    report,
    vehicle,
)
from tests.ingest.gbt32960.service import START, count, rows, server
from tests.ingest.parts import TellingSink


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


def test_a_stop_stores_what_was_read_and_what_waited_for_its_neighbours() -> None:
    sink = TellingSink()
    with server(sink) as service, Terminal(service.port) as box:
        box.log_in()
        box.send(*drive(START, range(300)))
        box.send(frame(report(START + timedelta(hours=1) / 12, cells(3.7, total=2))), heartbeat())
        assert box.hear() is not None
    assert len(sink.kept) == 301
