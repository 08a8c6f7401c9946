"""Community signal sets: what a format means, how captures are joined, agreement value by value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from gateway.signalset import agreement, repository
from gateway.signalset.capture import frame, responses
from gateway.signalset.commands import Years, load
from gateway.signalset.format import parse
from tests.recordings import recording
from vigil.cli import app

runner = CliRunner()


@pytest.mark.parametrize(
    ("fmt", "body", "value"),
    [
        ({"bix": 8, "len": 16, "div": 10, "max": 6553.5}, "001B58", 700.0),
        ({"len": 16, "blsb": True, "max": 65535}, "3412", 0x1234),
        ({"len": 8, "sign": True, "min": -128, "max": 127}, "FE", -2),
        ({"bix": 5, "len": 3, "max": 7}, "06", 6),
        ({"len": 8, "max": 100, "mul": 100, "div": 200}, "FF", 100.0),  # held at its maximum
        ({"len": 8, "max": 255, "nullmax": 255}, "FF", None),
        ({"len": 8, "max": 215, "min": -40, "add": -40, "nullmin": -40}, "00", None),
        ({"len": 8, "map": {"1": {"value": "GAS"}, "4": "DSL"}}, "04", "DSL"),
        ({"len": 8, "map": {"1": {"value": "GAS"}}}, "07", None),
        ({"bix": 8, "len": 16, "max": 9}, "0000", None),  # the answer ends before it
    ],
)
def test_format_read_gives_what_the_signal_set_says(
    fmt: dict[str, bool | int]
    | dict[str, dict[str, dict[str, str] | str] | int]
    | dict[str, dict[str, dict[str, str]] | int]
    | dict[str, float | int]
    | dict[str, int],
    body: str,
    value: float | str | None,
) -> None:
    assert parse(fmt).read(bytes.fromhex(body)) == value


def test_format_takes_the_order_of_add_that_meets_the_declared_range() -> None:
    trim = parse({"len": 8, "mul": 100, "div": 128, "add": -128, "min": -100, "max": 99.2})
    assert trim.read(b"\x77") == (0x77 - 128) * 100 / 128
    advance = parse({"len": 8, "div": 2, "add": -64, "min": -64, "max": 63.5})
    assert advance.read(b"\x90") == 0x90 / 2 - 64


@given(st.binary(max_size=80), st.integers(0, 700), st.integers(1, 64), st.booleans())
def test_format_read_never_fails_on_any_answer(
    body: bytes, bix: int, bits: int, little: bool
) -> None:
    parse({"bix": bix, "len": bits, "blsb": little, "max": 1}).read(body)


def test_frame_tells_ids_of_11_and_29_bit_apart_and_skips_what_is_no_frame() -> None:
    assert frame("7CE 10 0F 62 B0 02 D0 00 00 ") == (0x7CE, bytes.fromhex("100F62B002D00000"))
    assert frame("18DAF1110441422FF3") == (0x18DAF111, bytes.fromhex("0441422FF3"))
    assert [frame(line) for line in ("22B002", "01B", "OK", "000", "", "SEARCHING...")] == [
        None
    ] * 6


def test_responses_keep_two_units_apart_and_begin_anew_at_a_first_frame() -> None:
    text = "7E8100962010011\n7EC0341051E\n7E81009620101112233\n7E82144556677AAAAAA"
    found = [(r.can_id, r.pdu.hex()) for r in responses(text)]
    assert found == [(0x7EC, "41051e"), (0x7E8, "620101112233445566")]


def test_responses_skip_the_address_byte_of_extended_addressing() -> None:
    text = "607F1100962DDBC01FF\n607F1210367006EFFFF"
    assert [r.pdu.hex() for r in responses(text, extended_address=True)] == ["62ddbc01ff0367006e"]


def test_responses_say_where_characters_were_lost() -> None:
    text = "7E8100A620101112233\n7E82144556677889900AABB"
    assert [r.broken for r in responses(text, width=3)] == [True]


@given(st.text(alphabet="0123456789ABCDEF \n", max_size=400), st.booleans())
def test_responses_never_fail_on_any_text(text: str, extended: bool) -> None:
    assert len(list(responses(text, extended_address=extended))) <= len(text)


def test_years_match_ranges_gaps_and_lists() -> None:
    assert Years(first=2010, last=2015).match(2012)
    assert not Years(first=2010, last=2015).match(2016)
    assert Years(first=2027, last=2021).match(2020)  # outside the gap 2022-2026
    assert not Years(first=2027, last=2021).match(2024)
    assert Years(listed=frozenset({2011})).match(2011)
    assert not Years(listed=frozenset({2011})).match(2012)


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
                    "name": "Pack",
                    "fmt": {"bix": 8, "len": 16, "div": 10, "max": 6553.5, "unit": "volts"},
                },
                {
                    "id": "GONE",
                    "name": "Later",
                    "fmt": {"bix": 80, "len": 8, "max": 255, "unit": "scalar"},
                },
            ],
        },
        {
            "hdr": "DA11",
            "rax": "11",
            "cmd": {"22": "2610"},
            "freq": 1,
            "filter": {"to": 2015},
            "signals": [
                {
                    "id": "T",
                    "name": "T",
                    "fmt": {"len": 8, "add": -40, "min": -40, "max": 215, "unit": "celsius"},
                }
            ],
        },
    ]
}


def folder_of(
    root: Path, cases: Mapping[str, Sequence[Mapping[str, object]]], year: int = 2014
) -> Path:
    """A vehicle's folder with one signal set and some captures."""
    sets, commands = root / "signalsets" / "v3", root / f"tests/test_cases/{year}/commands"
    sets.mkdir(parents=True)
    commands.mkdir(parents=True)
    (sets / "default.json").write_text(json.dumps(SET))
    for name, listed in cases.items():
        text = yaml.safe_dump({"command_id": name, "test_cases": list(listed)})
        (commands / f"{name}.yaml").write_text(text)
    return root


