"""Page and paper say what was signed, in both languages, and nothing else."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.battery.wording import answers, cohort, outlook
from api.numbers import number
from api.reports import chart
from api.reports.view import View, view
from domain.health import Assessment, Estimate, Silence
from domain.methods import Method
from domain.reports import SignedReport
from domain.vehicle import Chemistry
from models.base import MODEL_VERSION, moment
from models.battery.family import assess
from simulators.battery.life import BatteryLife
from simulators.battery.recording import LifeSpec
from tests.report.samples import NOW, VIN, assessment, vehicle
from vigil.report.issue import issue
from vigil.report.keys import KeyRing
from vigil.trials.field_soh import vehicle_of, window_of

RANKS = {
    "capacity_soh": {
        "rule": "chemistry_age_km",
        "cohort": {"chemistry": "nmc", "age_years": [4, 6], "km": [250_000, None]},
        "cars": 41, "needed": 20, "percentile": 63.2, "low": 48.9, "high": 75.4, "ranked_at": NOW,
    },
    "resistance": {
        "rule": "model_age", "cohort": {"make": "Make", "model": "Model", "age_years": [4, 6]},
        "cars": 30, "needed": 20, "percentile": 20.0, "low": 11.0, "high": 35.0, "ranked_at": NOW,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> SignedReport:
    """A report of half a year of a simulated car, by the real models."""
    recording = BatteryLife(spec=LifeSpec(seed=1, days=180, period_s=60.0)).record()
    window = window_of(recording, 180)
    first, last = (moment(int(window.ticks_ms[k])) for k in (0, -1))
    car = replace(
        vehicle_of(recording, 180),
        in_service=first.date() - timedelta(days=700),
        make="Make",
        warranty=vehicle().warranty,
    )
    verdict = assess(window, car)
    found = Assessment(
        vehicle_id=car.id,
        as_of=last,
        model_version=MODEL_VERSION,
        input_digest="d",
        answers=verdict.answers,
        findings=verdict.findings,
        facts=verdict.facts,
        assessed_causes=verdict.causes,
    )
    keys = KeyRing(tmp_path_factory.mktemp("keys")).open(NOW)
    given = {"vin": VIN, "odometer_km": 261_000.4, "cohort": RANKS}
    return issue(found, car, keys, NOW, address="https://localhost", **given)  # type: ignore[arg-type]


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys").open(NOW)


def body_of(report: SignedReport) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report.to_json())["body"]
    return found


def said(shown: View, lang: str) -> str:
    """All words of a view in one language."""
    return "\n".join(_texts(asdict(shown), lang))


def _texts(value: object, lang: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        if set(value) == {"zh", "en"}:
            yield str(value[lang])
            return
        for each in value.values():
            yield from _texts(each, lang)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each, lang)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_signed_number_that_people_read_is_there(lived: SignedReport, lang: str) -> None:
    body = body_of(lived)
    told = said(view(body, lived.key_id), lang)
    assert "value" in body["health"]["capacity_soh"]
    for name, each in body["health"].items():
        if "value" in each:
            for key in ("value", "low", "high"):
                assert number(each[key], 1) in told, (name, key)
    for each in body["range"].values():
        if "value" in each:
            assert f"{number(each['value'], 0)} km" in told
    for key in ("report_id", "inputs_digest", "model_version"):
        assert body[key] in told
    assert body["vehicle"]["vin_masked"] in told
    assert f"{number(body['vehicle']['odometer_km'], 0)} km" in told
    assert number(body["warranty"]["threshold_pct"], 0) in told
    for charge in body["charges"]:
        assert f"{number(charge['charge_ah'], 1)} Ah" in told
    assert "63" in told  # the rank, and the resistance's told from its good end
    assert "80" in told


def test_every_part_that_a_report_owes_is_there(lived: SignedReport) -> None:
    shown = view(body_of(lived), lived.key_id)
    assert list(shown.parts) == [
        "vehicle",
        "health",
        "curve",
        "forecast",
        "warranty",
        "cells",
        "charging",
        "charges",
        "range",
        "cohort",
        "anomalies",
        "definitions",
        "validity",
    ]
    empty = [id for id, part in shown.parts.items() if part.bare]
    assert set(empty) <= {"curve", "anomalies", "cells"}  # one segment, sound, no cells read
    assert shown.tiles[0].interval is not None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nobody_reads_a_message_id_or_the_other_language(lived: SignedReport, lang: str) -> None:
    told = said(view(body_of(lived), lived.key_id), lang)
    ids = r"\b(?:told|report|web|missing|silence|method|segment|advice|what_if)\.[a-z_]+"
    assert re.findall(ids, told) == []
    assert "{" not in told
    if lang == "en":
        assert not re.search("[一-鿿]", told)
    else:
        assert re.findall(r"[a-z]{4,} [a-z]{3,} [a-z]{3,}", told) == []


def test_a_report_of_silences_reads_as_silence(keys: KeyRing) -> None:
    missing = Silence(
        reason="no_charge_observed",
        missing="one_wide_charge",
        detail={"from_pct": 20, "to_pct": 80},
    )
    bare = replace(assessment(), answers={"capacity_soh": missing}, facts={}, findings=())
    report = issue(bare, vehicle(), keys, NOW, address="https://localhost")
    shown = view(body_of(report), report.key_id)
    told = said(shown, "en")
    assert "One charge from below 20 % to above 80 % would do." in told
    assert shown.tiles[0].number == "—"
    assert "No battery anomaly found." in [p.empty["en"] for p in shown.parts.values() if p.bare]
    assert chart.curve(body_of(report)) == ""


def test_what_a_newer_model_adds_is_shown_by_its_own_word(keys: KeyRing) -> None:
    body = body_of(issue(assessment(), vehicle(), keys, NOW, address="https://localhost"))
    newer = {"value": 1.2, "low": 0.9, "high": 1.5, "unit": "mΩ", "method": "new way", "detail": {}}
    body["health"]["resistance_trend"] = newer
    body["health"]["plating_share"] = newer
    told = said(view(body, "k"), "en")
    assert "Resistance, change a year" in told
    assert "plating share" in told
    assert "new way" in told


def test_a_chance_from_literature_is_told_in_words_and_never_in_per_cent(
    lived: SignedReport,
) -> None:
    body = body_of(lived)
    ahead = body["forecast"]["warranty"]
    ahead["probability_below"] = 0.4242
    shown = view(body, lived.key_id)
    told = said(shown, "en") + said(shown, "zh")
    assert "possible" in told
    assert "42" not in "".join(
        line.value["en"]
        for line in shown.parts["warranty"].lines
        if line.value["en"] != ahead["ends"]
    )
    assert "not in per cent" in told
    assert "不给百分比" in told


def test_lines_of_regulations_are_told_only_for_cars_approved_under_them(
    lived: SignedReport,
) -> None:
    body = body_of(lived)
    assert not any("GTR" in line.name["en"] for line in view(body, "k").parts["warranty"].lines)
    mark = {"source": "UN GTR 22, category 1", "years": 8.0, "km": 160_000.0, "threshold_pct": 70.0}
    body["forecast"]["durability"] = [
        {
            **mark,
            "ended": False,
            "ends": "2030-03-01",
            "soh_then_pct": [80.1, 84.0, 87.5],
            "probability_below": 0.004,
        },
        {**mark, "years": 5.0, "km": 100_000.0, "threshold_pct": 80.0, "ended": True},
    ]
    *_, later, past = view(body, "k").parts["warranty"].lines
    assert later.name["en"] == "UN GTR 22, category 1: 70 % at 8 years or 160,000 km"
    assert later.value["en"] == (
        "about 2030-03-01: 84 % (80.1 – 87.5) then; below the line: very unlikely"
    )
    assert "很不可能" in later.value["zh"]
    assert past.value["en"] == "its term is past"


@pytest.mark.parametrize(
    ("share", "word"),
    [
        (0.0, "very_unlikely"),
        (0.05, "unlikely"),
        (0.3, "possible"),
        (0.5, "likely"),
        (1.0, "very_likely"),
    ],
)
def test_every_share_has_its_word(share: float, word: str) -> None:
    assert outlook.chance({"probability_below": share}) == word


def test_a_level_is_told_as_it_is_known() -> None:
    def told(dates: list[str | None], years: list[float | None]) -> str:
        level = {"dates": dates, "years": years, "km": [None, 81_234.0, None]}
        [line] = outlook.levels({"levels": {"80": level}})
        return line.value["en"]

    assert told([None] * 3, [None] * 3) == "not within ten years (90 % range)"
    early = told(["2034-01-01", None, None], [8.0, None, None])
    assert early == "most likely beyond ten years, 2034-01-01 at the earliest"
    open_end = told(["2030-01-01", "2033-01-01", None], [4.0, 7.0, None])
    assert "about 2033-01-01" in open_end
    assert "81,000 km" in open_end
    assert "2030-01-01 – beyond ten years" in open_end
    assert told(["2026-01-01"] * 3, [0.0, 0.0, 0.0]) == "already below it"


def test_less_resistance_is_the_better_rank() -> None:
    found = {line.of: line.value["en"] for line in cohort.lines(RANKS)}
    assert found["capacity_soh"] == "better than 63 % of 41 cars (90 % interval 49 – 75 %)"
    assert found["resistance"] == "better than 80 % of 30 cars (90 % interval 65 – 89 %)"
    few = {**RANKS["capacity_soh"], "percentile": None, "cars": 7}
    [line] = cohort.lines({"capacity_soh": few})
    assert line.value["en"] == "Too few cars like yours yet (7 of 20)."
    assert line.note is not None
    assert "250,000 km and more" in line.note["en"]


def test_a_number_above_new_stays_on_its_bar() -> None:
    over = Estimate(
        value=103.0, low=100.5, high=105.5, unit="%", method=Method.COULOMB_COUNTING, windows=3
    )
    found = answers.tile("energy_soh", asdict(over))
    assert found.left < found.at < found.left + found.width <= 100.01


def test_the_findings_of_other_systems_are_no_battery_anomalies(keys: KeyRing) -> None:
    weak = assessment().findings[0]
    starter = replace(weak, cause="twelve_volt_weak", component="lv_battery")
    both = replace(assessment(), findings=(weak, starter))
    body = body_of(issue(both, vehicle(), keys, NOW, address="https://localhost"))
    assert [each["cause"] for each in body["anomalies"]] == ["weak_cell"]


def test_a_rank_among_few_does_not_leave_the_tenant(keys: KeyRing) -> None:
    ranks = copy.deepcopy(RANKS)
    ranks["capacity_soh"]["cars"] = 9
    report = issue(assessment(), vehicle(), keys, NOW, address="https://localhost", cohort=ranks)
    told = body_of(report)["cohort"]
    assert told["capacity_soh"]["percentile"] is None
    assert told["resistance"]["percentile"] == 20.0


def test_the_drawing_has_both_halves_the_lines_and_the_segment(lived: SignedReport) -> None:
    body = body_of(lived)
    drawn = chart.curve(body)
    assert drawn.count("<polyline") == drawn.count("<polygon") == 2
    assert "80%" in drawn
    middle = body["curve"]["points"][len(body["curve"]["points"]) // 2][0]
    body["curve"]["segments"].append([1, middle, "repair"])
    assert chart.curve(body).count("<line") == drawn.count("<line") + 1
    shown = view(body, "k").parts["curve"].texts
    assert "A repair record says" in shown[-1]["en"]
    assert (
        chart.cells({"lowest_mv": -60, "highest_mv": 12, "spread_5_95_mv": 14}).count("circle") == 2
    )


def test_the_drawing_of_the_curve_is_broken_where_nothing_was_measured(
    lived: SignedReport,
) -> None:
    body = body_of(lived)
    body["forecast"] = None
    day_ms = 86_400_000
    ages = [200, 195, 190, 40, 35, 30]
    body["curve"]["points"] = [[-age * day_ms, 140.0, 138.0, 142.0, 0] for age in ages]
    drawn = chart.curve(body)
    assert drawn.count("<polygon") == drawn.count("<polyline") == 2
    body["curve"]["points"] = body["curve"]["points"][:4]
    lone = chart.curve(body)
    assert (lone.count("<polygon"), lone.count("<polyline"), lone.count("<circle")) == (1, 1, 1)


def test_an_unknown_chemistry_and_no_warranty_are_said(keys: KeyRing) -> None:
    bare = replace(vehicle(), chemistry=Chemistry.UNKNOWN, warranty=None, model="")
    report = issue(assessment(), bare, keys, NOW, address="https://localhost")
    shown = view(body_of(report), report.key_id)
    assert "not known" in said(shown, "en")
    assert shown.parts["warranty"].bare
    assert "No warranty record" in shown.parts["warranty"].empty["en"]
