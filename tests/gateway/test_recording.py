"""Recordings of every format say the same, their counts add up, and values equal cantools'."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import can
import cantools
import numpy as np
import pytest
from cantools.database.can import Message
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from gateway import profiles
from gateway.decode.layout import compile_message
from gateway.errors import RecordingWrong
from gateway.recording import logs, tables
from gateway.recording.block import Kind
from gateway.recording.command import decode
from gateway.recording.figures import Figures
from gateway.recording.source import format_of
from tests.recordings import recording
from vigil.cli import app

DEMO = profiles.FOLDER / "vigil_demo.dbc"
WRITERS = {
    "asc": can.ASCWriter,
    "blf": can.BLFWriter,
    "log": can.CanutilsLogWriter,
    "csv": can.CSVWriter,
}
FRAMES = 600


def messages() -> list[can.Message]:
    """Data, CAN FD, remote and error frames, known and unknown, 11 and 29 bit of one number."""
    rng = random.Random(11)
    out = []
    for n in range(FRAMES):
        can_id, extended = rng.choice(
            [(0x3A0, False), (0x3A0, True), (0x3B8, False), (0x123, False)]
        )
        more: dict[str, object] = {"data": rng.randbytes(8)}
        if n % 50 == 7:
            more = {"is_error_frame": True}
        elif n % 50 == 9:
            more = {"is_remote_frame": True}
        elif n % 50 == 11:
            more = {"is_fd": True, "data": rng.randbytes(12)}
        out.append(
            can.Message(
                timestamp=1000 + n * 0.01,
                arbitration_id=can_id,
                is_extended_id=extended,
                channel=0,
                **more,  # type: ignore[arg-type]
            )
        )
    return out


def written(folder: Path, suffix: str, frames: list[can.Message]) -> Path:
    path = folder / f"recording.{suffix}"
    with WRITERS[suffix](str(path)) as writer:
        for message in frames:
            writer(message)
    return path


def decoded_by(message: Message, data: bytes) -> dict[str, float]:
    """The values of a frame as cantools reads them, numbers only."""
    read = message.decode(data, decode_choices=False)
    assert isinstance(read, dict)
    return {name: float(value) for name, value in read.items() if isinstance(value, int | float)}


def by_cantools(frames: list[can.Message]) -> dict[str, tuple[int, float, float]]:
    """n, min and max of every signal, decoded frame by frame."""
    database = cantools.database.load_file(DEMO)
    assert isinstance(database, cantools.database.Database)
    known = {(m.frame_id, m.is_extended_frame): m for m in database.messages}
    values: dict[str, list[float]] = {}
    for message in frames:
        found = known.get((message.arbitration_id, message.is_extended_id))
        if found is None or message.is_error_frame or message.is_remote_frame:
            continue
        try:
            read = decoded_by(found, bytes(message.data))
        except cantools.database.DecodeError:  # a multiplexor that selects nothing
            continue
        for name, value in read.items():
            values.setdefault(name, []).append(value)
    return {name: (len(v), min(v), max(v)) for name, v in values.items()}


@pytest.mark.parametrize("suffix", list(WRITERS))
def test_every_format_gives_the_counts_and_the_values_of_cantools(
    tmp_path: Path, suffix: str
) -> None:
    frames = messages()
    figures = decode([written(tmp_path, suffix, frames)], [DEMO])
    assert figures.frames_in == FRAMES
    assert figures.frames_in == figures.decoded + figures.unknown + figures.errors
    assert figures.kinds[Kind.ERROR] == 12
    assert (figures.kinds[Kind.REMOTE], figures.kinds[Kind.FD]) == (12, 12)
    read = {n: (e.n, e.min, e.max) for n, e in figures.signals.items()}
    assert read == by_cantools(frames)


def test_trc_is_read_like_the_others(tmp_path: Path) -> None:
    frames = [m for m in messages() if not (m.is_error_frame or m.is_remote_frame or m.is_fd)]
    path = tmp_path / "recording.trc"
    with can.TRCWriter(str(path)) as writer:
        for message in frames:
            writer(message)
    figures = decode([path], [DEMO])
    assert figures.frames_in == len(frames)
    assert figures.signals["LvVoltage"].n == by_cantools(frames)["LvVoltage"][0]


def test_an_extended_frame_with_the_number_of_a_standard_message_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("(1.0) can0 000003A0#E02E000000000000\n(1.1) can0 3A0#E02E000000000000\n")
    figures = decode([path], [DEMO])
    assert (figures.decoded, figures.unknown) == (1, 1)
    assert figures.signals["LvVoltage"].max == 12.0


DBC = """VERSION ""
NS_ :
BS_:
BU_: X
BO_ 256 Std: 8 X
 SG_ V : 0|16@1+ (0.01,0) [0|0] "V" X
 SG_ Late : 40|16@1+ (1,0) [0|0] "" X
