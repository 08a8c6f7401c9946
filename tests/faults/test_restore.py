"""Back up, go on, restore: what the restore threw away comes back from the gateways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.db.backup import backup, restore
from store.db.roles import Role
from tests.faults.cars import enrol, expected, on_line, stored
from tests.faults.house import House, house, server, until
from vigil.machine.embedded.database import find_binaries

pytestmark = [pytest.mark.database, pytest.mark.broker, pytest.mark.timeout(600)]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[House]:
    with server() as database, house(database, "restored", tmp_path / "house") as made:
        made.start("ingest")
        yield made


def test_re_offered_batches_fill_the_gap_of_a_restore(place: House, tmp_path: Path) -> None:
    vehicle = enrol(place, "keeper")
    assert place.database is not None
    programs = find_binaries(place.database.home).folder
    with on_line(place, "keeper", vehicle, tmp_path / "keeper.db") as car:
        for number in range(10):
            car.add(number)
        until(lambda: car.outbox.pending == 0)
        backup(place.url(Role.BACKUP), tmp_path / "backup", programs)
        for number in range(10, 20):
            car.add(number)
        until(lambda: car.outbox.pending == 0)
        assert stored(place, vehicle) == expected(car, range(20))

        place.halt()
        restore(
            place.admin_url,
            place.credentials.database,
            place.passwords,
            tmp_path / "backup",
            programs,
            replace=True,
        )
        assert stored(place, vehicle) == expected(car, range(10))

        place.start("ingest")
        car.add(20)
        until(lambda: car.uplink.counts["reoffered"] >= 10 and car.outbox.pending == 0)
        assert stored(place, vehicle) == expected(car, range(21))
