"""Capacity comes with an interval that holds the truth, or with the charge that is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domain.health import Answer, Estimate, Silence
from domain.vehicle import Chemistry
from models.base import moment
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
from models.battery.pack_rows import PackRows
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


def test_a_gap_widens_the_window_s_error_and_a_jump_cuts_it() -> None:
    rows = simulate(Pack(seed=1))
    [first, *_] = charge_windows(rows)
    inside = (rows.t_ms > first.start_ms + 3_600_000) & (rows.t_ms < first.start_ms + 4_200_000)
    gapped = charge_windows(rows.take(~inside))[0]
    assert gapped.charge_sd_ah > first.charge_sd_ah
    assert gapped.coverage < first.coverage
    soc = rows.soc_pct.copy()
    middle = (first.start_ms + first.end_ms) // 2
    soc[(rows.t_ms >= middle) & (rows.t_ms <= first.end_ms)] -= 20
    assert all(
        abs(w.capacity_ah - first.capacity_ah) < 0.1 * first.capacity_ah
        for w in charge_windows(replace(rows, soc_pct=soc))
    )


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