BO_ 2147483904 Ext: 8 X
 SG_ W : 0|16@1+ (1,0) [0|0] "" X
BO_ 770 Mux: 7 X
 SG_ A m2 : 8|16@1+ (0.01,0) [0|0] "" X
 SG_ B m3 : 8|32@1+ (1,0) [0|0] "" X
 SG_ Which M : 0|7@1+ (1,0) [0|0] "" X
BO_ 771 Behind: 8 X
 SG_ C m1 : 0|16@1+ (1,0) [0|0] "" X
 SG_ Last M : 56|8@1+ (1,0) [0|0] "" X
BO_ 772 Nested: 8 X
 SG_ Outer M : 0|8@1+ (1,0) [0|0] "" X
 SG_ Inner m1M : 8|8@1+ (1,0) [0|0] "" X
 SG_ Deep m5 : 16|16@1- (1,0) [0|0] "" X
SG_MUL_VAL_ 772 Inner Outer 1-1;
SG_MUL_VAL_ 772 Deep Inner 5-7;
"""


def decoded(tmp_path: Path, text: str, *lines: str) -> Figures:
    """Figures of some candump lines by a DBC."""
    dbc, log = tmp_path / "t.dbc", tmp_path / "t.log"
    dbc.write_text(text)
    log.write_text("".join(f"({n}.0) can0 {line}\n" for n, line in enumerate(lines)))
    return decode([log], [dbc])


def test_a_standard_and_an_extended_message_of_one_number_are_two(tmp_path: Path) -> None:
    figures = decoded(tmp_path, DBC, "100#E204000000000000", "00000100#0700000000000000")
    assert (figures.signals["V"].max, figures.signals["W"].max) == (12.5, 7)


def test_a_frame_shorter_than_its_message_gives_what_is_there(tmp_path: Path) -> None:
    figures = decoded(tmp_path, DBC, "100#E2040000", "302#02E204")
    assert figures.signals["V"].max == 12.5
    assert figures.signals["A"].max == 12.5
    assert "Late" not in figures.signals
    assert (figures.short, figures.errors) == (2, 0)


def test_a_frame_too_short_for_any_signal_is_an_error(tmp_path: Path) -> None:
    figures = decoded(tmp_path, DBC, "100#E2")
    assert (figures.decoded, figures.errors) == (0, 1)


def test_multiplexors_are_followed_wherever_they_stand_and_into_each_other(tmp_path: Path) -> None:
    figures = decoded(
        tmp_path,
        DBC,
        "303#0500000000000001",
        "303#0600000000000002",
        "304#0106FEFF00000000",
        "304#0205FEFF00000000",
    )
    assert (figures.signals["C"].n, figures.signals["C"].max) == (1, 5)
    assert (figures.signals["Deep"].n, figures.signals["Deep"].max) == (1, -2)


@st.composite
def layouts(draw: st.DrawFn) -> str:
    """A signal anywhere in 8 bytes, in either order of bytes, as DBC text."""
    bits = draw(st.integers(1, 64))
    little = draw(st.booleans())
    first = draw(st.integers(0, 64 - bits))
    start = first if little else 8 * (first // 8) + 7 - first % 8
    scale = draw(st.sampled_from([1, 0.5, 0.01, 10]))
    return f"{start}|{bits}@{int(little)}{draw(st.sampled_from('+-'))} ({scale},-3)"


@settings(max_examples=80, deadline=None)
@given(where=layouts(), rows=st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=5))
def test_compile_message_decodes_every_layout_as_cantools_does(
    where: str, rows: list[bytes]
) -> None:
    text = f'VERSION ""\nBU_: X\nBO_ 256 M: 8 X\n SG_ S : {where} [0|0] "" X\n'
    database = cantools.database.load_string(text, "dbc")
    assert isinstance(database, cantools.database.Database)
    message = database.messages[0]
    data = np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), 8)
    (reading,) = compile_message(message).decode(data, np.full(len(rows), 8))
    expected = [decoded_by(message, row)["S"] for row in rows]
    exact = 2.0**-51  # raw values over 53 bits are rounded once as float64, by either
    assert reading.values.tolist() == pytest.approx(expected, rel=exact)


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("  can0  123   [8]  01 02 03 04 05 06 07 08", (0x123, False, "0102030405060708")),
        ("(1.5)  can0  18FEF100   [3]  01 02 03", (0x18FEF100, True, "010203")),
        ("0.125  0x18FEF100  8  FF 00 11 22 33 44 55 66", (0x18FEF100, True, "ff00112233445566")),
        ("ID: 0x7E8 DLC: 4 Data: 03 41 0D 32", (0x7E8, False, "03410d32")),
        ("7E8 03 41 0D 32", (0x7E8, False, "03410d32")),
        ("18DAF1110441422FF3", (0x18DAF111, True, "0441422ff3")),
        ("t1233010203", (0x123, False, "010203")),
        ("T0000012320102", (0x123, True, "0102")),
        ("0.5; 0x100; 2; AA; BB", (0x100, False, "aabb")),
    ],
)
def test_plain_row_reads_what_people_paste(line: str, row: tuple[int, bool, str]) -> None:
    found = tables.plain_row(line)
    assert found is not None
    assert (found[1], found[2], found[4].lower()) == row


@pytest.mark.parametrize(
    "line", ["", "=~=~= PuTTY log 2024.01.01 =~=~=", "login: pi", "12:30 started", "SEARCHING..."]
)
def test_plain_row_takes_no_other_line_for_a_frame(line: str) -> None:
    assert tables.plain_row(line) is None


def test_savvycan_and_logger_tables_are_known_by_their_columns(tmp_path: Path) -> None:
    savvy = "Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8\n"
    savvy += "1000000,000003A0,false,Rx,0,8,E0,2E,00,00,00,00,00,00,\n"
    logger = "TimestampEpoch;BusChannel;ID;IDE;DLC;DataLength;Dir;EDL;BRS;DataBytes\n"
    logger += "1.5;1;3A0;0;8;8;0;0;0;E02E000000000000\n"
    for name, text in (("savvy.csv", savvy), ("logger.csv", logger)):
        path = tmp_path / name
        path.write_text(text)
        assert decode([path], [DEMO]).signals["LvVoltage"].max == 12.0


def test_a_terminal_log_is_found_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "putty.log"
    path.write_text(
        "=~=~= PuTTY log 2024.01.01 =~=~=\npi@gw $ candump can0\n"
        "  can0  3A0   [8]  E0 2E 00 00 00 00 00 00\n  can0  3A0   [8]  E0 2E 00\n^C\n"
    )
    figures = decode([path], [DEMO])
    assert (figures.frames_in, figures.decoded, figures.errors) == (2, 1, 1)


def test_unknown_ids_are_listed_with_rate_and_moving_bits(tmp_path: Path) -> None:
    path = tmp_path / "u.log"
    lines = [f"({n / 10}) can0 2A1#{n % 4:02X}FF\n" for n in range(101)]
    path.write_text("".join(lines))
    shown: Any = decode([path], []).shown()
    (listed,) = shown["unknown_ids"]
    assert listed == {
        "id": "2A1",
        "extended": False,
        "n": 101,
        "rate_hz": 10.0,
        "changing_bits": "0300",
    }


def test_decode_refuses_a_file_without_frames_and_a_broken_dbc_in_words(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("nothing here\n")
    with pytest.raises(RecordingWrong, match="no line looks like a frame"):
        format_of(text)
    with pytest.raises(RecordingWrong, match="absent"):
        format_of(tmp_path / "absent.asc")
    bad = tmp_path / "bad.dbc"
    bad.write_text("BO_ what")
    with pytest.raises(RecordingWrong, match=r"bad\.dbc"):
        decode([text], [bad])


def test_a_recording_that_breaks_off_counts_what_came_before(tmp_path: Path) -> None:
    whole = tmp_path / "whole.log"
    whole.write_text("(1.0) can0 3A0#E02E000000000000\n")
    torn = tmp_path / "torn.blf"
    torn.write_bytes(b"LOGG" + bytes(40))
    with pytest.raises(RecordingWrong, match="breaks off"):
        decode([torn], [DEMO])
    cut = written(tmp_path, "blf", messages() * 40)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 2 // 3])
    figures = decode([cut, whole], [DEMO])
    assert 0 < figures.frames_in < 40 * FRAMES
    assert figures.frames_in == figures.decoded + figures.unknown + figures.errors


def test_a_profile_reads_the_diagnosis_in_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "d.log"
    path.write_text(
        "(1.0) can0 7C6#0322B002AAAAAAAA\n(1.1) can0 7CE#101862B002D60000\n"
        "(1.1) can0 7C6#300000AAAAAAAAAA\n(1.2) can0 7CE#2100FF9C00000000\n"
        "(1.2) can0 7CE#22140500009F027C\n(1.2) can0 7CE#2300000000AAAAAA\n"
        "(1.3) can0 7E8#03410D32AAAAAAAA\n"
    )
    figures = decode([path], [], "egmp_bev")
    assert figures.signals["odometer_m"].max == 8_247_888
    assert figures.signals["vehicle_speed_kmh"].max == 50
    assert (figures.decoded, figures.unknown) == (7, 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=30))
def test_no_text_stops_a_reader(lines: list[str]) -> None:
    for read in (*logs.LOGS.values(), tables.plain):
        for row in read(lines):
            assert len(row[4]) % 2 == 0
            bytes.fromhex(row[4])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text("0123456789abcdefx, -", max_size=9), max_size=9), max_size=20))
def test_no_cell_stops_a_table(rows: list[list[str]]) -> None:
    header = "timestamp,id,extended,dlc,data"
    for row in tables.table([header, *(",".join(cells) for cells in rows)]):
        bytes.fromhex(row[4])


def test_gateway_decode_prints_the_figures(tmp_path: Path) -> None:
    path = written(tmp_path, "asc", messages())
    said = CliRunner().invoke(app, ["gateway", "decode", str(path), "--dbc", str(DEMO), "--json"])
    shown = json.loads(said.stdout)
    assert shown["frames_in"] == shown["decoded"] + shown["unknown"] + shown["errors"]
    assert set(shown["signals"]["LvVoltage"]) >= {"n", "min", "max"}
    people = CliRunner().invoke(app, ["gateway", "decode", str(path), "--dbc", str(DEMO)])
    assert "LvVoltage" in people.stdout


def test_a_hundred_thousand_frames_are_decoded_in_three_seconds(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    lines = [f"({n / 1000:.6f}) can0 3A0#{n:08X}00000000\n" for n in range(100_000)]
    path.write_text("".join(lines))
    begun = time.process_time()
    figures = decode([path], [DEMO])
    assert figures.signals["LvVoltage"].n == 100_000
    assert time.process_time() - begun < 3  # 30 s for a million


@pytest.mark.recordings
def test_real_mf4_recordings_add_up_and_equal_cantools() -> None:
    pytest.importorskip("asammdf")
    folder = recording("mf4") / "data-processing"
    dbc = folder / "dbc_files" / "CSS-Electronics-SAE-J1939-DEMO.dbc"
    files = sorted(folder.rglob("*.MF4"))
    figures = decode(files, [dbc])
    assert figures.frames_in == figures.decoded + figures.unknown + figures.errors > 0
    database = cantools.database.load_file(dbc)
    assert isinstance(database, cantools.database.Database)
    speed = database.get_message_by_name("EEC1")
    expected = []
    for path in files:
        with can.io.mf4.MF4Reader(str(path)) as reader:
            expected += [
                decoded_by(speed, bytes(m.data))["EngineSpeed"]
                for m in reader
                if m.is_extended_id and m.arbitration_id >> 8 & 0x3FFFF == 0xF004
            ]
    found = figures.signals["EngineSpeed"]
    assert (found.n, found.min, found.max) == (len(expected), min(expected), max(expected))


@pytest.mark.recordings
def test_diagnosis_in_a_real_mf4_recording_is_joined_for_its_dbc() -> None:
    pytest.importorskip("asammdf")
    folder = recording("mf4") / "data-processing"
    files = sorted(folder.rglob("*.MF4"))
    figures = decode(files, [folder / "dbc_files" / "tp_uds.dbc"])
    charge = figures.signals["M_SID_0x220101_StateOfChargeBMS"]
    assert charge.n > 50
    assert charge.min is not None
    assert charge.max is not None
    assert 0 < charge.min <= charge.max <= 100
    assert figures.frames_in == figures.decoded + figures.unknown + figures.errors
