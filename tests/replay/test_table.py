"""Times of a recording become UTC or are refused; nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from domain.errors import BadInput
from tests.replay import tables
from vigil.replay import mapping, table
from vigil.replay.mapping import Mapping, TimeMap

TBOX = mapping.load("tbox")


def zoned(zone: str | None) -> Mapping:
    return TBOX.model_copy(update={"time": TimeMap(column="tboxTime", zone=zone)})


def csv(tmp_path: Path, *times: str) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("tboxTime,vehSpeed\n" + "".join(f"{t},{i}\n" for i, t in enumerate(times)))
    return path


def utc(*said: str) -> list[int]:
    return [int(datetime.fromisoformat(s).replace(tzinfo=UTC).timestamp() * 1000) for s in said]


@pytest.mark.parametrize("name", ["rows.parquet", "rows.csv"])
def test_wall_clock_of_the_mappings_zone(tmp_path: Path, name: str) -> None:
    path = tables.write(tables.drive(50), tmp_path / name)
    read = table.read(path, TBOX)
    assert read.times_ms[:2].tolist() == utc("2024-03-01T00:00:00", "2024-03-01T00:00:30")
    assert read.rows == 50
    assert read.columns["V_8"].shape == (50,)


@pytest.mark.parametrize("name", ["rows.parquet", "rows.csv"])
def test_naive_times_without_a_zone_are_refused(tmp_path: Path, name: str) -> None:
    path = tables.write(tables.drive(5), tmp_path / name)
    with pytest.raises(BadInput, match="tboxTime") as refused:
        table.read(path, zoned(None))
    assert "time.zone" in refused.value.remedy


def test_times_that_name_their_zone_need_no_other(tmp_path: Path) -> None:
    path = csv(tmp_path, "2024-03-01T08:00:00+08:00", "2024-03-01T01:00:00+01:00")
    assert table.read(path, zoned(None)).times_ms.tolist() == utc(*["2024-03-01T00:00:00"] * 2)


def test_summer_time_is_followed(tmp_path: Path) -> None:
    path = csv(tmp_path, "2024-03-31 01:59:59", "2024-03-31 03:00:00", "2024-10-27 03:00:00")
    assert table.read(path, zoned("Europe/Berlin")).times_ms.tolist() == utc(
        "2024-03-31T00:59:59", "2024-03-31T01:00:00", "2024-10-27T02:00:00"
    )


def test_a_row_without_a_readable_time_is_marked_and_keeps_its_place(tmp_path: Path) -> None:
    path = csv(tmp_path, "2024/03/01 08:00:00", "soon", "", "2024-03-01 08:00:01")
    assert table.read(path, TBOX).timed.tolist() == [True, False, False, True]


def test_text_among_numbers_is_counted_and_hurts_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("tboxTime,vehSpeed\n2024-03-01 08:00:00,7\n2024-03-01 08:00:01,fast\n")
    read = table.read(path, TBOX)
    assert read.not_numbers == {"vehSpeed": 1}
    assert np.array_equal(read.columns["vehSpeed"], [7, np.nan], equal_nan=True)


@pytest.mark.parametrize("content", [b"", b"PAR1 no table", b"a,b\n1,2\n"])
def test_what_is_no_recording_is_refused_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    for name in ("rows.parquet", "rows.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadInput) as refused:
            table.read(path, TBOX)
        assert refused.value.remedy
    with pytest.raises(BadInput, match="not there"):
        table.read(tmp_path / "missing.csv", TBOX)
