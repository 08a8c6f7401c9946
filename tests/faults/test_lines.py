"""Workers that die, lines that are cut, outboxes that were copied: nothing is lost or doubled."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from store.db.roles import Role
from tests.faults.cars import ROWS, enrol, expected, on_line, stored
from tests.faults.house import House, house, server, until
from vigil.trials.fault_injection import Proxy

pytestmark = [pytest.mark.database, pytest.mark.broker, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("lines") / "house"
    with server() as database, house(database, "lines", folder) as made:
        made.start("ingest-1", "ingest-2")
        yield made


def test_a_worker_killed_under_load_costs_no_more_than_the_resend_time(
    place: House, tmp_path: Path
) -> None:
    vehicle = enrol(place, "load")
    with on_line(place, "load", vehicle, tmp_path / "load.db") as car:
        for number in range(300):
            car.add(number)
            if number in (100, 200):
                place.kill_service(f"ingest-{number // 100}")
        until(lambda: car.outbox.pending == 0)
        assert stored(place, vehicle) == expected(car, range(300))
        assert car.uplink.counts["closed"] >= 300


def test_a_line_cut_again_and_again_between_gateway_and_broker(
    place: House, tmp_path: Path
) -> None:
    vehicle = enrol(place, "cut")
    moments = random.Random(5)
    with (
        Proxy(("127.0.0.1", place.broker.port)) as proxy,
        on_line(place, "cut", vehicle, tmp_path / "cut.db", port=proxy.port) as car,
    ):
        cuts = 0
        for number in range(120):
            car.add(number)
            if number % 12 == 11:
                time.sleep(moments.uniform(0.05, 0.4))
                cuts += proxy.cut()
        until(lambda: car.outbox.pending == 0)
        assert cuts >= 5
        assert stored(place, vehicle) == expected(car, range(120))


def test_a_copied_outbox_that_says_other_things_loses_nothing_and_is_reported(
    place: House, tmp_path: Path
) -> None:
    vehicle = enrol(place, "card")
    first, copy = tmp_path / "card.db", tmp_path / "copy.db"
    with on_line(place, "card", vehicle, first) as car:
        for number in range(5):
            car.add(number)
        until(lambda: car.outbox.pending == 0)
        begun_ms = car.begun_ms
    shutil.copy(first, copy)
    with on_line(place, "card", vehicle, first) as car:
        car.begun_ms = begun_ms
        for number in range(5, 10):
            car.add(number)
        until(lambda: car.outbox.pending == 0)
    with on_line(place, "card", vehicle, copy) as clone:
        clone.begun_ms = begun_ms + 3_600_000
        for number in range(5):
            clone.add(number, speed=90.0)
        until(lambda: clone.outbox.pending == 0)
        assert clone.uplink.counts["moved"] >= 5
        of_clone = expected(clone, range(5), 90.0)
        clone.begun_ms = begun_ms
        of_both = expected(clone, range(10)) + of_clone
    assert stored(place, vehicle) == sorted(of_both)
    assert _security(place, vehicle) == [("security", "stream_conflict")]


def _security(place: House, vehicle: int) -> list[tuple[str, str]]:
    with psycopg.connect(place.url(Role.OWNER)) as line:
        return line.execute(
            "SELECT DISTINCT kind, code FROM events WHERE vehicle_id = %s", (vehicle,)
        ).fetchall()


def test_the_queue_of_a_dead_broker_is_not_missed(place: House, tmp_path: Path) -> None:
    vehicle = enrol(place, "wiped")
    with on_line(place, "wiped", vehicle, tmp_path / "wiped.db") as car:
        for number in range(60):
            car.add(number)
            if number % 20 == 10:
                place.kill_broker()
        until(lambda: car.outbox.pending == 0)
        assert len(stored(place, vehicle)) == 60 * ROWS
