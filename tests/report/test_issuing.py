"""Over the counter: the last assessment of a real database becomes two files and a row."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.errors import NotFound
from domain.identity import new_vehicle_id
from domain.reports import SignedReport, Standing
from store.db.pool import Pool
from store.people.identity import Registry
from store.people.reports import Reports
from store.results.assessments import Assessments
from tests.report.samples import NOW, VIN, assessment, vehicle
from vigil.cli import app
from vigil.report.issuing import hand_out, write
from vigil.report.keys import KeyRing

pytestmark = pytest.mark.database


@pytest.fixture
def car(pool: Pool) -> int:
    registry, number = Registry(pool), new_vehicle_id()
    tenant = registry.add_tenant("group")
    registry.add_vehicle(replace(vehicle(), id=number, tenant_id=tenant), vin=VIN)
    return number


def test_the_last_assessment_becomes_a_kept_report_and_its_files(
    pool: Pool, car: int, tmp_path: Path
) -> None:
    Assessments(pool).save(replace(assessment(), vehicle_id=car))
    keys = KeyRing(tmp_path / "keys").open(NOW)
    report = hand_out(pool, keys, car, NOW, address="https://localhost")
    assert report.body["health"]["capacity_soh"]["value"] == 93.4123  # type: ignore[index]
    assert report.body["vehicle"]["vin_masked"] == "1M8**********2788"  # type: ignore[index]
    kept = Reports(pool).find(report.report_id)
    assert kept is not None
    assert kept.standing(NOW) is Standing.VALID
    assert kept.standing(NOW + timedelta(days=100)) is Standing.EXPIRED
    files = write(report, tmp_path / "out")
    assert SignedReport.from_json(files[0].read_text("utf-8")) == report


def test_a_car_without_assessment_gets_none(pool: Pool, car: int, tmp_path: Path) -> None:
    keys = KeyRing(tmp_path / "keys").open(NOW)
    with pytest.raises(NotFound, match="never assessed"):
        hand_out(pool, keys, car, NOW, address="https://localhost")
    with pytest.raises(NotFound, match="not registered"):
        hand_out(pool, keys, 5, NOW, address="https://localhost")


def test_a_report_is_verified_without_any_server(pool: Pool, car: int, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    Assessments(pool).save(replace(assessment(), vehicle_id=car))
    keys = KeyRing(tmp_path / "keys").open(now)
    file = write(hand_out(pool, keys, car, now, address="https://localhost"), tmp_path)[0]
    asked = ["report", "verify", str(file), "--keys", str(tmp_path / "keys/keys.json"), "--json"]
    done = CliRunner().invoke(app, asked)
    assert (done.exit_code, json.loads(done.stdout)["standing"]) == (0, "valid")
    told = json.loads(file.read_text("utf-8"))
    told["body"]["health"]["capacity_soh"]["value"] = 99.0
    file.write_text(json.dumps(told), "utf-8")
    done = CliRunner().invoke(app, asked)
    assert (done.exit_code, json.loads(done.stdout)["standing"]) == (1, "forged")