def test_measure_compares_value_by_value_and_lists_what_disagrees(tmp_path: Path) -> None:
    good = {"response": "7EC0662010100 1B58", "expected_values": {"V": 700.0}}
    bad = {"response": "7EC0662010100 1B58", "expected_values": {"V": 701.0, "GONE": 1}}
    far = {"response": "18DAF11105622610 32", "expected_values": {"T": 10}}
    root = folder_of(tmp_path, {"7E4.7EC.220101": [good, bad], "DA11.11.222610": [far]})
    shown: Any = agreement.measure(root).shown()
    assert (shown["values"], shown["agree"], shown["agreement"]) == (4, 2, 0.5)
    listed = [(d["signal"], d["expected"], d["got"]) for d in shown["disagreements"]]
    assert sorted(listed) == [("GONE", 1, None), ("V", 701.0, 700.0)]


def test_measure_reads_captures_that_stand_in_a_python_file_without_running_it(
    tmp_path: Path,
) -> None:
    folder_of(tmp_path, {})
    (tmp_path / "tests" / "test_responses.py").write_text(
        "import nothing_there\n"
        "TEST_CASES = [{'model_year': '2014', 'signalset': 'default.json', 'tests': [\n"
        "    ('7EC0662010100 1B58', {'V': 700.0}), ('7EC06620101001B58', {'V': 1.0})]}]\n"
        "raise SystemExit\n"
    )
    found = agreement.measure(tmp_path)
    assert (found.values, found.agree) == (2, 1)


def test_set_for_takes_the_narrowest_range_of_model_years(tmp_path: Path) -> None:
    folder = tmp_path / "signalsets" / "v3"
    folder.mkdir(parents=True)
    for name in ("default", "2008-2015", "2009", "0000-2020"):
        (folder / f"{name}.json").write_text('{"commands": []}')
    chosen = {y: repository.set_for(tmp_path, y).stem for y in (2009, 2012, 2018, 2024, None)}
    assert chosen == {
        2009: "2009",
        2012: "2008-2015",
        2018: "0000-2020",
        2024: "default",
        None: "default",
    }


def test_load_names_the_command_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "default.json"
    path.write_text('{"commands": [{"hdr": "7E0", "cmd": {"22": "01"}, "signals": [{"id": "X"}]}]}')
    with pytest.raises(ValueError, match=r"default.json, command .*22"):
        load(path)


def test_evaluate_uds_prints_the_figures_and_refuses_an_empty_folder(tmp_path: Path) -> None:
    case = {"response": "7EC0662010100 1B58", "expected_values": {"V": 700.0}}
    root = folder_of(tmp_path / "car", {"7E4.7EC.220101": [case]})
    said = runner.invoke(app, ["evaluate", "uds", "--data", str(root), "--json"])
    assert json.loads(said.stdout)["agreement"] == 1.0
    nothing = runner.invoke(app, ["evaluate", "uds", "--data", str(tmp_path)])
    assert nothing.exit_code == 2


@pytest.mark.recordings
def test_every_captured_answer_of_a_real_car_is_read_as_expected() -> None:
    shown: Any = agreement.measure(recording("obdb_ioniq5")).shown()
    assert shown["values"] > 0
    assert shown["agreement"] == 1.0
