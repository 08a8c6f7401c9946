"""A watch that was stored and restored at any moment goes on as if nothing had happened."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_contracts.durations import DAY_MS
from models.battery.cells.watch import CellWatch
from models.battery.pack_rows import PackRows, joined
from models.battery.thermal import ThermalWatch
from tests.models.battery.packs import Pack, simulate
from tests.models.battery.states import arrays, same, stored, weight

pytestmark = pytest.mark.slow

PACKS = (
    Pack(seed=5, days=75, step_s=120, leak_pct_day={40: 0.1}, low_soc={7: 5.0}, fillers=True),
    Pack(seed=6, days=75, step_s=120, offset_mv={40: -25.0}, stuck={3: 3.6}, fillers=True),
    Pack(seed=7, chemistry="lfp", days=75, step_s=120, low_soc={40: 9.0}, fillers=True),
)


@cache
def dirty(which: int) -> PackRows:
    """Rows with fillers, doubled rows, warm probes and a monitor that tests itself."""
    rows, chance = simulate(PACKS[which]), np.random.default_rng(which)
    twice = np.sort(np.concatenate([np.arange(len(rows)), chance.integers(0, len(rows), 90)]))
    rows = rows.take(twice)
    n = len(rows)
    probes = (25 + chance.integers(0, 3, (n, 4))).astype(np.float32)
    probes[chance.integers(0, n, 30), 1] = 80.0
    probes[chance.integers(0, n, 30), 2] = np.nan
    insulation = np.where(chance.random(n) < 0.3, 20.0, 5000.0)
    return replace(rows, probes_c=probes, insulation_kohm=insulation)


def watch(rows: PackRows, cuts: list[int], *, store: bool) -> dict[str, object]:
    """What both watches say and are at the end; `store` them at every cut."""
    cells, thermal = CellWatch(name="V_{}".format), ThermalWatch(part)
    for start, stop in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        piece = rows.take(slice(start, stop))
        cells.update(piece)
        thermal.update(piece)
        if store:
            cells = CellWatch.restore(stored(cells.state()), name="V_{}".format)
            thermal = ThermalWatch.restore(stored(thermal.state()), part)
    return {
        "findings": [repr(f) for f in (*cells.findings(), *thermal.findings())],
        "summary": cells.summary(),
        "cells": cells.state(),
        "thermal": thermal.state(),
    }


def part(kind: str, number: int) -> str:
    return f"{kind}_{number}"


@cache
def whole(which: int) -> dict[str, object]:
    return watch(dirty(which), [], store=False)


@pytest.mark.parametrize("which", range(len(PACKS)))
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_restored_at_any_cut_it_goes_on_as_if_fed_everything(
    which: int, data: st.DataObject
) -> None:
    rows = dirty(which)
    places = st.lists(st.integers(0, len(rows)), min_size=1, max_size=12)
    assert same(watch(rows, sorted(data.draw(places)), store=True), whole(which))
    assert whole(which)["findings"]


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**31), size=st.integers(20, 400))
def test_unsorted_pieces_too(seed: int, size: int) -> None:
    rows, chance = dirty(0).take(slice(0, 3000)), np.random.default_rng(seed)
    pieces = [p.take(chance.permutation(len(p))) for p in rows.chunks(size)]
    mixed = joined([*pieces, *pieces[:3]])
    cuts = list(range(size, len(mixed), size))
    assert same(watch(mixed, cuts, store=True), watch(mixed, cuts, store=False))


def test_a_state_is_a_snapshot_of_plain_data() -> None:
    rows = dirty(0)
    cells, thermal = CellWatch(), ThermalWatch(part)
    for piece in rows.chunks(3000):
        cells.update(piece)
        thermal.update(piece)
        before = [cells.state(), thermal.state()]
        assert all(list(arrays(state)) for state in before)
        kept = stored(before)
        cells.update(replace(piece, t_ms=piece.t_ms + 40 * DAY_MS))
        assert same(kept, before)


def test_rows_that_come_again_are_not_counted_again() -> None:
    rows = dirty(0).take(slice(0, 5000))
    hour = rows.t_ms // 3_600_000
    last = rows.take(hour == hour[-1])
    once, twice = CellWatch(), CellWatch()
    once.update(rows)
    twice.update(rows)
    twice.update(last)
    assert same(once.state(), twice.state())


def test_a_pack_of_another_size_in_the_middle_of_an_hour_starts_afresh() -> None:
    rows = dirty(0).take(slice(0, 6000))
    fewer = replace(rows, cells_v=rows.cells_v[:, :60], t_ms=rows.t_ms + 1)
    cells = CellWatch()
    cells.update(rows.take(slice(0, 5000)))
    assert cells.cells == 96
    cells.update(fewer.take(slice(5000, 6000)))
    assert cells.cells == 60


def test_a_state_of_two_months_is_small() -> None:
    rows = simulate(Pack(days=66, step_s=30, leak_pct_day={40: 0.1}))
    cells = CellWatch()
    cells.update(rows)
    cells.update(busy_hour(rows))
    assert cells.days == 60
    raw, packed = weight(cells.state())
    assert raw < 150_000
    assert packed < 65_000
    raw, packed = weight({**cells.state(), "situations": {}})
    assert raw < 60_000
    assert packed < 40_000


def busy_hour(rows: PackRows) -> PackRows:
    """One more hour at a row a second, with noise and load: the heaviest that can be open."""
    start = (rows.t_ms[-1] // 3_600_000 + 1) * 3_600_000
    still = rows.take(np.full(3600, len(rows) - 1))
    chance = np.random.default_rng(1)
    noise = chance.normal(0, 0.0007, still.cells_v.shape) + chance.normal(0, 0.03, (3600, 1))
    cells = np.round(still.cells_v + noise, 3).astype(np.float32)
    return replace(still, t_ms=start + 1000 * np.arange(3600), cells_v=cells)
