"""What is folded day by day says what all rows together say, and waits over midnight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domain.health import Estimate, Silence
from domain.readings import Column, Day, Window
from domain.vehicle import Powertrain, Vehicle
from firmware_contracts.durations import DAY_MS
from models.battery.ageing.habits import HabitLog, habits
from models.battery.capacity.charge_log import ChargeLog
from models.battery.capacity.charge_windows import ChargeWindow, charge_windows, merged
from models.battery.pack_rows import PackRows
from models.battery.resistance.resistance import (
    OhmDay,
    OhmLog,
    ohm_days,
    resistance,
    steps,
    trend,
)
from models.maintenance.family import MaintenanceCase
from tests.models.battery.packs import Pack, simulate
from tests.models.battery.windows import by_day


def folded(rows: PackRows) -> ChargeLog:
    log = ChargeLog()
    for day, edge_ms in by_day(rows):
        log.add(day.slim(), edge_ms, 96)
    return log


def test_charges_over_midnight_are_the_same_charges() -> None:
    rows = simulate(Pack(seed=1, days=30))
    whole, (found, _) = charge_windows(rows), folded(rows).windows(96)
    assert any(w.start_ms // DAY_MS != w.end_ms // DAY_MS for w in whole)
    assert found == whole


def test_a_charge_that_still_goes_on_is_told_as_far_as_it_went() -> None:
    rows = simulate(Pack(seed=1, days=30))
    last = next(w for w in charge_windows(rows) if w.start_ms // DAY_MS != w.end_ms // DAY_MS)
    midnight = last.end_ms // DAY_MS * DAY_MS
    log = folded(rows.take(rows.t_ms < midnight))
    open_, _ = log.windows(96)
    assert open_[-1].start_ms == last.start_ms
    assert open_[-1].end_ms < midnight
    assert log.state()["open"] is not None


def test_a_car_that_always_charges_does_not_keep_its_rows_for_ever() -> None:
    rows = simulate(Pack(seed=1, days=8, step_s=300.0))
    t = rows.t_ms[0] + 300_000 * np.arange(288 * 8, dtype=np.int64)
    n = len(t)
    always = replace(
        rows.take(np.zeros(n, dtype=np.int64)),
        t_ms=t,
        current_a=np.full(n, 2.0),
        soc_pct=np.linspace(5, 95, n),
        speed_kmh=np.zeros(n),
    )
    log = ChargeLog()
    for day, edge_ms in by_day(always):
        log.add(day, edge_ms, 96)
        kept = log.state()["open"]
        assert kept is None or len(kept["t_ms"]) <= 3 * 288
    assert len(log.windows(96)[0]) > 1


def test_told_windows_stand_only_where_nothing_was_measured() -> None:
    def window(start: int, end: int) -> ChargeWindow:
        return ChargeWindow(
            start_ms=start,
            end_ms=end,
            soc_from_pct=20,
            soc_to_pct=80,
            charge_ah=60,
            charge_sd_ah=1,
            soc_sd_pct=1,
            energy_kwh=20,
            loss_a2h=1,
            temperature_c=20,
            current_a=10,
            coverage=1,
            odometer_km=1,
        )

    chance = np.random.default_rng(4)
    for _ in range(200):
        edges = np.sort(chance.choice(60, 2 * int(chance.integers(0, 6)), replace=False)).tolist()
        measured = [window(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
        starts = chance.integers(0, 60, 5).tolist()
        told = [window(a, a + int(chance.integers(0, 9))) for a in starts]
        apart = [
            t
            for t in told
            if not any(m.start_ms <= t.end_ms and t.start_ms <= m.end_ms for m in measured)
        ]
        wanted = sorted([*measured, *apart], key=lambda w: w.start_ms)
        assert merged(measured, told) == wanted


def test_habits_add_up() -> None:
    rows = simulate(Pack(seed=3, days=30)).slim()
    windows = charge_windows(rows)
    log = HabitLog()
    for day, _ in by_day(rows):
        log.add(day)
    daily, whole = log.habits(windows), habits(rows, windows)
    assert daily is not None
    assert whole is not None
    assert daily.shown() == whole.shown()
    held = np.minimum(np.diff(rows.t_ms) / 1000, 7 * 86_400)
    assert whole.mean_soc_pct == pytest.approx(np.average(rows.soc_pct[:-1], weights=held))
    assert whole.temperature_p10_c == whole.temperature_p90_c == 25
    assert whole.share_above_90 == pytest.approx(held[rows.soc_pct[:-1] > 90].sum() / held.sum())


def test_a_step_over_midnight_belongs_to_the_later_day() -> None:
    rows = simulate(Pack(seed=2, days=12)).slim()
    log = OhmLog(120.0)
    for day, _ in by_day(rows):
        log.add(day)
    whole = ohm_days(steps(rows, 120.0))
    assert [(d.day, d.steps) for d in log.days] == [(d.day, d.steps) for d in whole]
    answer = resistance(log.days)
    assert isinstance(answer, Estimate)
    assert answer.low <= float(np.median(steps(rows, 120.0).r25_mohm)) <= answer.high


def ohms(days: int, per_year: float, *, step_s: float = 1.0, every: int = 1) -> list[OhmDay]:
    chance = np.random.default_rng(1)
    return [
        OhmDay(
            day=20_000 + d,
            step_s=step_s,
            steps=40,
            sigma_mohm=4.0,
            r25_mohm=80 + per_year * d / 365.25 + float(chance.normal(0, 1.0)),
        )
        for d in range(0, days, every)
    ]


@pytest.mark.parametrize("per_year", [0.0, 4.0, -3.0])
def test_the_trend_s_interval_holds_the_true_slope(per_year: float) -> None:
    for days in (90, 365, 900):
        found = trend(ohms(days, per_year))
        assert isinstance(found, Estimate)
        assert found.low <= per_year <= found.high
        assert found.unit == "mΩ/a"
    narrow, wide = trend(ohms(900, 4.0)), trend(ohms(90, 4.0))
    assert isinstance(narrow, Estimate)
    assert isinstance(wide, Estimate)
    assert narrow.high - narrow.low < wide.high - wide.low


def test_a_short_history_and_steps_of_two_lengths_make_no_trend() -> None:
    short = trend(ohms(30, 0.0))
    assert isinstance(short, Silence)
    assert short.reason == "history_too_short"
    assert isinstance(trend([]), Silence)
    other = [replace(d, step_s=30.0, r25_mohm=d.r25_mohm * 2) for d in ohms(20, 0.0)]
    found = trend([*other, *(replace(d, day=d.day + 20) for d in ohms(100, 0.0))])
    assert isinstance(found, Estimate)
    assert abs(found.value) < 2


def test_resistance_now_is_of_the_last_weeks_and_doubts_days_that_disagree() -> None:
    old, new = ohms(300, 0.0), [replace(d, day=d.day + 400) for d in ohms(60, 0.0)]
    risen = resistance([*old, *(replace(d, r25_mohm=d.r25_mohm + 20) for d in new)])
    assert isinstance(risen, Estimate)
    assert risen.value == pytest.approx(100, abs=1)
    chance = np.random.default_rng(2)
    apart = [replace(d, r25_mohm=80 + float(chance.normal(0, 30))) for d in new]
    calm, torn = resistance(new), resistance(apart)
    assert isinstance(calm, Estimate)
    assert isinstance(torn, Estimate)
    assert torn.high - torn.low > 1.2 * (calm.high - calm.low)


def engine(begin_ms: int, minutes: int, at_ms: int, rows: int) -> Window:
    """A minute-long pause apart from a trip of `minutes` that starts at `at_ms`."""
    ticks = begin_ms + 10_000 * np.arange(rows, dtype=np.int64)
    runs = (ticks >= at_ms) & (ticks < at_ms + minutes * 60_000)
    columns = {
        "engine_speed_rpm": np.where(runs, 1500.0, 0.0),
        "coolant_temperature_c": np.where(runs, 88.0, 20.0),
        "vehicle_speed_kmh": np.where(runs, 60.0, 0.0),
    }
    return Window(
        vehicle_id=1,
        start_ms=begin_ms,
        end_ms=begin_ms + DAY_MS,
        ticks_ms=ticks,
        columns={n: Column(values=v, reasons=np.zeros(rows, np.uint8)) for n, v in columns.items()},
    )


def test_a_trip_over_midnight_is_one_trip() -> None:
    case = MaintenanceCase(Vehicle(id=1, tenant_id=1, centre_id=None, powertrain=Powertrain.PETROL))
    midnight = 20_000 * DAY_MS
    for begin in (midnight - DAY_MS, midnight):
        case.add(Day(window=engine(begin, 40, midnight - 20 * 60_000, 8640)))
    [trip] = case._engine.warmings()
    assert trip.minutes == pytest.approx(40, abs=0.2)
    assert case.judgement().facts["maintenance"]["warm_ups"] == 1  # type: ignore[index]
