"""The cell watch under poor data (coarse, sparse, without charge or current) and late faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from domain.health import Finding, Severity
from domain.vehicle import Chemistry
from firmware_contracts.durations import DAY_MS
from models.battery.cells.growth import growth
from models.battery.cells.limits import guess_chemistry
from models.battery.cells.top_of_charge import TOP_DAYS, Tops
from models.battery.cells.watch import CellWatch
from models.battery.pack_rows import PackRows
from tests.models.battery.packs import Pack, simulate

pytestmark = pytest.mark.slow


def watched(rows: PackRows) -> list[Finding]:
    watch = CellWatch(name="V_{}".format)
    watch.update(rows)
    return watch.findings()


def coarse(rows: PackRows, step_mv: float) -> PackRows:
    cells = np.round(rows.cells_v * 1000 / step_mv) * step_mv / 1000
    return replace(rows, cells_v=cells.astype(np.float32))


def later(sound: PackRows, faulty: PackRows, from_day: int) -> PackRows:
    """The sound pack, whose cells are those of the faulty one from a day on."""
    after = (sound.t_ms - sound.t_ms[0] >= from_day * 86_400_000)[:, None]
    return replace(sound, cells_v=np.where(after, faulty.cells_v, sound.cells_v))


POOR: dict[str, Callable[[PackRows], PackRows]] = {
    "4 mV": lambda rows: coarse(rows, 4),
    "5 mV": lambda rows: coarse(rows, 5),
    "every fourth row": lambda rows: rows.take(slice(None, None, 4)),
    "no current": lambda rows: replace(rows, current_a=np.full(len(rows), np.nan)),
    "no charge": lambda rows: replace(rows, soc_pct=np.full(len(rows), np.nan)),
}


@pytest.mark.parametrize("poor", POOR)
def test_poor_data_still_show_a_cell_far_behind(poor: str) -> None:
    found = watched(POOR[poor](simulate(Pack(seed=4, days=20, low_soc={40: 4.5}))))
    assert {f.component for f in found if f.severity >= Severity.ORANGE} == {"V_41"}


@pytest.mark.parametrize("poor", POOR)
@pytest.mark.parametrize("chemistry", ["nmc", "lfp"])
def test_poor_data_of_a_sound_pack_raise_no_orange(poor: str, chemistry: str) -> None:
    rows = simulate(Pack(seed=5, chemistry=chemistry, soc_sigma=0.7, capacity_sigma=0.012))
    assert all(f.severity < Severity.ORANGE for f in watched(POOR[poor](rows)))


@pytest.mark.parametrize("seed", [6, 7])
@pytest.mark.parametrize("mv", [-30.0, 30.0])
def test_a_sense_line_that_goes_wrong_on_the_way_is_no_weak_cell(mv: float, seed: int) -> None:
    sound = simulate(Pack(seed=seed, days=45))
    rows = later(sound, simulate(Pack(seed=seed, days=45, offset_mv={40: mv})), 15)
    found = watched(rows)
    assert {f.component for f in found} == {"V_41"}
    assert all(f.severity < Severity.ORANGE for f in found)


def test_a_jump_is_no_growth_and_a_late_beginning_is() -> None:
    day, chance = np.arange(40.0), np.random.default_rng(1)
    noise, depth = chance.normal(0, 0.1, 40), chance.uniform(0.2, 0.6, 40)
    jump = np.where(day >= 25, 3.0, 0.0) + noise
    assert growth(day, depth, jump, 8 * jump).jumped
    grows = 0.2 * np.maximum(day - 25, 0) + noise
    found = growth(day, depth, grows, 8 * grows)
    assert not found.jumped
    assert 0.1 < found.low < found.high


def test_growth_is_said_with_its_interval_for_every_low_cell() -> None:
    found = watched(simulate(Pack(seed=4, days=20, low_soc={40: 4.5})))[0]
    assert found.values["growth_low"] <= found.values["growth_pct_per_day"]
    assert found.values["growth_pct_per_day"] <= found.values["growth_high"]
    assert found.due_low is None, "a standing deficit has no date"


def test_a_cell_that_is_not_full_with_the_others_shows_on_iron_phosphate() -> None:
    tops = Tops(96)
    sound, ill = np.random.default_rng(1).normal(0, 15.0, 96), np.zeros(96)
    ill[40] = -110.0
    for day in range(3):
        behind = tops.add(sound + ill, sigma=15.0, scale=30.0, seen_ms=day * DAY_MS)
        assert np.flatnonzero(behind).tolist() == [40]
        tops.add(sound + ill, sigma=15.0, scale=30.0, seen_ms=day * DAY_MS + 1)
    assert np.flatnonzero(tops.days >= TOP_DAYS).tolist() == [40]
    tops.add(sound, sigma=15.0, scale=30.0, seen_ms=3 * DAY_MS)
    assert not tops.days.any()


def test_chemistry_is_told_without_a_state_of_charge_and_mended_when_wrong() -> None:
    nothing = float("nan")
    assert guess_chemistry(3.31, nothing) == "lfp"
    assert guess_chemistry(3.9, nothing) == "nmc"
    assert guess_chemistry(3.45, nothing) == "unknown"
    assert guess_chemistry(3.9, 80.0, so_far=guess_chemistry(3.31, nothing)) == "nmc"


def test_a_pack_registered_as_iron_phosphate_that_is_none_is_watched_by_its_voltage() -> None:
    rows = simulate(Pack(seed=4, days=20, low_soc={40: 4.5}))
    watch = CellWatch(chemistry=Chemistry.LFP)
    watch.update(rows)
    assert watch.state()["chemistry"] == "nmc"
    assert [f.severity for f in watch.findings()] == [Severity.ORANGE]
