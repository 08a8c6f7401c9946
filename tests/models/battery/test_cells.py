"""The cell watch tells odd cells apart, keeps quiet about sound packs, and never looks ahead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domain.health import Finding, Severity
from domain.methods import Method
from models.battery.cells.watch import CellWatch
from models.battery.pack_rows import PackRows
from tests.models.battery.packs import Pack, simulate


def watched(rows: PackRows, chunk: int | None = None) -> list[Finding]:
    watch = CellWatch(name="V_{}".format)
    for piece in [rows] if chunk is None else rows.chunks(chunk):
        watch.update(piece)
    return watch.findings()


def standing(rows: PackRows) -> dict[str, Finding]:
    return {f.cause: f for f in watched(rows) if not f.recovered}


@pytest.mark.parametrize("chemistry", ["nmc", "lfp"])
@pytest.mark.parametrize("seed", range(2))
def test_sound_packs_raise_nothing(chemistry: str, seed: int) -> None:
    assert watched(simulate(Pack(chemistry=chemistry, seed=seed))) == []
    wide = Pack(chemistry=chemistry, seed=seed, soc_sigma=0.7, capacity_sigma=0.012, fillers=True)
    assert all(f.severity < Severity.ORANGE for f in watched(simulate(wide)))


@pytest.mark.parametrize("seed", range(2))
def test_a_cell_far_behind_in_charge_is_orange_within_days(seed: int) -> None:
    found = standing(simulate(Pack(seed=seed, low_soc={40: 6.0})))
    assert found["weak_cell"].component == "V_41"
    assert found["weak_cell"].severity is Severity.ORANGE
    assert found["weak_cell"].values["deficit_pct"] > 3


@pytest.mark.parametrize("seed", range(2))
def test_a_small_cell_is_named_as_such(seed: int) -> None:
    found = standing(simulate(Pack(seed=seed, small={11: 0.12})))
    assert found["weak_cell"].component == "V_12"
    assert found["weak_cell"].method is Method.SMALL_CAPACITY


@pytest.mark.parametrize("seed", range(2))
def test_a_growing_leak_is_told_from_a_standing_deficit_and_dated(seed: int) -> None:
    found = standing(simulate(Pack(seed=seed, days=40, leak_pct_day={40: 0.2})))
    short = found["internal_short"]
    assert short.component == "V_41"
    assert short.values["growth_low"] < 0.2 < short.values["growth_high"] + 0.03
    assert short.due_low is not None
    assert short.due_high is not None
    assert short.as_of <= short.due_low < short.due_high


@pytest.mark.parametrize("chemistry", ["nmc", "lfp"])
@pytest.mark.parametrize(
    "fault",
    [
        Pack(seed=2, offset_mv={40: -25.0}),
        Pack(seed=2, stuck={40: 3.3}),
        Pack(seed=2, wire_mv={40: 25.0}),
    ],
)
def test_a_bad_sense_line_is_never_an_orange_cell(chemistry: str, fault: Pack) -> None:
    found = watched(simulate(replace(fault, chemistry=chemistry)))
    assert all(f.severity < Severity.ORANGE for f in found)
    assert "cell_sensor" in {f.cause for f in found}


def test_chunks_change_nothing() -> None:
    rows = simulate(Pack(seed=3, days=12, low_soc={40: 6.0}, fillers=True))
    whole = watched(rows)
    assert whole
    for chunk in (1, 7, 200, 5000):
        some = rows.take(slice(0, 900)) if chunk == 1 else rows
        assert watched(some, chunk) == watched(some)


def test_nothing_is_known_before_the_row_that_raised_it() -> None:
    rows = simulate(Pack(seed=3, days=12, low_soc={40: 6.0}))
    found = standing(rows)["weak_cell"]
    at = int(found.since.timestamp() * 1000)
    until = standing(rows.take(rows.t_ms <= at))["weak_cell"]
    assert (until.since, until.severity) == (found.since, found.severity)
    before = standing(rows.take(rows.t_ms < at))
    assert "weak_cell" not in before or before["weak_cell"].severity < found.severity


def test_a_healed_cell_recovers_on_evidence() -> None:
    ill = simulate(Pack(seed=3, days=12, low_soc={40: 6.0}))
    well = simulate(Pack(seed=3, days=14))
    later = replace(well, t_ms=well.t_ms + 12 * 86_400_000)
    both = PackRows(
        **{
            name: np.concatenate([getattr(ill, name), getattr(later, name)])
            for name in PackRows.__slots__
        }
    )
    weak = [f for f in watched(both) if f.cause == "weak_cell"]
    assert [f.recovered for f in weak] == [True]


def test_unsorted_and_late_rows_are_counted_and_harm_nothing() -> None:
    rows = simulate(Pack(seed=3, days=12, low_soc={40: 6.0}))
    shuffled = rows.take(np.random.default_rng(0).permutation(len(rows)))
    assert {(f.cause, f.component) for f in watched(shuffled)} == {
        (f.cause, f.component) for f in watched(rows)
    }
    watch = CellWatch()
    watch.update(rows)
    watch.update(rows.take(slice(0, 50)))
    assert watch.late_rows == 50


def test_rows_without_cells_say_nothing() -> None:
    rows = simulate(Pack(seed=1, days=3)).slim()
    assert watched(rows) == []
