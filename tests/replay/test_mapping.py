"""A mapping is a data file that users extend: read strictly, wrong ones say where."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import BadInput
from vigil.replay import mapping

BASE = """
version: 1
name: mine
powertrain: bev
time: {column: t, zone: Asia/Shanghai}
columns:
  - {column: kmh, signal: vehicle_speed_kmh, unit: km/h}
"""


def test_the_built_in_mapping_names_cells_and_probes_as_the_source_does() -> None:
    assert "tbox" in mapping.built_in()
    assert mapping.load("tbox").part_names == {"cell": "V_{n}", "probe": "T_{n}"}


def test_a_file_of_the_user_is_a_mapping_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(BASE)
    assert mapping.load(str(path)).name == "mine"


def test_comments_do_not_change_what_a_mapping_means_and_scales_do() -> None:
    plain = mapping.parse(BASE)
    assert mapping.parse("# a note\n" + BASE).digest == plain.digest
    assert mapping.parse(BASE.replace("unit: km/h", "unit: km/h, scale: 2")).digest != plain.digest


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BASE.replace("kmh, signal", "kmh, colour: red, signal"), "columns.0.colour"),
        (BASE.replace("vehicle_speed_kmh", "warp_factor"), "columns.0.signal"),
        (BASE.replace("vehicle_speed_kmh", "cell_voltage_v"), "columns.0.signal"),
        (BASE.replace("Asia/Shanghai", "Asia/Nowhere"), "Nowhere"),
        (BASE + "  - {column: b, signal: vehicle_speed_kmh}\n", "twice"),
        (BASE + "cells: {pattern: V_}\n", "cells.pattern"),
        (BASE.replace("unit: km/h", "scale: 0"), "columns.0.scale"),
        ("a: [", "not YAML"),
    ],
)
def test_a_wrong_mapping_says_where_and_what(text: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        mapping.parse(text, source="mine.yaml")
    assert says in str(refused.value)
    assert refused.value.remedy


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(BadInput) as refused:
        mapping.load("nothing-of-the-kind")
    assert "tbox" in refused.value.remedy


def test_the_mapping_of_the_manual_is_a_mapping() -> None:
    manual = Path(__file__).resolve().parents[2] / "docs" / "replay.md"
    text = manual.read_text().split("```yaml")[1].split("```")[0]
    assert mapping.parse(text).part_names == {"cell": "Cell {n} V", "probe": "Probe {n}"}
