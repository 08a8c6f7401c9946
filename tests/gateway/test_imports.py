"""Profiles from community files: numbers lie where they say, what they leave open is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from gateway import profiles
from gateway.imports import expression, wican
from gateway.imports.obdb import bits_of
from gateway.signalset.format import parse
from vigil.cli import app

runner = CliRunner()
SET = {
    "commands": [
        {
            "hdr": "7E4",
            "rax": "7EC",
            "cmd": {"22": "0101"},
            "freq": 1,
            "signals": [
                {
                    "id": "V",
                    "name": "Pack voltage",
                    "suggestedMetric": "tractionBatteryVoltage",
                    "fmt": {"bix": 8, "len": 16, "div": 10, "max": 1000, "unit": "volts"},
                },
                {
                    "id": "I",
                    "name": "Pack current",
                    "suggestedMetric": "tractionBatteryCurrent",
                    "fmt": {
                        "bix": 24,
                        "len": 16,
                        "sign": True,
                        "div": 10,
                        "min": -500,
                        "max": 500,
                        "unit": "amps",
                    },
                },
                {
                    "id": "C2",
                    "name": "Cell 2 voltage",
                    "fmt": {"bix": 40, "len": 8, "div": 50, "max": 5, "unit": "volts"},
                },
                {
                    "id": "P",
                    "name": "Tyre",
                    "suggestedMetric": "frontLeftTirePressure",
                    "fmt": {"bix": 48, "len": 8, "div": 5, "max": 51, "nullmin": 0, "unit": "psi"},
                },
                {"id": "ODD", "name": "Odd", "fmt": {"len": 8, "max": 9, "unit": "scalar"}},
            ],
        }
    ]
}


def imported(tmp_path: Path, content: object, *options: str) -> tuple[Result, Path]:
    """The command's result and, where one was written, the profile."""
    source, out = tmp_path / "in.json", tmp_path / "out.yaml"
    source.write_text(json.dumps(content))
    said = runner.invoke(
        app, ["gateway", "profile", "import", str(source), "--out", str(out), *options]
    )
    return said, out


def samples(path: Path, body: str) -> dict[tuple[str, int], float | None]:
    profile = profiles.load(str(path), unverified=True)
    names = {f.signal.id: f.signal.name for f in profile.fields}
    (poll,) = profile.uds
    (identifier,) = poll.identifiers
    return {(names[s.signal], s.part): s.value for s in identifier.body(bytes.fromhex(body), 0)}


def test_import_of_a_signal_set_reads_what_the_set_reads(tmp_path: Path) -> None:
    said, out = imported(tmp_path, SET, "--sign", "I=discharging")
    read = samples(out, "001B58FF38C8A5")
    assert read["pack_voltage_v", 0] == pytest.approx(700)
    assert read["pack_current_a", 0] == pytest.approx(20)
    assert read["cell_voltage_v", 2] == pytest.approx(4.0)
    assert read["tyre_fl_kpa", 0] == pytest.approx(33 * 6.894757)
    assert "left out ODD" in said.stderr
    assert "--sentinels V=" in said.stderr
    assert "--sign I" not in said.stderr


def test_import_asks_for_the_sign_by_name_and_keeps_the_field_from_being_sent(
    tmp_path: Path,
) -> None:
    said, out = imported(tmp_path, SET)
    assert said.exit_code == 3
    assert "sign of I (pack_current_a): --sign I=charging|discharging" in said.stderr
    assert "# open: sign of I" in out.read_text()
    sent = {f.signal.name for f in profiles.load(str(out)).fields}
    assert "pack_current_a" not in sent
    assert "pack_voltage_v" in sent


def test_import_takes_null_bounds_as_sentinels_and_answers_as_they_are_given(
    tmp_path: Path,
) -> None:
    answers = ["--sign", "I=charging"]
    for name in ("V", "I", "C2", "ODD"):
        answers += ["--sentinels", f"{name}=none"]
    said, out = imported(tmp_path, SET, *answers, "--map", "ODD=soc_pct", "--range", "ODD=0..9")
    assert "its unit is scalar, soc_pct wants %" in said.stderr
    assert samples(out, "001B58FF38C800")["tyre_fl_kpa", 0] is None


