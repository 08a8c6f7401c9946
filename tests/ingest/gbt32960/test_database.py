"""The GB/T door on a real PostgreSQL: enrolment, rows, exactly once under kills, red at once."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg.sql import SQL

from domain.errors import BadInput, Refused
from domain.health import Severity
from firmware_contracts.gbt32960.frame import Command, Flag, Frame
from ingest.directory import CachedDirectory
from ingest.gbt32960.dead_letters import Letters
from ingest.gbt32960.options import Options
from ingest.gbt32960.service import GbtService, Listener
from store.db.pool import Pool
from store.db.roles import Role
from store.history.alarm_history import AlarmHistory
from store.history.windows import Windows
from store.people.identity import Directory
from store.people.terminals import TerminalDirectory, Terminals
from store.results.alerts import Alerts
from store.results.urgent import UrgentEvents
from store.sink.dead_letters import DeadLetters
from store.sink.sink import Telemetry
from tests.databases import Database
from tests.ingest.gbt32960.client import Terminal, crowd, until, vins
from tests.ingest.gbt32960.reports import (
    VIN,
    alarm,
    cells,
    drive,
    frame,
    item,
    login,
    report,
    vehicle,
)
from vigil.processes.enrolment import enrol, read
from vigil.processes.urgent import judge, work

pytestmark = [pytest.mark.database, pytest.mark.timeout(300)]

START = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
SINCE = START - timedelta(days=1)
CSV = f"""vin,powertrain,make,model,cells_in_series
{VIN},bev,Maker,Eins,96
LTESTVN00S0000002,phev,,,
"""


@pytest.fixture
def worker(database: Database) -> Iterator[Pool]:
    with database.pool(Role.WORKER) as pool:
        yield pool


@pytest.fixture
def door(database: Database) -> Iterator[Pool]:
    with database.pool(Role.INGEST) as pool:
        yield pool


@pytest.fixture
def car(worker: Pool, tmp_path: Path) -> int:
    """Vehicle id of the enrolled VIN."""
    file = tmp_path / "vins.csv"
    file.write_text(CSV)
    assert enrol(worker, "demo", read(file), SINCE) == {"rows": 2, "enrolled": 2, "known": 0}
    return next(t.vehicle_id for t in Terminals(worker).listed("demo") if t.vin == VIN)


@contextmanager
def server(door: Pool) -> Iterator[GbtService]:
    made = GbtService(
        sink=Telemetry(door),
        terminals=TerminalDirectory(door),
        history=AlarmHistory(door),
        options=Options(),
        line=Listener(host="127.0.0.1", port=0),
    )
    made.start()
    try:
        yield made
    finally:
        made.stop()


def rows(database: Database, query: LiteralString) -> list[tuple[object, ...]]:
    with psycopg.connect(database.url(Role.OWNER)) as line:
        return line.execute(SQL(query)).fetchall()


def count(database: Database, table: LiteralString = "telemetry") -> int:
    return int(str(rows(database, f"SELECT count(*) FROM {table}")[0][0]))


def test_enrolment_is_repeatable_and_shows_the_vin_to_nobody_else(
    database: Database, worker: Pool, door: Pool, car: int, tmp_path: Path
) -> None:
    file = tmp_path / "again.csv"
    file.write_text(CSV + "LTESTVN00S0000003,,,,\n")
    assert enrol(worker, "demo", read(file), SINCE) == {"rows": 3, "enrolled": 1, "known": 2}
    listed = Terminals(worker).listed("demo")
    assert [t.vin for t in listed] == [VIN, "LTESTVN00S0000002", "LTESTVN00S0000003"]
    assert all(VIN not in t.device for t in listed)
    found = TerminalDirectory(door).device("demo", VIN)
    assert found is not None
    assert found.bindings[0].vehicle_id == car
    assert TerminalDirectory(door).device("demo", "LTESTVN00S0000009") is None
    assert TerminalDirectory(door).device("other", VIN) is None
    with pytest.raises(Refused), door.transaction() as line:
        line.execute("SELECT vin FROM identity.vehicles")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("make\nX\n", "vin"),
        ("vin\nLTEST\n", "line 2, vin"),
        (f"vin,powertrain\n{VIN},steam\n", "powertrain"),
        (f"vin\n{VIN}\n{VIN}\n", "twice"),
        (f"vin,colour\n{VIN},red\n", "colour"),
        (f"vin,model_year\n{VIN},new\n", "model_year"),
    ],
)
def test_a_wrong_csv_is_refused_whole_with_line_column_and_remedy(
    tmp_path: Path, text: str, names: str
) -> None:
    file = tmp_path / "vins.csv"
    file.write_text(text)
    with pytest.raises(BadInput, match=names):
        read(file)


def test_reports_become_rows_of_the_vehicle_in_our_signs(
    database: Database, worker: Pool, door: Pool, car: int
) -> None:
    extremes = item(0x06, {"voltage_max_v": 3.9, "voltage_max_cell": 2, "voltage_min_v": 3.7})
    with server(door) as service, Terminal(service.port) as box:
        box.send(login(START))
        assert box.hear() is not None
        box.send(
            frame(report(START, vehicle(current_a=20.5, soc_pct=None), cells(3.7, 3.9), extremes))
        )
        until(lambda: count(database) == 1)
    names = ["pack_current_a", "soc_pct", "odometer_m", "cell_voltage_max_no"]
    window = Windows(worker).read(car, names, SINCE, datetime.now(UTC), cells=True)
    assert window["pack_current_a"].tolist() == [-20.5]
    assert window["odometer_m"].tolist() == [12_345_600.0]
    assert window["cell_voltage_max_no"].tolist() == [2.0]
    assert window.cells is not None
    assert window.cells.values.tolist() == [pytest.approx([3.7, 3.9])]
    assert window.columns["soc_pct"].reasons.tolist() == [2]
    assert count(database, "positions") == 0


def test_a_report_sent_again_and_re_issued_is_stored_once(
    database: Database, door: Pool, car: int
) -> None:
    sent = drive(START, range(20))
    again = [frame(f.data, Command.REISSUE) for f in sent]
    with server(door) as service, Terminal(service.port) as box:
        box.log_in(at=START)
        box.send(*sent, *sent[5:10])
        until(lambda: count(database) == 20)
        box.send(*again, *drive(START + timedelta(seconds=20), range(1)))
        until(lambda: count(database) == 21)
    assert count(database, "ledger") == 21


def test_an_alarm_episode_outlives_a_restart_and_a_re_issued_past(
    database: Database, door: Pool, car: int
) -> None:
    def said(second: int, level: int, command: int = Command.REPORT) -> Frame:
        return frame(report(START + timedelta(seconds=second), vehicle(), alarm(level)), command)

    for level, seconds in ((3, range(100, 103)), (3, range(103, 105)), (0, range(105, 107))):
        with server(door) as service, Terminal(service.port) as box:
            box.log_in(at=START)
            box.send(*(said(second, level) for second in seconds))
            until(lambda last=seconds.stop - 100: count(database) == last)  # type: ignore[misc]
    with server(door) as service, Terminal(service.port) as box:
        box.log_in(at=START)
        past = [(10, 0), (11, 2), (12, 2), (13, 0)]
        box.send(*(said(second, level, Command.REISSUE) for second, level in past))
        until(lambda: count(database) == 11)
    episodes = rows(database, "SELECT level, active FROM events ORDER BY ts, active")
    assert episodes == [(2, True), (2, False), (3, True), (3, False)]


def test_a_level_3_alarm_is_red_within_a_second(
    database: Database, worker: Pool, door: Pool, car: int
) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(UrgentEvents(worker, judge), stop), daemon=True)
    thread.start()
    alerts = Alerts(worker)
    with server(door) as service, Terminal(service.port) as box:
        box.log_in(at=START)
        box.send(frame(report(START, vehicle(), alarm(0))))
        until(lambda: count(database) == 1)
        began = time.monotonic()
        box.send(frame(report(datetime.now(UTC), vehicle(), alarm(3, 1 << 11))))
        until(lambda: alerts.open_alerts(car))
        lasted_s = time.monotonic() - began
    stop.set()
    thread.join(5)
    (alert,) = alerts.open_alerts(car)
    assert (alert.cause, alert.severity) == ("bms_alarm_3", Severity.RED)
    assert lasted_s < 1.0


def test_what_waits_for_a_binding_is_driven_again_with_its_episodes(
    database: Database, worker: Pool, door: Pool, car: int
) -> None:
    early = SINCE - timedelta(hours=1)
    with server(door) as service, Terminal(service.port) as box:
        box.log_in(at=START)
        box.send(frame(report(early, vehicle(), alarm(3)), Command.REISSUE))
        until(lambda: count(database, "dead_letters") == 1)
    assert count(database) == 0
    with psycopg.connect(database.url(Role.OWNER)) as line:
        line.execute("UPDATE bindings SET since = %s", (early - timedelta(hours=1),))
    letters = Letters(CachedDirectory(Directory(door)), AlarmHistory(door))
    done = DeadLetters(worker).redrive(letters.judge, Telemetry(door))
    assert (done.closed, done.rows_stored, count(database)) == (1, 1, 1)
    assert rows(database, "SELECT level, active FROM events") == [(3, True)]


def test_two_thousand_enrolled_terminals_report_into_a_real_database(
    database: Database, worker: Pool, door: Pool, tmp_path: Path
) -> None:
    names, peak = vins(2000), []
    file = tmp_path / "vins.csv"
    file.write_text("\n".join(["vin", *names]))
    enrol(worker, "demo", read(file), SINCE)
    with server(door) as service:
        answers = asyncio.run(
            crowd(
                service.port,
                names,
                lambda vin: drive(START, range(2), vin),
                lambda: peak.append(
                    service.meters.registry.get_sample_value("vigil_gbt32960_vehicles")
                ),
            )
        )
        until(lambda: count(database) == 4000, 120)
    assert answers == 4000
    assert peak == [2000]
    per_vehicle = "SELECT count(*) FROM (SELECT vehicle_id FROM telemetry GROUP BY 1) v"
    assert rows(database, per_vehicle) == [(2000,)]


class Process:
    """`vigil serve gbt32960` as a process of its own, killed and started again."""

    def __init__(self, database: Database, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._environment = {
            **os.environ,
            "VIGIL_DATABASE__URL": database.url(Role.INGEST),
            "VIGIL_DATABASE__INGEST_PASSWORD": database.credentials.passwords["vigil_ingest"],
            "VIGIL_GBT32960__PORT": str(self.port),
            "VIGIL_GBT32960__ANSWER_REPORTS": "always",
            "VIGIL_DATA_DIR": str(folder),
        }
        self._folder = folder
        self.start()

    def start(self) -> None:
        with (self._folder / "gbt32960.log").open("ab") as words:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "vigil", "serve", "gbt32960"],
                env=self._environment,
                stdout=words,
                stderr=words,
            )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class Patient:
    """A T-Box that keeps each report until it is answered, and re-issues what was not."""

    def __init__(self, port: int, reports: list[Frame]) -> None:
        self.port = port
        self.open = {frame.data[:6]: frame for frame in reports}
        self.lines = 0

    def run(self) -> None:
        while self.open:
            with suppress(OSError, TimeoutError), Terminal(self.port) as box:
                self.lines += 1
                self._talk(box)
            time.sleep(0.05)

    def _talk(self, box: Terminal) -> None:
        box.send(login(START))
        if box.hear() is None:
            return
        command = Command.REPORT if self.lines == 1 else Command.REISSUE
        for sent in list(self.open.values()):
            box.send(frame(sent.data, command))
            time.sleep(0.01)
        while self.open and (answer := box.hear(2)) is not None:
            if answer.flag == Flag.OK:
                self.open.pop(answer.data, None)


def test_killed_again_and_again_nothing_that_was_answered_is_lost_and_nothing_doubled(
    database: Database, car: int, tmp_path: Path
) -> None:
    process = Process(database, tmp_path)
    box = Patient(process.port, drive(START, range(300)))
    luck = random.Random(14)
    thread = threading.Thread(target=box.run, daemon=True)
    thread.start()
    try:
        for number in range(1, 6):
            until(lambda lines=number: box.lines >= lines, 60)  # type: ignore[misc]
            time.sleep(luck.uniform(0.1, 0.9))
            process.kill()
            process.start()
        thread.join(120)
        assert not thread.is_alive()
    finally:
        process.kill()
    assert box.lines >= 5
    assert count(database) == 300
    distinct = "SELECT count(DISTINCT ts), count(DISTINCT odometer_m) FROM telemetry"
    assert rows(database, distinct) == [(300, 300)]
