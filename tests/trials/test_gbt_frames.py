"""`vigil evaluate gbt32960`: what a file expects is held against its frames under its own names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.errors import BadInput
from firmware_contracts.gbt32960.frame import Command, Edition, Frame
from tests.firmware_contracts.gbt32960.frames import CLOCK, VIN
from tests.firmware_contracts.gbt32960.vectors import VECTORS
from tests.recordings import recording
from vigil.cli import app
from vigil.trials.gbt_frames import trial


def frame(data: str, edition: Edition = Edition.E2016, command: int = Command.REPORT) -> str:
    return Frame(edition=edition, command=command, vin=VIN, data=bytes.fromhex(data)).encode().hex()


def body(name: str, edition: Edition = Edition.E2016, number: int = 0) -> str:
    found = [v for v in VECTORS if v.name == name and v.edition is edition][number]
    return f"{found.type:02x}{found.body}"


def report(*bodies: str, edition: Edition = Edition.E2016) -> str:
    return frame(CLOCK.hex() + "".join(bodies), edition)


def judged(tmp_path: Path, hex: Any, expect: Any = None) -> dict[str, Any]:
    file = tmp_path / "frames.json"
    entry = {"name": "one", "hex": hex} | ({} if expect is None else {"expect": expect})
    file.write_text(json.dumps({"frames": [entry]}))
    return dict(trial(file)["details"][0])


@pytest.mark.recordings
def test_the_open_frames_agree() -> None:
    file = recording("gbt32960/frames.json")
    ran = CliRunner().invoke(app, ["evaluate", "gbt32960", str(file), "--json"])
    result = json.loads(ran.stdout)
    assert ran.exit_code == 0
    assert result["frames"] == result["parsed"] == result["reencoded"] == result["agree"] == 5


EXPECTED = [
    (
        "vehicle",
        Edition.E2016,
        {"vehicle": {"status": 1, "speed_kmh": 70.0, "odo_km": 12345.6, "curr": -15.0,
                     "gear_raw": 30, "gear": "D", "ins_kohm": 1000, "brake": 101}},
    ),
    (
        "motors",
        Edition.E2016,
        {"motors": [{"n": 1, "ctrl_t": 20, "torque": 50.0, "v": 350, "a": 40},
                    {"n": 2, "ctrl_t": None, "rpm": -2000, "temp": "abnormal"}]},
    ),
    (
        "fuel_cell",
        Edition.E2016,
        {"fuel_cell": {"volt": 400, "curr": 50, "rate": 1.23, "probes": 3, "temps": [0, 40, None],
                       "h2_tmax": 60, "h2_tmax_probe": 2, "h2_conc_mgkg": 100, "h2_conc_sensor": 1,
                       "h2_press_mpa": 35, "h2_press_sensor": 3, "dcdc": 1}},
    ),
    ("engine", Edition.E2016, {"engine": {"status": 1, "rpm": 2000, "fuel": 6.5}}),
    ("position", Edition.E2016, {"pos": {"status": 6, "lon": -116.478208, "lat": 39.947984}}),
    (
        "extremes",
        Edition.E2016,
        {"vmax": 3.7, "vmax_cell": 5, "tmin": 19, "tmin_probe": 4, "ext": {"vmin_mv": 3500}},
    ),
    (
        "alarm",
        Edition.E2016,
        {"level": 3, "bits": [1, 11], "flags": "0x802", "n1": 1, "battery_faults": ["00000011"],
         "alarm": {"engine_faults": [0x21, 0x22], "n3": 2}},
    ),
    (
        "cells",
        Edition.E2016,
        {"cells": [{"n": 1, "total": 5, "start": 1, "count": 2, "values": [3.7, None]},
                   {"start": 3, "max": 3.702}]},
    ),
    (
        "probes",
        Edition.E2016,
        {"temps": {"count": 4, "min": -40, "max": 18, "subsystems": 2}},
    ),
    ("custom", Edition.E2016, {"custom": {"0x80": 3}}),
    ("vehicle", Edition.E2025, {"vehicle": {"curr": -100, "volt": 800, "gear": None, "soc": 100}}),
    ("motors", Edition.E2025, {"motors": [{"torque_nm": -54, "rpm": -2000}], "edition": 2025}),
    (
        "hydrogen",
        Edition.E2025,
        {"fuel_cell": {"h2_tmax": 50, "h2_conc_pct": 1.0, "h2_press": 70, "h2_left": 75,
                       "dcdc_t": 60}},
    ),
    ("engine", Edition.E2025, {"rpm": 3000}),
    ("position", Edition.E2025, {"pos": {"cs": 2, "lat": 39.951056, "valid": True}}),
    (
        "alarm",
        Edition.E2025,
        {"alarm": {"level": 4, "bits": [23], "general": [[23, 4], [11, None]], "n5": 2}},
    ),
    ("cells", Edition.E2025, {"cells": {"packs": 2, "count": 2, "min": 3.999, "max": 4.0}}),
    ("probes", Edition.E2025, {"temps": {"n": 3, "count": 2, "values": [None, 25]}}),
    (
        "stacks",
        Edition.E2025,
        {"stacks": [{"volt": 400, "h2_p": 100, "air_p": 10, "air_t": 40, "temps": [70, None]}]},
    ),
    (
        "supercapacitor",
        Edition.E2025,
        {"supercap": {"volt": 50, "total": 2, "cells": {"count": 2, "max": 2.5}, "temps": [20]}},
    ),
    (
        "supercapacitor_extremes",
        Edition.E2025,
        {"supercap_ext": {"vmax": 2.5, "vmax_cell": 300, "vmin_sys": 1, "tmin_probe": 6}},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "edition", "expect"), EXPECTED, ids=[f"{e.year}-{n}" for n, e, _ in EXPECTED]
)
def test_trial_compares_every_type_under_the_names_of_recorded_frames(
    tmp_path: Path, name: str, edition: Edition, expect: dict[str, Any]
) -> None:
    found = judged(tmp_path, report(body(name, edition), edition=edition), expect)
    assert found["parsed"]
    assert found["reencoded"]
    assert found["differs"] == []


OTHERWISE = [
    (
        "fuel_cell",
        Edition.E2016,
        {"fc": {"volt": 400, "n": 3, "temps": {"count": 3, "max": 40}, "tmax": 60, "tmax_n": 2,
                "cmax": 100, "pmax": 35, "pmax_n": 3, "fuel_kg_100km": 1.23}},
    ),
    ("hydrogen", Edition.E2025, {"h2": {"tmax_probe": 1, "conc_pct": 1.0, "remain_pct": 75}}),
    (
        "stacks",
        Edition.E2025,
        {"stacks": [{"h2_in_kpa": 100, "air_in_kpa": 10, "air_in_t": 40, "probes": 2, "max": 70}]},
    ),
    ("supercapacitor_extremes", Edition.E2025, {"scap_ext": {"max_temp": 30, "tmin_sub": 1}}),
    (
        "alarm",
        Edition.E2025,
        {"general": [{"bit": 23, "level": 4}, {"bit": 11, "level": None}],
         "alarm_flags": "0x00800000", "faults": {"motor": []}},
    ),
    ("cells", Edition.E2025, {"cells": [{"curr": 1.0}, {"n": 2, "curr": "abnormal", "count": 0}]}),
    ("position", Edition.E2025, {"pos": {"coord": 2, "ns": "N"}, "pos_status": 0}),
    ("vehicle", Edition.E2016, {"vehicle": {"gear": {"pos": "D", "brake": True, "drive": False}}}),
    ("motors", Edition.E2016, {"motors": 2}),
    ("cells", Edition.E2016, {"cells": {"total": 5, "count": 5, "subsystems": 2}}),
    ("probes", Edition.E2016, {"temps": {"total": 4, "avg": -5 / 3}}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "edition", "expect"), OTHERWISE, ids=[f"{e.year}-{n}" for n, e, _ in OTHERWISE]
)
def test_trial_knows_other_ways_to_name_a_field(
    tmp_path: Path, name: str, edition: Edition, expect: dict[str, Any]
) -> None:
    found = judged(tmp_path, report(body(name, edition), edition=edition), expect)
    assert found["differs"] == []


@pytest.mark.parametrize(
    ("expect", "differs"),
    [
        ({"vehicle": {"soc": 81}}, ["vehicle.soc"]),
        ({"vehicle": {"soc": None}}, ["vehicle.soc"]),
        ({"vehicle": {"curr": -14.9}}, ["vehicle.curr"]),
        ({"vehicle": {"curr": 15.0}}, ["vehicle.curr"]),
        ({"vehicle": {"colour": 3}}, ["vehicle.colour"]),
        ({"motors": [{"n": 1}]}, ["motors"]),
        ({"all": "invalid"}, ["all"]),
        ({"time": "2025-10-27T20:02:03+08:00"}, ["time"]),
        ({"vin": "LTESTVN00S0000002"}, ["vin"]),
    ],
)
def test_trial_names_what_differs_and_what_it_cannot_find(
    tmp_path: Path, expect: dict[str, Any], differs: list[str]
) -> None:
    assert judged(tmp_path, report(body("vehicle")), expect)["differs"] == differs


def test_all_invalid_means_that_every_field_with_a_code_for_it_is_null(tmp_path: Path) -> None:
    invalid = report("01" + "FF" * 15 + "3F" + "FF" * 4)
    assert judged(tmp_path, invalid, {"all": "invalid(0xFF/0xFFFF)"})["differs"] == []
    one_valid = report("01" + "FF" * 13 + "50" + "FF" * 6)
    assert judged(tmp_path, one_valid, {"all": "invalid"})["differs"] == ["all"]
    abnormal = report("04 FE FFFE FFFE")
    assert judged(tmp_path, abnormal, {"engine": {"all": "abnormal"}})["differs"] == []
    assert judged(tmp_path, abnormal, {"engine": {"all": "invalid"}})["differs"] == ["engine.all"]


@pytest.mark.parametrize(
    "hex", ["zz", "2323", None, 5, "", frame("190A1B140202", Edition.E2016)[:-2] + "00"]
)
def test_what_is_no_frame_is_counted_and_named_not_fatal(tmp_path: Path, hex: Any) -> None:
    found = judged(tmp_path, hex, {"cmd": 2})
    assert (found["parsed"], found["reencoded"], found["differs"]) == (False, False, ["cmd"])
    assert found["problem"]


def test_an_encrypted_frame_is_not_parsed_but_its_envelope_compared(tmp_path: Path) -> None:
    raw = Frame(
        edition=Edition.E2025, command=Command.REPORT, vin=VIN, encryption=5, data=b"secret"
    ).encode()
    found = judged(tmp_path, raw.hex(), {"enc": 5, "len": 6})
    assert (found["parsed"], found["differs"]) == (False, [])


def test_a_type_without_a_table_is_kept_and_the_rest_compared(tmp_path: Path) -> None:
    found = judged(tmp_path, report(body("engine"), "33 010203"), {"rpm": 2000})
    assert (found["parsed"], found["reencoded"], found["differs"]) == (True, True, [])
    assert found["fields"]["unknown"] == 4


def test_a_frame_without_expectation_is_parsed_and_not_judged(tmp_path: Path) -> None:
    assert judged(tmp_path, report(body("engine")))["differs"] is None


def test_a_file_that_holds_no_frames_is_refused_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "frames.json"
    for text in ("{", "{}", '{"frames": 3}'):
        file.write_text(text)
        with pytest.raises(BadInput, match="FILE"):
            trial(file)


def test_evaluate_ends_with_1_where_an_expected_frame_differs(tmp_path: Path) -> None:
    file = tmp_path / "frames.json"
    file.write_text(json.dumps({"frames": [{"name": "x", "hex": report(), "expect": {"seq": 1}}]}))
    ran = CliRunner().invoke(app, ["evaluate", "gbt32960", str(file)])
    assert ran.exit_code == 1
    assert "differs in seq" in ran.stdout
