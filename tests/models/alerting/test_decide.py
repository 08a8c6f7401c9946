"""What the alert book promises: few alerts, one per cause, none that comes or goes by chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.alerts import Alert, AlertChange, AlertState, ChangeKind
from domain.health import Assessment, Finding, Severity
from domain.methods import Method
from domain.urgent import judge
from firmware_contracts.events import Event, EventKind
from models.alerting import decide, on_event

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def finding(cause: str = "weak_cell", **more: object) -> Finding:
    values: dict[str, object] = {
        "cause": cause,
        "component": "cell_7",
        "severity": Severity.ORANGE,
        "since": NOW - timedelta(hours=3),
        "as_of": NOW - timedelta(hours=1),
        "confidence": 0.9,
        "method": Method.STANDING_CHARGE_DEFICIT,
        "values": {"deficit_pct": 2.4},
    }
    return Finding(**{**values, **more})  # type: ignore[arg-type]


def assessment(
    *findings: Finding, causes: frozenset[str] = frozenset(), **facts: object
) -> Assessment:
    return Assessment(
        vehicle_id=5,
        as_of=NOW,
        model_version="t",
        input_digest="d",
        answers={},
        findings=findings,
        assessed_causes=causes,
        facts=facts,
    )


def alert(of: Finding | None = None, **more: object) -> Alert:
    of = of or finding()
    values: dict[str, object] = {
        "id": 9,
        "tenant_id": 1,
        "vehicle_id": 5,
        "cause": of.cause,
        "component": of.component,
        "severity": of.severity,
        "state": AlertState.OPEN,
        "since": of.since,
        "as_of": of.as_of,
        "confidence": of.confidence,
        "historical": of.historical,
        "values": of.values,
        "method": of.method,
        "due_low": of.due_low,
        "due_high": of.due_high,
    }
    return Alert(**{**values, **more})  # type: ignore[arg-type]


def kinds(changes: list[AlertChange]) -> list[ChangeKind]:
    return [change.kind for change in changes]


def test_a_finding_opens_one_alert_and_the_same_finding_changes_nothing() -> None:
    first = decide(assessment(finding()), [], NOW)
    assert kinds(first) == [ChangeKind.RAISE]
    assert first[0].notify
    assert not first[0].rescue
    assert decide(assessment(finding()), [alert()], NOW) == []


def test_two_components_of_one_cause_share_one_alert_named_after_the_worst() -> None:
    mild = finding(component="cell_3", severity=Severity.YELLOW)
    changes = decide(assessment(mild, finding()), [], NOW)
    assert len(changes) == 1
    assert changes[0].finding is not None
    assert changes[0].finding.component == "cell_7"
    assert changes[0].finding.values["parts"] == 2


def test_information_and_experimental_findings_raise_nothing() -> None:
    quiet = [finding(severity=Severity.INFO), finding("hazard", experimental=True)]
    assert decide(assessment(*quiet), [], NOW) == []


def test_old_evidence_opens_an_alert_without_a_message_and_is_marked_historical() -> None:
    old = finding(since=NOW - timedelta(days=400), as_of=NOW - timedelta(days=300))
    [change] = decide(assessment(old), [], NOW)
    assert not change.notify
    assert change.finding is not None
    assert change.finding.historical
    stale = finding(as_of=NOW - timedelta(days=2))
    [change] = decide(assessment(stale), [], NOW)
    assert not change.notify
    assert change.finding is not None
    assert not change.finding.historical


def test_worse_notifies_again_and_late_data_corrects_in_silence() -> None:
    mild = alert(finding(severity=Severity.YELLOW))
    [worse] = decide(assessment(finding()), [mild], NOW)
    assert (worse.kind, worse.notify) == (ChangeKind.WORSEN, True)
    moved = finding(since=NOW - timedelta(days=2), component="cell_8")
    [correct] = decide(assessment(moved), [alert()], NOW)
    assert (correct.kind, correct.notify) == (ChangeKind.CORRECT, False)


DUE: dict[str, Any] = {"due_low": NOW + timedelta(days=2), "due_high": NOW + timedelta(days=40)}


def test_decide_keeps_a_due_window_that_still_holds_when_a_fault_worsens() -> None:
    known = alert(finding(severity=Severity.YELLOW, **DUE))
    [worse] = decide(assessment(finding()), [known], NOW)
    assert worse.kind is ChangeKind.WORSEN
    assert worse.finding is not None
    assert {name: getattr(worse.finding, name) for name in DUE} == DUE
    deeper = finding(as_of=NOW, values={"deficit_pct": 4.0})
    [update] = decide(assessment(deeper), [alert(finding(**DUE))], NOW)
    assert update.finding is not None
    assert update.finding.due_low == DUE["due_low"]


def test_decide_drops_a_due_window_that_is_over_eased_restated_or_of_another_part() -> None:
    known = alert(finding(**DUE))
    later = DUE["due_high"] + timedelta(days=1)
    gone = finding(as_of=later)
    eased = finding(severity=Severity.YELLOW)
    other = finding(component="cell_8")
    restated = finding(due_low=NOW + timedelta(days=9), due_high=NOW + timedelta(days=19))
    for newer, due_low in (
        (gone, None),
        (eased, None),
        (other, None),
        (restated, restated.due_low),
    ):
        [change] = decide(assessment(newer), [known], later)
        assert change.finding is not None
        assert change.finding.due_low == due_low


def test_silence_recovers_nothing_and_evidence_does() -> None:
    assert decide(assessment(), [alert()], NOW) == []
    [change] = decide(assessment(finding(recovered=True, as_of=NOW)), [alert()], NOW)
    assert change.kind is ChangeKind.RECOVER
    assert not change.notify


def test_a_second_full_look_that_no_longer_finds_it_closes_it_unless_rows_were_lost() -> None:
    causes = frozenset({"weak_cell"})
    assert kinds(decide(assessment(causes=causes), [alert()], NOW)) == [ChangeKind.RECOVER]
    lost = assessment(causes=causes, from_ms=NOW.timestamp() * 1000, history_lost=True)
    assert decide(lost, [alert()], NOW) == []


def test_red_is_neither_eased_nor_cleared_without_evidence() -> None:
    red = alert(finding("internal_short", severity=Severity.RED))
    newer = finding("internal_short", as_of=NOW)
    assert decide(assessment(finding("internal_short")), [red], NOW) == []
    [change] = decide(assessment(newer), [red], NOW)
    assert change.severity is Severity.RED
    cleared = assessment(causes=frozenset({"internal_short"}))
    assert decide(cleared, [red], NOW) == []


def test_a_root_cause_silences_what_it_explains_but_never_red() -> None:
    low = finding("twelve_volt_weak", component="twelve_volt")
    silent = finding("communication", component="bms")
    [change] = decide(assessment(silent, low), [], NOW)
    assert change.cause == "twelve_volt_weak"
    assert decide(assessment(silent), [alert(low)], NOW) == []
    red = replace(silent, severity=Severity.RED)
    assert {c.cause for c in decide(assessment(red, low), [], NOW)} == {
        "twelve_volt_weak",
        "communication",
    }


def test_a_sense_line_explains_only_its_own_cell() -> None:
    sensor = finding("cell_sensor", component="cell_7", severity=Severity.YELLOW)
    other = finding(component="cell_9")
    assert len(decide(assessment(sensor, finding()), [], NOW)) == 1
    assert len(decide(assessment(sensor, other), [], NOW)) == 2


def test_what_a_person_settled_stays_settled_until_there_is_more() -> None:
    wrong = alert(state=AlertState.WRONG, closed_at=NOW - timedelta(minutes=5))
    assert decide(assessment(finding()), [], NOW, [wrong]) == []
    worse = finding(severity=Severity.RED)
    assert kinds(decide(assessment(worse), [], NOW, [wrong])) == [ChangeKind.RAISE]
    repaired = replace(wrong, state=AlertState.RESOLVED)
    assert decide(assessment(finding()), [], NOW, [repaired]) == []
    still = finding(as_of=NOW + timedelta(days=20))
    later = NOW + timedelta(days=20)
    assert kinds(decide(assessment(still), [], later, [repaired])) == [ChangeKind.RAISE]


def alarm(at: datetime, level: int = 3, *, active: bool = True) -> Event:
    return Event(kind=EventKind.ALARM, t_ms=int(at.timestamp() * 1000), level=level, active=active)


def urgent_changes(event: Event, open_: list[Alert], now: datetime = NOW) -> list[AlertChange]:
    urgent = judge(event)
    assert urgent is not None
    return on_event(event, urgent, open_, vehicle_id=5, now=now)


def test_the_first_red_event_opens_an_alert_with_rescue_and_notifies_at_once() -> None:
    [change] = urgent_changes(alarm(NOW - timedelta(seconds=2)), [])
    assert (change.kind, change.severity) == (ChangeKind.RAISE, Severity.RED)
    assert change.rescue
    assert change.notify


def test_later_episodes_are_occurrences_and_an_ending_clears_nothing() -> None:
    [raised] = urgent_changes(alarm(NOW - timedelta(hours=5)), [])
    assert raised.finding is not None
    known = alert(raised.finding, cause="bms_alarm_3", severity=Severity.RED)
    [again] = urgent_changes(alarm(NOW), [known])
    assert (again.kind, again.alert_id) == (ChangeKind.REPEAT, 9)
    rising = judge(alarm(NOW))
    assert rising is not None
    ended = alarm(NOW, active=False)
    assert on_event(ended, rising, [known], vehicle_id=5, now=NOW) == []


def test_an_earlier_episode_that_comes_late_moves_since_back_and_keeps_the_newest() -> None:
    [raised] = urgent_changes(alarm(NOW), [])
    assert raised.finding is not None
    known = alert(raised.finding, cause="bms_alarm_3", severity=Severity.RED)
    early = NOW - timedelta(days=1)
    repeat, correct = urgent_changes(alarm(early), [known])
    assert (repeat.kind, correct.kind) == (ChangeKind.REPEAT, ChangeKind.CORRECT)
    assert correct.finding is not None
    assert (correct.finding.since, correct.finding.as_of) == (early, NOW)


def test_back_filled_red_notifies_for_a_day_and_history_never() -> None:
    [late] = urgent_changes(alarm(NOW - timedelta(hours=20)), [])
    assert late.notify
    [older] = urgent_changes(alarm(NOW - timedelta(hours=30)), [])
    assert not older.notify
    [ancient] = urgent_changes(alarm(NOW - timedelta(days=900)), [])
    assert ancient.finding is not None
    assert ancient.finding.historical
    assert ancient.rescue
