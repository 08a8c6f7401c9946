"""Tables of other sources are read under other headers and units, or refused with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from domain.errors import BadInput
from vigil.commands.evaluate.recordings import read

N, CELLS = 50, 6
Table = dict[str, object]


def table() -> Table:
    at = np.datetime64("2024-03-01T08:00:00", "ms") + 1000 * np.arange(N)
    cells = np.round(3.7 + 0.001 * np.arange(CELLS) + np.linspace(0, 0.01, N)[:, None], 3)
    return {
        "tboxTime": at,
        "BMSBatteryVoltage": cells.sum(axis=1),
        "BMSCellVoltageMax": cells.max(axis=1),
        "vehBMSPackSOC": np.full(N, 60.0),
        **{f"V_{n + 1}": cells[:, n] for n in range(CELLS)},
    }


def renamed(change: Callable[[str], str]) -> Table:
    return {change(name): values for name, values in table().items()}


def millivolts(*prefixes: str) -> Table:
    return {
        name: np.round(1000 * np.asarray(values, dtype=float))
        if name.startswith(prefixes)
        else values
        for name, values in table().items()
    }


def written(tmp_path: Path, columns: Table) -> Path:
    path = tmp_path / "car.parquet"
    parquet.write_table(pa.table({name: pa.array(v) for name, v in columns.items()}), path)
    return path


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        (table(), "V_6"),
        (renamed(str.lower), "v_6"),
        (renamed(lambda n: n.replace("V_", "V")), "V6"),
        (renamed(lambda n: n.replace("V_", "Cell_0")), "Cell_06"),
        (renamed(lambda n: n.replace("tboxTime", "TBOX time")), "V_6"),
        (millivolts("V_"), "V_6"),
        (millivolts("V_", "BMSCell"), "V_6"),
        ({n: v for n, v in millivolts("V_").items() if n != "BMSCellVoltageMax"}, "V_6"),
    ],
)
def test_other_headers_and_units_mean_the_same(tmp_path: Path, columns: Table, name: str) -> None:
    recording = read(written(tmp_path, columns))
    assert recording.cell_names[5] == name
    assert recording.rows.cells_v[0].tolist() == pytest.approx([3.7 + 0.001 * n for n in range(6)])
    assert recording.rows.soc_pct[0] == 60


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (renamed(lambda n: n.replace("V_", "Spannung")), "V_{n}"),
        (renamed(lambda n: n.replace("tboxTime", "clock")), "time"),
        ({**table(), "tboxTime": np.full(N, np.datetime64("NaT", "ms"))}, "readable time"),
        (
            {n: (9.9 + 0 * np.arange(N) if n.startswith("V_") else v) for n, v in table().items()},
            "neither V nor mV",
        ),
    ],
)
def test_an_unknown_layout_names_what_is_missing(tmp_path: Path, columns: Table, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(written(tmp_path, columns))
    assert says in str(refused.value)
    assert refused.value.remedy
