"""The scorecard on alerts written by hand: counts, leads, false alarms, exact intervals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.alerts import Alert, AlertState
from domain.errors import BadInput
from domain.health import Severity
from vigil.trials.scorecard import MONTH_DAYS, Planted, Truth, read_truth, score

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=10 * MONTH_DAYS)


def planted(
    car: str, kind: str, component: str, onset_day: float = 100, life: float = 100
) -> Planted:
    onset = START + timedelta(days=onset_day)
    return Planted(
        car=car, kind=kind, component=component, onset=onset, fails=onset + timedelta(days=life)
    )


def alert(cause: str, component: str, day: float, **more: Any) -> Alert:
    since = START + timedelta(days=day)
    usual: dict[str, Any] = {"severity": Severity.ORANGE, "confidence": 0.92}
    given = usual | {"state": AlertState.OPEN} | more
    return Alert(
        id=1,
        tenant_id=1,
        vehicle_id=1,
        cause=cause,
        component=component,
        since=since,
        as_of=since,
        historical=True,
        **given,
    )


def truth(*faults: Planted) -> Truth:
    return Truth(start=START, cars=("a", "b", "c", "d"), planted=faults)


def test_found_missed_false_and_lead() -> None:
    told: Any = score(
        truth(
            planted("a", "weak_cell", "cell_37"),
            planted("b", "weak_cell", "cell_5"),
            planted("c", "slow_puncture", "tyre_rl"),
            planted("d", "weak_cell", "cell_1", onset_day=9999),
        ),
        {
            "a": [alert("weak_cell", "V_37", 130), alert("weak_cell", "cell_37", 150)],
            "b": [alert("weak_cell", "cell_6", 130)],
            "c": [alert("tyre_leak", "tyre_rl", 110), alert("oil_life", "", 120)],
            "d": [alert("weak_cell", "cell_1", 130, severity=Severity.INFO)],
        },
        NOW,
    )
    assert told["faults"] == {
        "slow_puncture": {"n": 1, "detected": 1, "lead_days_median": 90.0},
        "weak_cell": {"n": 2, "detected": 1, "lead_days_median": 70.0},
    }
    assert told["exposure_vehicle_months"] == 40
    assert told["false_alarms_per_1000_vehicle_months"] == 50.0
    assert told["false_alarms"] == {"weak_cell": 1, "oil_life": 1}
    assert told["alerts_per_vehicle_month"] == 0.125
    assert [m["vehicle"] for m in told["missed"]] == ["b"]
    (row,) = told["calibration"]
    assert row == {"bin": "0.90-0.95", "predicted": 0.92, "observed": 0.6, "n": 5}


def test_intervals_are_exact() -> None:
    """Clopper-Pearson for 1 of 2 and Garwood for 2 events, 90 % central, from printed tables."""
    told: Any = score(
        truth(planted("a", "weak_cell", "cell_1"), planted("b", "weak_cell", "cell_2")),
        {"a": [alert("weak_cell", "cell_1", 130), alert("crash", "", 3), alert("crash", "", 4)]},
        NOW,
    )
    assert told["intervals"]["faults.weak_cell.detected"] == pytest.approx(
        [0.0253, 0.9747], abs=1e-4
    )
    assert told["intervals"]["false_alarms_per_1000_vehicle_months"] == pytest.approx(
        [1000 * 0.3554 / 40, 1000 * 6.2958 / 40], rel=1e-3
    )


def test_an_alert_before_the_onset_is_a_false_alarm() -> None:
    told: Any = score(
        truth(planted("a", "weak_cell", "cell_1")), {"a": [alert("weak_cell", "cell_1", 90)]}, NOW
    )
    assert told["faults"]["weak_cell"]["detected"] == 0
    assert told["false_alarms"] == {"weak_cell": 1}


def test_closed_alerts_count_as_found() -> None:
    closed = alert("weak_cell", "cell_1", 130, state=AlertState.RESOLVED, closed_at=NOW)
    told: Any = score(truth(planted("a", "weak_cell", "cell_1")), {"a": [closed]}, NOW)
    assert told["faults"]["weak_cell"]["detected"] == 1


def test_a_truth_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_truth(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text('{"cars": {"a": [{}]}}')
    with pytest.raises(BadInput, match="not a truth file"):
        read_truth(tmp_path / "bad.json")
