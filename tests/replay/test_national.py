"""A recording through the national protocol ends in the tables of the recording as it is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from firmware_contracts.gbt32960.frame import Command
from firmware_contracts.gbt32960.message import decode
from firmware_contracts.gbt32960.report import Report
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import Block, Packed
from simulators.gbt_terminal import frames
from tests.ingest.parts import NOW_MS, batch
from tests.recordings import recording
from tests.replay import tables
from vigil.cli import app

VIN = "LTESTVN00S0000001"


def block(**values: float) -> Block:
    names = sorted(values, key=lambda name: BY_NAME[name].id)
    row = np.array([[values[name] for name in names]], np.float32)
    ids = tuple(BY_NAME[name].id for name in names)
    return Block(signals=ids, values=row, reasons=np.zeros(row.shape, np.uint8))


def reports(made: object) -> list[Report]:
    found = [decode(f).unit for f in frames(made, VIN, Command.REISSUE)]  # type: ignore[arg-type]
    return [unit for unit in found if isinstance(unit, Report)]


def test_terminal_turns_the_current_and_keeps_the_decimal_that_float32_stands_for() -> None:
    (said,) = reports(batch([NOW_MS], real=block(pack_current_a=-1.15, soc_pct=54.6)))
    (vehicle,) = said.bodies("vehicle")
    assert vehicle.value("current_a") == 1.2
    assert vehicle.value("soc_pct") == 55
    assert vehicle.value("speed_kmh") is None


def test_terminal_sends_what_the_standard_cannot_hold_as_invalid() -> None:
    (said,) = reports(batch([NOW_MS], real=block(pack_current_a=-1500.0)))
    (vehicle,) = said.bodies("vehicle")
    assert vehicle.value("current_a") is None


def test_terminal_splits_a_pack_of_more_than_200_cells_into_frames() -> None:
    cells = Packed(
        rows=np.zeros(1, np.int32),
        values=np.arange(3000, 3450, dtype=np.int16)[None, :],
        reasons=np.zeros((1, 450), np.uint8),
    )
    pages = [
        page
        for said in reports(batch([NOW_MS], cells=cells))
        for page in said.bodies("cells")[0].many("subsystems")
    ]
    assert [page.value("first_cell") for page in pages] == [1, 201, 401]
    assert [len(page.series("voltages")) for page in pages] == [200, 200, 50]
    assert {page.value("cells") for page in pages} == {450}


def test_a_drive_through_the_protocol_ends_in_equal_tables(tmp_path: Path) -> None:
    file = tables.write(tables.drive(600), tmp_path / "drive.parquet")
    ran = CliRunner().invoke(app, ["evaluate", "gbt32960-replay", str(file), "--json"])
    result = json.loads(ran.stdout)
    assert ran.exit_code == 0, ran.stdout
    assert (result["rows"], result["frames"], result["equal"]) == (600, 600, True)
    assert result["columns"]["cells"]["values"] > 0
    assert all(column["differ"] == 0 for column in result["columns"].values())


@pytest.mark.recordings
@pytest.mark.parametrize("car", ["car1", "car2"])
def test_a_recording_through_the_protocol_ends_in_equal_tables(car: str) -> None:
    file = recording(f"ev_faults/ev_fault_{car}.parquet")
    ran = CliRunner().invoke(
        app, ["evaluate", "gbt32960-replay", str(file), "--rows", "1000", "--json"]
    )
    assert ran.exit_code == 0, ran.stdout
    assert json.loads(ran.stdout)["equal"] is True