@pytest.mark.parametrize(
    "option", ["--map=V=no_such_signal", "--sign=I=up", "--range=V=7", "--map=V"]
)
def test_import_refuses_an_answer_that_cannot_be(tmp_path: Path, option: str) -> None:
    said, _ = imported(tmp_path, SET, option)
    assert said.exit_code != 0
    assert said.exception is not None


WICAN = {
    "car_model": "Some: Car",
    "init": "ATSP6;ATSH7E7;ATFCSH7E7;",
    "pids": [
        {
            "pid": "221FFC1",
            "parameters": [{"name": "SOC", "expression": "((B5*256)+B4)/100", "unit": "%"}],
        },
        {
            "pid": "22295A",
            "pid_init": "ATSP7;ATSHFC0076;ATCP17;ATCRA17FE0076;",
            "parameters": {"ODOMETER": "[B4:B6]", "HV_V": "B4*B5"},
        },
    ],
}


def test_import_of_a_wican_profile_finds_units_bytes_and_orders(tmp_path: Path) -> None:
    said, out = imported(tmp_path, WICAN)
    profile = profiles.load(str(out), unverified=True)
    (poll,) = profile.uds
    assert (poll.unit.tx, poll.unit.rx) == (0x7E7, 0x7EF)
    assert samples(out, "2F12")["soc_pct", 0] == pytest.approx(0x122F / 100)
    assert "left out ODOMETER: its unit is nothing" in said.stderr
    assert "left out HV_V: expression 'B4*B5': a product" in said.stderr


def test_wican_29_bit_units_are_named_by_their_priority() -> None:
    listed = wican._units("ATSH7E7;ATSP7;ATSHFC0076;ATCP17;ATCRA17FE0076;")
    assert listed == (0x17FC0076, 0x17FE0076)


@pytest.mark.parametrize(
    ("text", "frames", "start", "size"),
    [
        ("B4", 1, 0, 1),
        ("[B4:B6]", None, 0, 3),
        ("B5", 2, 0, 1),
        ("B9", None, 3, 1),
        ("B10/2", None, 4, 1),
        ("[S12:S13]/10", None, 6, 2),
        ("B17", None, 10, 1),
    ],
)
def test_wican_bytes_are_counted_in_raw_frames(
    text: str, frames: int | None, start: int, size: int
) -> None:
    found = expression.bits(text, wican.places(text, frames, 3))
    assert (found.start, found.size) == (start, size)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("B5", "one frame or several"),
        ("B8", "length or echo"),
        ("(B9*256)+B10)", "cannot be read"),
        ("B9*B10", "product"),
        ("B9+B11*256", "not one number"),
        ("7", "names no byte"),
        ("__import__('os')+B9", "only"),
    ],
)
def test_an_expression_that_is_not_one_number_says_why(text: str, why: str) -> None:
    with pytest.raises(expression.NotLinear, match=why):
        expression.bits(text, wican.places(text, None, 3))


@given(st.text(alphabet="BS0123456789[]:*/+-(). ", max_size=60))
def test_no_expression_stops_the_import(text: str) -> None:
    try:
        found = expression.bits(text, dict(zip(range(100), range(100), strict=True)))
    except expression.NotLinear:
        return
    assert found.size >= 1


@given(st.binary(min_size=12, max_size=12), st.integers(0, 60), st.integers(1, 24), st.booleans())
def test_bits_of_a_set_lie_where_its_own_engine_finds_them(
    body: bytes, bix: int, bits: int, signed: bool
) -> None:
    from firmware_contracts.signals import BY_NAME
    from gateway.decode.field import Field

    fmt = parse({"bix": bix, "len": bits, "sign": signed, "unit": "x"})
    found = bits_of(fmt)
    assert found is not None
    field = Field(
        signal=BY_NAME["gateway_clock_offset_ms"],
        start=found.start,
        size=found.size,
        signed=found.signed,
        shift=found.shift,
        width=found.width,
    )
    sample = field.read(body, 0)
    assert sample is not None
    assert sample.value == fmt.raw(body)


def test_show_tells_evidence_and_examples() -> None:
    said = runner.invoke(app, ["gateway", "profile", "show", "egmp_bev"])
    assert "captured" in said.stdout
    assert "1D 3E -> 7486 / 10 = 748.6" in said.stdout
