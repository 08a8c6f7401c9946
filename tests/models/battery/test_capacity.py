"""Capacity comes with an interval that holds the truth, or with the charge that is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domain.health import Answer, Estimate, Silence
from domain.vehicle import Chemistry
from models.base import Array, moment
from models.battery.capacity.capacity import (
    answer,
    capacity_track,
    fit_line,
    uncounted_pct,
)
from models.battery.capacity.charge_windows import (
    ChargeWindow,
    charge_windows,
    windows_of_records,
)
from models.battery.capacity.filter import Sight, fuse
from models.battery.family import assess
from models.battery.pack_rows import NAMES, PackRows
from tests.models.battery.packs import Pack, simulate
from tests.models.battery.windows import CAR, NMC_CAR, window_of


def told(windows: list[ChargeWindow]) -> Answer:
    return answer(capacity_track(windows, Chemistry.LFP), windows, Chemistry.LFP, "Ah")


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_holds_the_true_capacity(seed: int) -> None:
    judged = assess(window_of(simulate(Pack(seed=seed, capacity_ah=111.0))), NMC_CAR)
    soh = judged.answers["capacity_soh"]
    assert isinstance(soh, Estimate)
    assert soh.low <= 100 * 111 / 120 <= soh.high
    assert soh.high - soh.low < 8
    assert soh.windows >= 1
    assert 0.9 < soh.coverage <= 1.0


def test_without_charges_the_missing_one_is_named() -> None:
    rows = simulate(Pack(seed=1))
    driving = rows.take(rows.speed_kmh > 0)
    silent = assess(window_of(driving), NMC_CAR).answers["capacity_ah"]
    assert isinstance(silent, Silence)
    assert silent.missing == "one_wide_charge"
    assert (silent.detail["from_pct"], silent.detail["to_pct"]) == (20, 80)


def test_without_a_rated_value_there_is_a_capacity_but_no_per_cent() -> None:
    answers = assess(window_of(simulate(Pack(seed=1))), CAR).answers
    assert isinstance(answers["capacity_ah"], Estimate)
    assert isinstance(answers["capacity_soh"], Silence)
    assert answers["capacity_soh"].missing == "rated_capacity"


def test_lfp_speaks_only_up_to_a_full_charge() -> None:
    rows = simulate(Pack(seed=1, chemistry="lfp"))
    full = charge_windows(rows)
    assert isinstance(told(full), Estimate)
    partial = [replace(w, soc_to_pct=85.0) for w in full]
    silent = told(partial)
    assert isinstance(silent, Silence)
    assert silent.missing == "one_full_charge"


def test_a_gap_widens_the_window_s_error_and_a_fall_of_the_gauge_cuts_it() -> None:
    rows = simulate(Pack(seed=1))
    [first, *_] = charge_windows(rows)
    inside = (rows.t_ms > first.start_ms + 3_600_000) & (rows.t_ms < first.start_ms + 4_200_000)
    gapped = charge_windows(rows.take(~inside))[0]
    assert gapped.charge_sd_ah > first.charge_sd_ah
    assert gapped.charge_ah == pytest.approx(first.charge_ah, rel=0.01), "a steady charge goes on"
    soc = rows.soc_pct.copy()
    middle = (first.start_ms + first.end_ms) // 2
    soc[(rows.t_ms >= middle) & (rows.t_ms <= first.end_ms)] -= 20
    assert all(
        abs(w.capacity_ah - first.capacity_ah) < 0.1 * first.capacity_ah
        for w in charge_windows(replace(rows, soc_pct=soc))
    )


def charge(
    steps: list[tuple[float, float]], *, every_s: float = 30.0, soc: float = 15.0
) -> PackRows:
    """Steps of (amperes, minutes) into a pack of exactly 100 Ah, gauge in whole points; a step
    without current has no rows at all, as when a charge pauses and the box sleeps."""
    t, amperes, gauge, now = [0.0], [steps[0][0]], [soc], 0.0
    for current, minutes in steps:
        end = now + 60 * minutes
        while current and now + every_s <= end:
            now += every_s
            soc += current * every_s / 3600
            t, amperes, gauge = [*t, now], [*amperes, current], [*gauge, soc]
        now = end
    return rows_from(np.array(t), np.array(amperes), np.round(np.array(gauge)))


def rows_from(seconds: Array, amperes: Array, soc_pct: Array) -> PackRows:
    n = len(seconds)
    blank = dict.fromkeys(f for f in NAMES if f not in ("t_ms", "cells_v", "probes_c"))
    columns = {name: np.full(n, np.nan) for name in blank} | {
        "current_a": amperes,
        "soc_pct": soc_pct,
        "voltage_v": np.full(n, 350.0),
        "speed_kmh": np.zeros(n),
    }
    none = np.empty((n, 0), dtype=np.float32)
    t_ms = (1_700_000_000_000 + 1000 * seconds).astype(np.int64)
    return PackRows(t_ms=t_ms, cells_v=none, probes_c=none, **columns)


PAUSED = [(30.0, 20.0), (0.0, 10.0)] * 7


def whole(rows: PackRows, rated_ah: float | None) -> float:
    [window] = charge_windows(rows, rated_ah)
    return window.capacity_ah


@pytest.mark.parametrize("rated_ah", [None, 100.0])
def test_count_lets_a_pause_in_which_the_gauge_stood_carry_no_charge(
    rated_ah: float | None,
) -> None:
    """The mean of its ends would invent 5 Ah each time: 127 % instead of 100."""
    assert whole(charge(PAUSED), rated_ah) == pytest.approx(100, abs=2)


@pytest.mark.parametrize("every_s", [119.0, 121.0, 300.0])
def test_a_steady_charge_needs_no_more_than_a_row_each_five_minutes(every_s: float) -> None:
    rows = charge([(60.0, 75.0)], every_s=every_s)
    [window] = charge_windows(rows, 100.0)
    assert window.capacity_ah == pytest.approx(100, abs=2)
    assert window.coverage == 1.0


def test_a_gauge_that_snaps_is_not_taken_for_charge_where_the_capacity_is_known() -> None:
    rows = charge([(60.0, 70.0)])
    snapped = rows.soc_pct + np.where(rows.t_ms > rows.t_ms[len(rows) // 2], 3.5, 0.0)
    assert whole(replace(rows, soc_pct=np.round(snapped)), 100.0) == pytest.approx(100, abs=2)


def test_a_gauge_that_is_refreshed_every_ten_minutes_is_waited_for() -> None:
    rows = charge([(60.0, 75.0)])
    held = rows.soc_pct[np.arange(len(rows)) // 20 * 20]
    assert whole(replace(rows, soc_pct=held), 100.0) == pytest.approx(100, abs=3)


def test_a_winter_opens_no_segment_and_its_windows_are_counted_as_cold() -> None:
    """Ten charges at 25 °C, ten at -10 °C in which the gauge spans 92 Ah, then spring."""
    [warm] = charge_windows(charge([(60.0, 75.0)]), 100.0)
    day = 86_400_000

    def on(number: int, temperature_c: float, share: float) -> ChargeWindow:
        return replace(
            warm,
            start_ms=warm.start_ms + number * 7 * day,
            end_ms=warm.end_ms + number * 7 * day,
            charge_ah=warm.charge_ah * share,
            temperature_c=temperature_c,
        )

    winter = range(10, 20)
    windows = [
        on(n, -10.0 if n in winter else 25.0, 0.92 if n in winter else 1.0) for n in range(30)
    ]
    track = capacity_track(windows, Chemistry.NMC)
    assert [s.reason for s in track.segments] == ["first"]
    assert all(abs(p.value - 100) < 3 for p in track.points)
    last = answer(track, windows, Chemistry.NMC, "Ah")
    assert isinstance(last, Estimate)
    assert last.detail["cold_windows"] == 10


@pytest.mark.parametrize("factor", [10.0, 1000.0, 0.1])
def test_a_capacity_that_no_pack_has_is_refused_with_what_to_check(factor: float) -> None:
    rows = simulate(Pack(seed=1))
    wrong = replace(rows, current_a=rows.current_a * factor)
    soh = assess(window_of(wrong), NMC_CAR).answers["capacity_soh"]
    assert isinstance(soh, Silence)
    assert (soh.reason, soh.missing) == ("measured_and_new_do_not_fit", "check_rated_and_units")


def test_charge_records_count_where_no_rows_do() -> None:
    rows = simulate(Pack(seed=1))
    told = [
        {
            "start": moment(w.start_ms),
            "end": moment(w.end_ms),
            "coverage": 1.0,
            "soc_start_pct": w.soc_from_pct,
            "soc_end_pct": w.soc_to_pct,
            "charge_ah": w.charge_ah,
            "energy_kwh": w.energy_kwh,
        }
        for w in charge_windows(rows)
    ]
    assert len(windows_of_records(told)) == len(told) > 0
    driving = rows.take(rows.speed_kmh > 0)
    answer = assess(window_of(driving), NMC_CAR, records=told).answers["capacity_ah"]
    assert isinstance(answer, Estimate)
    both = assess(window_of(rows), NMC_CAR, records=told).answers["capacity_ah"]
    assert isinstance(both, Estimate)
    assert both.windows == len(told)


def test_self_discharge_between_full_charges_is_not_taken_for_capacity_on_lfp() -> None:
    [charge, *_] = charge_windows(simulate(Pack(seed=1, chemistry="lfp")))
    day = 86_400_000

    def after(days: float) -> ChargeWindow:
        return replace(
            charge,
            start_ms=charge.end_ms + int(days * day),
            end_ms=charge.end_ms + int((days + 0.3) * day),
        )

    soon, later, long = (uncounted_pct([charge, after(d)], Chemistry.LFP) for d in (1, 3, 60))
    missed = [sorted(found.items())[-1][1] for found in (soon, later, long)]
    assert missed[0] == pytest.approx(2 / 30)
    assert missed[0] < missed[1] < missed[2] < 0.5
    assert set(uncounted_pct([charge, after(9)], Chemistry.NMC).values()) == {0.0}


def test_total_least_squares_is_not_biased_where_ordinary_is() -> None:
    chance = np.random.default_rng(0)
    spans = chance.uniform(30, 90, 4000)
    seen = spans + chance.normal(0, 8, spans.size)
    amounts = 1.2 * spans + chance.normal(0, 0.5, spans.size)
    line = fit_line(seen, amounts, np.full(spans.size, 8.0), np.full(spans.size, 0.5))
    ordinary = 100 * float(seen @ amounts) / float(seen @ seen)
    assert abs(line.value - 120) < 1.0 < abs(ordinary - 120)


def test_same_rows_same_answer_and_no_pack_no_answer() -> None:
    rows: PackRows = simulate(Pack(seed=2, low_soc={3: 6}))
    assert assess(window_of(rows), NMC_CAR) == assess(window_of(rows), NMC_CAR)
    empty = window_of(rows.take(slice(0, 0)), 0, 1)
    assert all(isinstance(a, Silence) for a in assess(empty, NMC_CAR).answers.values())


def test_a_car_whose_windows_repeat_well_tells_a_smaller_change_of_its_pack() -> None:
    chance = np.random.default_rng(4)

    def history(scatter: float) -> list[Sight]:
        return [
            Sight(
                at_ms=day * 86_400_000,
                sd=3.0,
                span_pct=50,
                value=(93.0 if day < 40 else 100.0) + float(chance.normal(0, scatter)),
            )
            for day in range(0, 70, 3)
        ]

    steady = fuse(history(0.4), Chemistry.NMC).segments
    assert [s.reason for s in steady] == ["first", "evidence"]
    assert steady[1].since_ms == 42 * 86_400_000
    rough = [fuse(history(3.0), Chemistry.NMC).segments for _ in range(20)]
    assert sum(len(s) > 1 for s in rough) < 10
