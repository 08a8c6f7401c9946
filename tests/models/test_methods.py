"""Methods are ids; what release 0.1.0 stored as English prose is still read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.health import Estimate, Finding, Severity
from domain.methods import Method, method_id, method_of
from domain.sentences.bilingual import LANGUAGES
from domain.sentences.names import alert_reason
from models.battery.cells.watch import CellWatch
from models.battery.thermal import ThermalWatch
from store.results.assessment_json import assessment_body, assessment_of, finding_body, finding_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
STORED = {
    "not full with the others": Method.NOT_FULL_WITH_OTHERS,
    "told by the car": Method.CAR_REPORTED,
    "reported by the car": Method.CAR_EVENT,
    "median dU/dI over steps of 30 s, 25 °C, 30-80 % charge": Method.CURRENT_STEPS,
    "rank of capacity health among comparable cars": Method.COHORT_RANK,
    "charged energy less I²R, at 25 °C and C/3, fused over time": Method.CHARGED_ENERGY_LESS_LOSSES,
    "": Method.UNSTATED,
}


@pytest.mark.parametrize(("prose", "method"), STORED.items())
def test_method_of_reads_the_prose_of_release_0_1_0(prose: str, method: Method) -> None:
    assert method_of(prose) is method


@pytest.mark.parametrize("method", Method)
def test_method_of_reads_every_id(method: Method) -> None:
    assert method_of(method.value) is method


def test_a_method_of_a_newer_release_is_unstated_and_its_id_is_kept_for_people() -> None:
    assert method_of("entropy_of_the_curve") is Method.UNSTATED
    assert method_id("entropy_of_the_curve") == "entropy_of_the_curve"


def test_finding_of_and_assessment_of_read_bodies_with_prose() -> None:
    finding = Finding(
        cause="weak_cell",
        component="V_82",
        severity=Severity.ORANGE,
        since=NOW,
        as_of=NOW,
        confidence=0.9,
        method=Method.SMALL_CAPACITY,
    )
    body = finding_body(finding)
    assert body["method"] == "small_capacity"
    assert finding_of(body) == finding_of({**body, "method": "small capacity"}) == finding
    answer = {"value": 1.0, "low": 0.9, "high": 1.1, "unit": "mΩ", "method": "told by the car"}
    stored = {"answers": {"bms_soh": answer}, "findings": [], "facts": {}, "assessed_causes": []}
    told = assessment_of(1, NOW, "battery-1", "", stored)
    estimate = told.answers["bms_soh"]
    assert isinstance(estimate, Estimate)
    assert estimate.method is Method.CAR_REPORTED
    assert assessment_body(told)["answers"]["bms_soh"]["method"] == "car_reported"


@pytest.mark.parametrize("language", LANGUAGES)
def test_reason_reads_what_the_alert_book_wrote_before(language: str) -> None:
    assert alert_reason("recovered: pack spread", language) == alert_reason("pack_spread", language)
    old, new = "no longer supported by the data", "no_longer_supported"
    assert alert_reason(old, language) == alert_reason(new, language) != old


def test_cell_watch_and_thermal_watch_restore_states_with_prose() -> None:
    mark = {
        "cause": "weak_cell",
        "cell": 3,
        "severity": 2,
        "since_ms": 1,
        "method": "not full with the others",
        "confidence": 0.9,
        "recovered_ms": None,
    }
    cells = CellWatch.restore({**CellWatch().state(), "marks": [mark]})
    assert cells.state()["marks"][0]["method"] == "not_full_with_others"

    def name(kind: str, number: int) -> str:
        return f"{kind}_{number}"

    sign = {
        "cause": "thermal_event",
        "severity": 3,
        "method": "hot probe",
        "component": "probe_1",
        "agree": 2,
        "seen": 2,
        "since_ms": 5,
        "last_ms": 6,
        "value": 61.0,
    }
    empty = ThermalWatch(name).state()
    heat = ThermalWatch.restore({**empty, "signs": {"hot probe": sign}}, name)
    assert [finding.method for finding in heat.findings()] == [Method.HOT_PROBE]
    assert list(heat.state()["signs"]) == ["hot_probe"]
