"""What the assessment of trouble codes promises."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest

from domain.causes import cause, explains
from domain.health import Finding, Severity
from domain.readings import Column, Day, Window
from domain.sentences.names import about_cause, cause_name
from domain.trouble.meaning import code_in, meaning_of
from domain.trouble.roots import root_of
from domain.trouble.table import entries
from firmware_contracts import dtc
from firmware_contracts.durations import DAY_MS
from firmware_contracts.events import Event, EventKind
from models.maintenance.trouble_codes import LAMP, TroubleCodesCase, severity_of
from models.state import decode, encode
from tests.recordings import recording

T0 = 1_750_000_000_000
HAN = re.compile(r"[\u4e00-\u9fff]")


def told(code: str, at: int = 0, *, level: int = 1, active: bool = True, unit: str = "") -> Event:
    return Event(
        kind=EventKind.DTC, t_ms=T0 + at, code=code, level=level, active=active, component=unit
    )


def day(events: Sequence[Event] = (), lamp: Sequence[float] | None = None) -> Day:
    values = np.array([] if lamp is None else lamp, dtype=np.float64)
    reasons = np.zeros(len(values), dtype=np.uint8)
    columns = {} if lamp is None else {"mil_on": Column(values=values, reasons=reasons)}
    ticks = T0 + 60_000 * np.arange(len(values), dtype=np.int64)
    window = Window(vehicle_id=1, start_ms=T0, end_ms=T0 + DAY_MS, ticks_ms=ticks, columns=columns)
    return Day(window=window, events=events)


def findings(*days: Day) -> dict[str, Finding]:
    case = TroubleCodesCase()
    for each in days:
        case.add(each)
    return {finding.cause: finding for finding in case.judgement().findings}


@pytest.mark.parametrize("code", ["P0420", "P0118", "C0045", "B00DF", "U0121", "P1234", "P0A80"])
def test_every_code_becomes_a_finding_in_both_languages(code: str) -> None:
    (finding,) = findings(day([told(code)])).values()
    assert not finding.recovered
    assert finding.component == code
    assert HAN.search(cause_name(finding.cause, "zh"))
    for part in ("what", "ignored", "do"):
        text = about_cause(finding.cause, part)
        assert HAN.search(text.zh)
        assert not HAN.search(text.en)


def test_codes_of_one_root_are_one_finding_with_the_worst_first() -> None:
    found = findings(day([told("P0118", level=0), told("P0116", 5), told("P0301"), told("P0300")]))
    assert set(found) == {"dtc_p0115", "misfire"}
    assert found["dtc_p0115"].component == "P0116 P0118"
    assert found["dtc_p0115"].values == {"codes": 2, "confirmed_codes": 1}
    assert found["misfire"].component == "P0300 P0301"


def test_silent_units_are_one_finding() -> None:
    found = findings(day([told("U0100"), told("U0140"), told("U0155"), told("U0001")]))
    assert set(found) == {"communication"}


def test_a_pending_code_counts_less_and_red_stays_red() -> None:
    assert severity_of("P0301", confirmed=True, lamp_on=False) is Severity.ORANGE
    assert severity_of("P0301", confirmed=False, lamp_on=False) is Severity.YELLOW
    assert severity_of("P0217", confirmed=False, lamp_on=False) is Severity.RED
    assert severity_of("P0420", confirmed=False, lamp_on=False) is Severity.INFO


def test_while_the_lamp_burns_no_code_is_below_yellow() -> None:
    dark = findings(day([told("P0420", level=0)], lamp=[0, 0]))
    assert dark["dtc_p0420"].severity is Severity.INFO
    found = findings(day([told("P0420", level=0)], lamp=[0, 1, 1]))
    assert found["dtc_p0420"].severity is Severity.YELLOW


def test_a_lamp_that_no_code_explains_is_a_finding_until_it_is_off() -> None:
    lit = findings(day(lamp=[0, np.nan, 1, 1]))[LAMP]
    assert lit.severity is Severity.YELLOW
    assert lit.since.timestamp() * 1000 == T0 + 2 * 60_000
    assert findings(day(lamp=[1, 1, 0]))[LAMP].recovered
    assert findings(day([told("P0420")], lamp=[1, 1]))[LAMP].recovered
    assert LAMP not in findings(day(lamp=[0, 0]))


def test_a_code_stands_until_every_unit_says_that_it_is_gone() -> None:
    two = [told("P0171", unit="ecu_7E8"), told("P0171", 5, unit="ecu_7EA")]
    gone = told("P0171", 9, active=False, unit="ecu_7E8")
    assert not findings(day([*two, gone]))["fuel_lean"].recovered
    last = told("P0171", 12, active=False, unit="ecu_7EA")
    finding = findings(day([*two, gone]), day([last]))["fuel_lean"]
    assert finding.recovered
    assert finding.as_of.timestamp() * 1000 == T0 + 12


def test_silence_and_foreign_events_change_nothing() -> None:
    stand = findings(day([told("P0420")]), day(), day())
    assert not stand["dtc_p0420"].recovered
    assert findings(day([told("P17"), Event(kind=EventKind.POWER, t_ms=T0, code="P0420")])) == {}


def test_a_truck_code_and_one_with_failure_type_are_findings_too() -> None:
    found = findings(day([told("SPN110-FMI3"), told("P0171-11")]))
    assert set(found) == {"dtc_spn110-fmi3", "fuel_lean"}
    assert cause("dtc_spn110-fmi3").en == "Truck fault SPN 110 FMI 3"


def test_a_case_goes_on_from_its_snapshot() -> None:
    whole, stopped = TroubleCodesCase(), TroubleCodesCase()
    first, second = (
        day([told("P0171"), told("P0420")], lamp=[1, 1]),
        day([told("P0171", 9, active=False)]),
    )
    for each in (first, second):
        whole.add(each)
    stopped.add(first)
    resumed = TroubleCodesCase()
    resumed.restore(decode(encode(stopped.state())))
    resumed.add(second)
    assert resumed.judgement() == whole.judgement()
    fresh = TroubleCodesCase()
    fresh.add(second)
    fresh.carry(stopped.state(), lambda t_ms: t_ms < T0 + 9)
    assert fresh.judgement() == whole.judgement()


def test_a_worn_catalyst_is_not_told_beside_the_misfire_that_ruins_it() -> None:
    assert explains("misfire", "", "dtc_p0420", "")
    assert explains("twelve_volt_weak", "lv_battery", root_of("U0121"), "")
    assert not explains("twelve_volt_weak", "lv_battery", root_of("C0045"), "")


def test_a_red_code_sends_help_and_no_other_does() -> None:
    assert cause("dtc_p0a7e").rescue
    assert not cause("dtc_p0420").rescue


def test_every_generic_code_has_words_severity_and_something_to_check() -> None:
    for code, entry in entries().items():
        meaning = meaning_of(code)
        assert HAN.search(meaning.zh), code
        assert not HAN.search(meaning.en), code
        assert meaning.generic
        assert about_cause(f"dtc_{code.lower()}", "do").zh, code
        assert code_in(code) == code
        assert dtc.number(root_of(code)[4:]) >= 0 if root_of(code).startswith("dtc_") else True
        assert entry.aspect.check


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        ("P0A7E", Severity.RED),
        ("C0500", Severity.ORANGE),
        ("B0012", Severity.ORANGE),
        ("P2E4F", Severity.YELLOW),
        ("P05D1", Severity.YELLOW),
        ("U0184", Severity.INFO),
    ],
)
def test_severity_follows_from_what_the_part_does(code: str, severity: Severity) -> None:
    assert meaning_of(code).severity is severity


@pytest.mark.recordings
def test_no_published_generic_code_is_missing() -> None:
    known = set(entries())
    for system in "pcbu":
        text = recording(f"dtc/{system}_codes.txt").read_text("utf-8", errors="replace")
        for line in text.splitlines():
            code, _, title = line.partition(" - ")
            digits = ("0", "2", "34") if system == "p" else ("0", "3")
            if code_in(code) and code[1:].startswith(digits) and "Reserved" not in title:
                assert code in known, line
