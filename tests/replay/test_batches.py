"""The same recording gives the same batches, whatever it is called and whenever it is replayed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware_contracts import codec
from firmware_contracts.telemetry import Origin, TelemetryBatch
from tests.replay import tables
from vigil.replay import batches as made
from vigil.replay import checks, mapping, table
from vigil.replay.episodes import episodes
from vigil.replay.readings import Readings

TBOX = mapping.load("tbox")


def batches(path: Path) -> list[TelemetryBatch]:
    readings = Readings(recording=table.read(path, TBOX), mapping=TBOX)
    checks.run(readings)
    return list(made.batches(readings))


def test_every_row_is_in_one_batch_of_two_hundred(tmp_path: Path) -> None:
    found = batches(tables.write(tables.soil(tables.drive(905)), tmp_path / "a.parquet"))
    assert [(b.seq, b.rows) for b in found] == [(0, 200), (1, 200), (2, 200), (3, 200), (4, 105)]
    assert {b.origin for b in found} == {Origin.IMPORT}
    assert {b.stream for b in found} == {found[0].boot}


def test_a_second_replay_says_the_same_and_other_content_is_another_stream(tmp_path: Path) -> None:
    columns = tables.soil(tables.drive(450))
    one = batches(tables.write(columns, tmp_path / "a.parquet"))
    two = batches(tables.write(columns, tmp_path / "b.parquet"))
    assert [b.stream for b in one] == [b.stream for b in two]
    assert [codec.digest(b) for b in one] == [codec.digest(b) for b in two]
    columns["vehSpeed"][7] += 1
    other = batches(tables.write(columns, tmp_path / "c.parquet"))
    assert other[0].stream != one[0].stream
    assert made.stream_of(b"f" * 16, b"m" * 16, 1) != made.stream_of(b"f" * 16, b"m" * 16, 2)


def test_the_next_catalogue_version_says_the_same(tmp_path: Path) -> None:
    first = batches(tables.write(tables.drive(50), tmp_path / "a.parquet"))[0]
    newer = replace(first, catalogue=first.catalogue + 1, minor=first.minor + 1)
    assert codec.digest(newer) == codec.digest(first)


def test_values_travel_exactly(tmp_path: Path) -> None:
    for batch in batches(tables.write(tables.soil(tables.drive(450)), tmp_path / "a.parquet")):
        back = codec.unseal(codec.seal(codec.encode(batch))).batch
        assert back.cells is not None
        assert batch.cells is not None
        assert np.array_equal(back.cells.values, batch.cells.values)
        assert np.array_equal(back.real.values, batch.real.values, equal_nan=True)
        assert np.array_equal(back.wide.values, batch.wide.values, equal_nan=True)
        assert np.array_equal(back.real.reasons, batch.real.reasons)


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ([0, 2, 2, 0], []),
        ([0, 3, 3, 0], [(1, 3, True), (3, 3, False)]),
        ([3, 3], [(0, 3, True)]),
        ([0, 3, 4, 0], [(1, 3, True), (2, 3, False), (2, 4, True), (3, 4, False)]),
        ([3, np.nan, 3, 1], [(0, 3, True), (3, 3, False)]),
        ([3, 0, 3, 0], [(0, 3, True), (1, 3, False), (2, 3, True), (3, 3, False)]),
    ],
)
def test_an_episode_has_a_start_and_an_end(
    levels: list[float], said: list[tuple[int, int, bool]]
) -> None:
    times = np.arange(len(levels), dtype=np.int64) * 1000
    found = episodes(times, np.array(levels, dtype=np.float64), 3)
    assert [(row, e.level, e.active) for row, e in found] == said
    assert [e.t_ms for _, e in found] == [row * 1000 for row, _, _ in said]


def test_episodes_follow_time_and_travel_with_their_row(tmp_path: Path) -> None:
    columns = tables.drive(600)
    columns["BMSWarningInformation"][300:303] = 3
    order = np.r_[0:100, 250:600, 100:250]
    columns = {name: np.asarray(values)[order] for name, values in columns.items()}
    found = batches(tables.write(columns, tmp_path / "a.parquet"))
    events = [(b.seq, e.active) for b in found for e in b.events]
    assert events == [(0, True), (0, False)]
    for batch in found:
        assert {e.t_ms for e in batch.events} <= set(batch.ticks_ms.tolist())
