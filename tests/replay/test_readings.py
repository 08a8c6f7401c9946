"""Dialects are chosen by what the columns say of each other; fillers become null with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_contracts.signal import Reason
from tests.recordings import recording
from tests.replay import tables
from vigil.replay import checks, mapping, table
from vigil.replay.checks import Checked
from vigil.replay.readings import Readings

TBOX = mapping.load("tbox")


def judged(path: Path) -> tuple[Readings, dict[tuple[str, str], Checked]]:
    readings = Readings(recording=table.read(path, TBOX), mapping=TBOX)
    return readings, {(c.check, c.of): c for c in checks.run(readings)}


def made(tmp_path: Path, columns: dict[str, Any]) -> tuple[Readings, dict[Any, Checked]]:
    return judged(tables.write(columns, tmp_path / "rows.parquet"))


@pytest.mark.parametrize("plus40", [False, True])
@pytest.mark.parametrize("witnessed", [False, True])
def test_both_dialects_of_probes_end_in_celsius(
    tmp_path: Path, plus40: bool, witnessed: bool
) -> None:
    columns = tables.drive(plus40=plus40)
    if not witnessed:
        del columns["BMSProbeTempMax"]
    readings, _ = made(tmp_path, columns)
    probes = readings.values("probes")
    assert probes is not None
    assert 23 < np.nanmedian(probes) < 27
    assert readings.way("probes").name == ("plus 40" if plus40 else "as declared")


@pytest.mark.parametrize("charging_positive", [False, True])
def test_current_comes_out_positive_when_charging(tmp_path: Path, charging_positive: bool) -> None:
    columns = tables.drive()
    discharging = columns["BMSBatteryCurrent"] > 0
    if charging_positive:
        columns["BMSBatteryCurrent"] = -columns["BMSBatteryCurrent"]
    readings, said = made(tmp_path, columns)
    current = readings.values("pack_current_a")
    assert current is not None
    assert (current[discharging] < 0).all()
    assert said["direction", "pack_current_a"].ok
    assert ("turned" in said["direction", "pack_current_a"].chosen) is charging_positive


def test_units_are_told_apart(tmp_path: Path) -> None:
    columns = tables.drive()
    columns["vehBMSPackSOC"] = columns["vehBMSPackSOC"] / 100
    columns["insulationResistance"] = columns["insulationResistance"] * 1000
    for n in range(tables.CELLS):
        columns[f"V_{n + 1}"] = (columns[f"V_{n + 1}"] * 1000).round()
    readings, _ = made(tmp_path, columns)
    plain, _ = made(tmp_path, tables.drive())
    for name in ("soc_pct", "insulation_kohm", "cells"):
        one, other = readings.values(name), plain.values(name)
        assert one is not None
        assert other is not None
        assert np.allclose(one, other, atol=0.06)


def test_a_check_that_fails_says_so(tmp_path: Path) -> None:
    columns = tables.drive()
    columns["BMSBatteryVoltage"] = columns["BMSBatteryVoltage"] * 3
    _, said = made(tmp_path, columns)
    assert said["total", "cells"].ok is False
    assert "DOES NOT HOLD" in said["total", "cells"].sentence
    assert said["maximum", "cells"].ok is True


@pytest.mark.parametrize("plus40", [False, True])
def test_every_filler_is_null_with_a_reason(tmp_path: Path, plus40: bool) -> None:
    columns = tables.drive(plus40=plus40)
    columns["V_1"][3:7] = [0.0, 5.0, 65.535, np.nan]
    columns["V_1"][7:9] = [4.95, 0.05]
    columns["T_2"][5] = 165.0 if plus40 else 125.0
    columns["vehOdo"][8] = 0
    readings, _ = made(tmp_path, columns)
    cells, probes, odometer = (readings.get(n) for n in ("cells", "probes", "odometer_m"))
    assert cells is not None
    assert probes is not None
    assert odometer is not None
    assert cells.reasons[3:9, 0].tolist() == [2, 2, 2, 2, 3, 3]
    assert np.isnan(cells.values[3:9, 0]).all()
    assert cells.count(Reason.INVALID) == 4
    assert (probes.reasons[5, 1], probes.count(Reason.INVALID)) == (Reason.INVALID, 1)
    assert (odometer.reasons[8], odometer.count(Reason.INVALID)) == (Reason.INVALID, 1)
    assert np.isfinite(cells.values[cells.reasons == Reason.VALID]).all()


def test_85_degrees_count_unless_the_car_itself_says_otherwise(tmp_path: Path) -> None:
    columns = tables.drive(plus40=True)
    columns["T_1"][10:12] = 125
    columns["BMSProbeTempMax"][10] = 85
    readings, _ = made(tmp_path, columns)
    probes = readings.get("probes")
    assert probes is not None
    assert probes.values[10, 0] == 85
    assert probes.reasons[11, 0] == Reason.INVALID


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("name", "nulls"), [("ev_fault_car1.parquet", 1537), ("ev_fault_car2.parquet", 463)]
)
def test_real_recordings_of_both_dialects(name: str, nulls: int) -> None:
    readings, said = judged(recording(f"ev_faults/{name}"))
    cells, probes = readings.get("cells"), readings.get("probes")
    assert cells is not None
    assert probes is not None
    assert (cells.reasons != Reason.VALID).sum() == nulls
    assert np.nanmax(cells.values) < 4.5
    assert np.nanmin(cells.values) > 2.5
    assert 10 < np.nanmin(probes.values) <= np.nanmax(probes.values) < 50
    assert [c.sentence for c in said.values() if c.ok is False] == []
