"""The assessment run: from stored rows to the alert book, the same whenever it runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.errors import NotFound
from domain.health import Estimate, Severity, Silence
from models.assessment import assess_due, assess_vehicle
from models.base import moment
from tests.models.battery.packs import Pack, simulate
from tests.models.battery.windows import CAR, NMC_CAR, OneCar
from tests.recordings import recording

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_run_saves_and_raises_once() -> None:
    car = OneCar(simulate(Pack(seed=3, days=40, low_soc={40: 6.0})), NMC_CAR)
    first = assess_vehicle(car, car, car, 5, NOW)
    again = assess_vehicle(car, car, car, 5, NOW)
    assert (first.answers, first.findings, first.input_digest) == (
        again.answers,
        again.findings,
        again.input_digest,
    )
    assert [c.cause for c in car.changes] == ["weak_cell"]


def test_looking_often_ends_where_looking_once_does() -> None:
    rows = simulate(Pack(seed=3, days=40, low_soc={40: 3.0}))
    often, once = OneCar(rows), OneCar(rows)
    for day in range(4, 41, 9):
        often.rows = rows.take(rows.t_ms < rows.t_ms[0] + day * 86_400_000)
        assess_vehicle(often, often, often, 5, NOW)
    often.rows = rows
    assess_vehicle(often, often, often, 5, NOW)
    assess_vehicle(once, once, once, 5, NOW)
    assert often.alerts == once.alerts


def test_a_car_that_never_reported_is_assessed_as_such() -> None:
    car = OneCar(None)
    assert assess_vehicle(car, car, car, 5, NOW).answers == {}
    with pytest.raises(NotFound):
        assess_vehicle(car, car, car, 6, NOW)
    assert assess_due(car, car, car, NOW).assessed == 1


@pytest.mark.recordings
@pytest.mark.slow
def test_the_weak_cell_of_a_recorded_car_is_named_weeks_before_its_own_alarm() -> None:
    from vigil.commands.evaluate.recordings import read

    recorded = read(recording("ev_faults/ev_fault_car2.parquet"))
    car = OneCar(recorded.rows)
    assess_vehicle(car, car, car, 5, NOW)
    [alert] = [a for a in car.alerts.values() if a.severity >= Severity.ORANGE]
    assert (alert.cause, alert.component, alert.historical) == ("weak_cell", "V_82", True)
    alarm = recorded.rows.t_ms[recorded.level == 3][0]
    assert (alarm / 1000 - alert.since.timestamp()) / 86_400 > 16.1
    silent = car.saved[-1].answers["capacity_ah"]
    assert isinstance(silent, Silence)
    assert silent.missing == "one_wide_charge"

    cut = OneCar(recorded.rows.take(recorded.rows.t_ms <= alert.since.timestamp() * 1000))
    assess_vehicle(cut, cut, cut, 5, NOW)
    [same] = [a for a in cut.alerts.values() if a.severity >= Severity.ORANGE]
    assert (same.cause, same.component, same.since) == (alert.cause, alert.component, alert.since)
    assert same.as_of == moment(int(cut.rows.t_ms[-1])) if cut.rows else False


@pytest.mark.recordings
@pytest.mark.slow
def test_a_sound_recorded_car_raises_no_orange_and_has_a_capacity() -> None:
    from vigil.commands.evaluate.recordings import read

    car = OneCar(read(recording("ev_faults/ev_fault_car1.parquet")).rows, CAR)
    assessment = assess_vehicle(car, car, car, 5, NOW)
    assert all(a.severity < Severity.ORANGE for a in car.alerts.values())
    capacity = assessment.answers["capacity_ah"]
    assert isinstance(capacity, Estimate)
    assert capacity.low < capacity.value < capacity.high
