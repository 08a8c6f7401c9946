"""A recording goes through the whole house: every row accounted for, alerts as they were due."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import parquet

from domain.errors import BadInput
from domain.health import Estimate, Severity, Silence
from domain.identity import from_public
from firmware_contracts.signal import Reason
from store.db.pool import Pool
from store.db.roles import Role
from store.history.windows import Windows
from store.results.assessments import Assessments
from tests.faults.house import House, house
from tests.recordings import recording
from tests.replay import tables
from vigil.replay import mapping, register
from vigil.replay.run import ReplayRequest, replay

pytestmark = [pytest.mark.database, pytest.mark.broker, pytest.mark.timeout(600)]
ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def place(admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("replays") / "house"
    with house(admin_url, "replays", folder) as made:
        made.start("ingest", "urgent", "worker", "offers")
        yield made


@pytest.fixture(scope="module")
def pool(place: House) -> Iterator[Pool]:
    with Pool.open(place.url(Role.WORKER)) as opened:
        yield opened


def replayed(place: House, file: Path, **wishes: Any) -> Mapping[str, Any]:
    """In this process; the program itself is run by the fault tests."""
    said = replay(
        place.settings, ReplayRequest(file=file, mapping=mapping.load("tbox"), **wishes)
    ).as_json()
    assert said["identity"] is True
    assert said["assessed"] is True
    assert said["rows_in"] == (
        said["rows_stored"] + said["rows_duplicate"] + sum(said["rows_quarantined"].values())
    )
    return said


def dirty(tmp_path: Path) -> Path:
    columns = tables.soil(tables.drive(900, plus40=True))
    columns["tboxTime"] = columns["tboxTime"].astype(object)
    columns["tboxTime"][-1] = datetime(1999, 5, 1)
    columns["tboxTime"][-2] = None
    return tables.write(columns, tmp_path / "dirty.parquet")


def test_every_row_is_somewhere_and_a_second_time_adds_none(place: House, tmp_path: Path) -> None:
    file = dirty(tmp_path)
    first = replayed(place, file)
    assert first["rows_in"] == 900
    assert first["rows_quarantined"] == {"no_time": 1, "too_old": 1}
    assert first["rows_duplicate"] == 1
    again = replayed(place, file)
    assert again["rows_stored"] == 0
    assert (again["device"], again["vehicle"]) == (first["device"], first["vehicle"])
    assert again["alerts"] == first["alerts"]


def test_what_was_null_says_why_in_windows(place: House, pool: Pool, tmp_path: Path) -> None:
    said = replayed(place, dirty(tmp_path))
    window = Windows(pool).read(
        from_public(said["vehicle"]), ["odometer_m", "soc_pct"], *ALWAYS, cells=True, probes=True
    )
    assert window.cells is not None
    assert window.probes is not None
    for part in (window.cells, window.probes):
        null = np.isnan(part.values)
        assert null.any()
        assert set(part.reasons[null]) == {Reason.INVALID}
    for name in ("odometer_m", "soc_pct"):
        null = np.isnan(window[name])
        assert null.any()
        assert set(window.columns[name].reasons[null]) == {Reason.INVALID}


def test_the_cars_own_alarm_is_red_with_a_rescue_case(place: House, tmp_path: Path) -> None:
    columns = tables.drive(900)
    columns["BMSWarningInformation"][[300, 301, 500]] = 3
    at = columns["tboxTime"][300].isoformat() + "+08:00"
    said = replayed(place, tables.write(columns, tmp_path / "alarm.csv"))
    red = [alert for alert in said["alerts"] if alert["severity"] == "red"]
    assert [(a["cause"], a["since"], a["rescue"], a["occurrences"]) for a in red] == [
        ("bms_alarm_3", at, True, 2)
    ]
    assert all(alert["historical"] for alert in red)


def test_a_device_and_a_vehicle_may_be_named(place: House, tmp_path: Path) -> None:
    one = replayed(place, tables.write(tables.drive(300, seed=1), tmp_path / "a.csv"))
    two = replayed(
        place,
        tables.write(tables.drive(300, seed=2), tmp_path / "b.csv"),
        vehicle=one["vehicle"],
        device="second-box",
    )
    assert (two["vehicle"], two["device"]) == (one["vehicle"], "second-box")
    assert two["rows_stored"] == 300


@pytest.mark.parametrize("vehicle", ["v-nonsense", "v-0000000000001"])
def test_an_unknown_vehicle_is_refused_with_a_remedy(
    place: House, tmp_path: Path, vehicle: str
) -> None:
    file = tables.write(tables.drive(30, seed=9), tmp_path / "a.csv")
    with pytest.raises(BadInput, match="--vehicle") as refused:
        replayed(place, file, vehicle=vehicle)
    assert refused.value.remedy


@pytest.mark.recordings
def test_a_weak_cell_is_found_before_the_cars_own_alarm(
    place: House, pool: Pool, tmp_path: Path
) -> None:
    file = recording("ev_faults/ev_fault_car2.parquet")
    said = replayed(place, file)
    assert (said["rows_stored"], said["rows_duplicate"]) == (14_384, 1)
    by_cause = {alert["cause"]: alert for alert in said["alerts"]}
    weak, red = by_cause["weak_cell"], by_cause["bms_alarm_3"]
    assert (weak["component"], weak["severity"]) == ("V_82", "orange")
    assert (red["severity"], red["rescue"]) == ("red", True)
    assert red["since"] == "2019-05-10T08:44:57+08:00"
    lead = datetime.fromisoformat(red["since"]) - datetime.fromisoformat(weak["since"])
    assert lead.total_seconds() / 86_400 > 20
    assert _capacity(pool, said) is Silence
    assert said["answers"]["capacity_ah"]["missing"]
    assert said["offers"] >= 1

    table = parquet.read_table(file)
    upto = pa.scalar(datetime.fromisoformat(weak["since"]).replace(tzinfo=None))
    rows = np.flatnonzero(pc.less_equal(table["tboxTime"], upto).to_numpy())
    cut = tmp_path / "cut.parquet"
    parquet.write_table(table.slice(0, int(rows[-1]) + 1), cut)
    early = {alert["cause"]: alert for alert in replayed(place, cut)["alerts"]}
    same = ("cause", "component", "severity", "since")
    assert [early["weak_cell"][key] for key in same] == [weak[key] for key in same]


@pytest.mark.recordings
def test_a_healthy_car_stays_quiet_and_gets_a_capacity(place: House, pool: Pool) -> None:
    said = replayed(place, recording("ev_faults/ev_fault_car1.parquet"))
    assert said["readings_null"] == {"cells": 1537}
    loud = [a for a in said["alerts"] if Severity[a["severity"].upper()] >= Severity.ORANGE]
    assert loud == []
    assert _capacity(pool, said) is Estimate


def _capacity(pool: Pool, said: Mapping[str, Any]) -> type:
    latest = Assessments(pool).latest(from_public(said["vehicle"]))
    assert latest is not None
    return type(latest.answers["capacity_ah"])


def test_a_recording_belongs_to_the_demo_and_its_first_centre() -> None:
    from vigil.demo import demo_cars

    assert (demo_cars.TENANT, demo_cars.CENTRES[0][0]) == (register.TENANT, register.CENTRE)


def test_the_answer_is_one_json_object(place: House, tmp_path: Path) -> None:
    said = replayed(place, tables.write(tables.drive(60, seed=4), tmp_path / "a.csv"))
    assert json.loads(json.dumps(said)) == said
    for key in (
        "rows_in",
        "rows_stored",
        "rows_quarantined",
        "rows_duplicate",
        "identity",
        "seconds",
        "alerts",
        "offers",
    ):
        assert key in said
