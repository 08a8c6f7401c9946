"""The desk on a real database: an ask becomes one report, whoever dies, with or without a font."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.identity import new_vehicle_id, public_id
from domain.vehicle import Powertrain
from store.db.pool import Pool
from store.db.reach import Kind, Reach
from store.people.identity import Registry
from store.people.report_requests import ReportDesk
from store.people.reports import Reports
from store.results.assessments import Assessments
from tests.report.samples import VIN, assessment, vehicle
from vigil.report import issuing, pdf, report_jobs
from vigil.report.keys import KeyRing

pytestmark = pytest.mark.database
NOW = datetime.now(UTC)
ADDRESS = "https://localhost"


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "reports")


def car(pool: Pool, *, assessed: bool = True, powertrain: Powertrain = Powertrain.BEV) -> int:
    registry, number = Registry(pool), new_vehicle_id()
    tenant = registry.add_tenant("group")
    made = replace(vehicle(), id=number, tenant_id=tenant, powertrain=powertrain)
    registry.add_vehicle(made, vin=VIN)
    if assessed:
        Assessments(pool).save(replace(assessment(), vehicle_id=number))
    return number


def ask(pool: Pool, api: Pool, number: int) -> tuple[int, Reach]:
    """Somebody of the group asks; the ask's number."""
    reach = Reach(tenant_id=Registry(pool).add_tenant("group"), kind=Kind.GROUP, person_id=1)
    ReportDesk(api).ask(reach, number, "adviser", NOW)
    found = ReportDesk(api).newest(reach, number)
    assert found is not None
    return found.id, reach


def test_an_ask_becomes_a_report_with_its_pages(pool: Pool, api: Pool, keys: KeyRing) -> None:
    number = car(pool)
    wanted, reach = ask(pool, api, number)
    assert not ReportDesk(api).ask(reach, number, "owner", NOW)  # stands in line already
    assert ReportDesk(pool).waiting(NOW) == [wanted]
    assert report_jobs.make(pool, keys, wanted, NOW, address=ADDRESS)
    assert ReportDesk(pool).waiting(NOW + timedelta(days=1)) == []
    found = ReportDesk(api).newest(reach, number)
    assert found is not None
    assert found.report_id is not None
    report_id = public_id(found.report_id, "r")
    [kept] = Reports(api).of_vehicle(reach, number)
    assert (kept.report.report_id, found.trouble) == (report_id, "")
    assert kept.standing(NOW).value == "valid"
    printed = Reports(api).printed(reach, report_id)
    assert kept.printed == (printed is not None)
    if printed is not None:
        assert printed.startswith(b"%PDF-")
    assert not report_jobs.make(pool, keys, wanted, NOW, address=ADDRESS)
    assert len(Reports(api).of_vehicle(reach, number)) == 1


def test_without_a_font_the_report_stands_and_is_printed_later(
    pool: Pool, api: Pool, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = car(pool)
    wanted, reach = ask(pool, api, number)
    with monkeypatch.context() as bare:
        bare.setattr(pdf, "CHINESE", ("No Such Font",))
        report_jobs.make(pool, keys, wanted, NOW, address=ADDRESS)
        [kept] = Reports(api).of_vehicle(reach, number)
        assert (kept.printed, kept.standing(NOW).value) == (False, "valid")
        assert report_jobs.print_again(pool, NOW) == 0
    monkeypatch.setattr(issuing, "render", lambda report: b"%PDF-" + report.report_id.encode())
    assert report_jobs.print_again(pool, NOW) >= 1
    [kept] = Reports(api).of_vehicle(reach, number)
    printed = Reports(api).printed(reach, kept.report.report_id)
    assert printed == b"%PDF-" + kept.report.report_id.encode()


def test_what_a_dead_worker_had_in_hand_is_taken_again(
    pool: Pool, api: Pool, keys: KeyRing
) -> None:
    wanted, reach = ask(pool, api, number := car(pool))
    taken = ReportDesk(pool).take(wanted, NOW, NOW - report_jobs.IN_HAND)
    assert taken is not None  # and its worker dies here
    assert not report_jobs.make(pool, keys, wanted, NOW + timedelta(seconds=10), address=ADDRESS)
    later = NOW + report_jobs.IN_HAND + timedelta(seconds=1)
    assert ReportDesk(pool).waiting(later - report_jobs.IN_HAND) == [wanted]
    assert report_jobs.make(pool, keys, wanted, later, address=ADDRESS)
    assert len(Reports(api).of_vehicle(reach, number)) == 1


@pytest.mark.parametrize(
    ("made", "trouble"),
    [({"assessed": False}, "not_assessed"), ({"powertrain": Powertrain.PETROL}, "failed")],
)
def test_what_cannot_be_reported_is_told(
    pool: Pool, api: Pool, keys: KeyRing, made: dict[str, object], trouble: str
) -> None:
    wanted, reach = ask(pool, api, number := car(pool, **made))  # type: ignore[arg-type]
    report_jobs.make(pool, keys, wanted, NOW, address=ADDRESS)
    found = ReportDesk(api).newest(reach, number)
    assert found is not None
    assert (found.report_id, found.trouble) == (None, trouble)
    assert found.ended_at is not None


def test_a_key_that_others_can_read_signs_nothing(pool: Pool, api: Pool, keys: KeyRing) -> None:
    wanted, reach = ask(pool, api, number := car(pool))
    (keys.open(NOW).folder / "signing.pem").chmod(0o644)
    report_jobs.make(pool, keys, wanted, NOW, address=ADDRESS)
    assert Reports(api).of_vehicle(reach, number) == []
    found = ReportDesk(api).newest(reach, number)
    assert found is not None
    assert found.trouble == "failed"


def test_trouble_that_lasts_is_told_after_some_tries(
    pool: Pool, api: Pool, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, reach = ask(pool, api, number := car(pool))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("typesetter")

    monkeypatch.setattr(report_jobs, "hand_out", broken)
    for attempt in range(report_jobs.TRIES):
        at = NOW + attempt * 2 * report_jobs.IN_HAND
        with pytest.raises(RuntimeError, match="typesetter"):
            report_jobs.make(pool, keys, wanted, at, address=ADDRESS)
    found = ReportDesk(api).newest(reach, number)
    assert found is not None
    assert (found.tries, found.trouble) == (report_jobs.TRIES, "failed")
