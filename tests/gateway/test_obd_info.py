"""Modes 02, 06 and 09 and OBD on UDS; every PID has a length; no answer stops a decoder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_contracts.signals import BY_NAME
from gateway.decode import faults, j1939_faults, j1979, obd, obd_info, uds
from gateway.decode.isotp import Assembler
from gateway.frames import SignalSample
from tests.recordings import recording


def value(samples: Sequence[SignalSample], name: str) -> float | None:
    return next(s.value for s in samples if s.signal == BY_NAME[name].id)


def test_frozen_frame_gives_the_cause_and_the_values_of_that_moment() -> None:
    cause = obd_info.frozen(bytes.fromhex("4202000171"), 0)
    speed = obd_info.frozen(bytes.fromhex("420C001AF8"), 0)
    assert cause is not None
    assert cause.code == "P0171"
    assert speed is not None
    assert value(speed.samples, "engine_speed_rpm") == 1726
    assert obd_info.frozen(bytes.fromhex("4202000000"), 0) is None  # nothing was frozen


def test_monitor_results_are_held_against_their_limits_signed_where_the_unit_is() -> None:
    found = obd_info.monitor_results(bytes.fromhex("4601810A0050002000A0218096FFF0FFE000100102"))
    assert [(r.monitor, r.value, r.passed) for r in found] == [(1, 0x50, True), (0x21, -16, True)]
    assert not obd_info.monitor_results(bytes.fromhex("4601810A00B0002000A0"))[0].passed


def test_identity_of_a_unit_is_read() -> None:
    ids = b"\x49\x04\x02" + b"37805-RBB-J530\0\0" + b"ABC\0\0\0\0\0\0\0\0\0\0\0\0\0"
    assert obd_info.calibrations(ids) == ("37805-RBB-J530", "ABC")
    assert obd_info.check_numbers(bytes.fromhex("4906011791BC82")) == ("1791BC82",)
    assert obd_info.unit_name(b"\x49\x0a\x01ECM\0-EngineControl\0\0") == "ECM-EngineControl"
    assert obd_info.in_use_counters(bytes.fromhex("49080200050003")) == (5, 3)


def test_a_pid_over_uds_is_the_same_value() -> None:
    assert value(obd_info.on_uds(bytes.fromhex("62F40D32"), 0), "vehicle_speed_kmh") == 50
    assert obd_info.on_uds(bytes.fromhex("62F19030"), 0) == []


@pytest.mark.parametrize(
    ("pdu", "name", "expected"),
    [
        ("416601640000 00".replace(" ", ""), "maf_gs", 800.0),
        ("4167015A00", "coolant_temperature_c", 50),
        ("417F0100000E100000000000000000", "engine_hours_h", 1.0),
        ("419A02005DC00000", "pack_voltage_v", 375.0),
        ("417002000012C000000000 00".replace(" ", ""), "boost_pressure_kpa", 150.0),
    ],
)
def test_pids_with_a_support_byte_give_the_value_that_is_supported(
    pdu: str, name: str, expected: float
) -> None:
    assert value(obd.current(bytes.fromhex(pdu), 0).samples, name) == pytest.approx(expected)
    bare = bytearray.fromhex(pdu)
    bare[2] = 0
    assert obd.current(bytes(bare), 0).samples == ()


def test_every_pid_that_a_signal_stands_for_has_a_length_that_holds_it() -> None:
    for pid, field in obd.FIELDS.items():
        assert max(j1979.LENGTHS[pid]) >= field.start + field.size
    for pid, (_, field) in obd.GUARDED.items():
        assert max(j1979.LENGTHS[pid]) >= field.start + field.size


@pytest.mark.recordings
def test_lengths_hold_every_signal_of_the_published_set() -> None:
    path = recording("obdb_saej1979") / "signalsets" / "v3" / "default.json"
    for command in json.loads(path.read_text())["commands"]:
        pid = int(command["cmd"]["01"], 16)
        bits = max(s["fmt"].get("bix", 0) + s["fmt"]["len"] for s in command["signals"])
        assert max(j1979.LENGTHS[pid]) * 8 >= bits, f"PID {pid:02X}"


READERS = (
    lambda p: obd.current(p, 0),
    obd.trouble_codes,
    obd.vin,
    lambda p: obd_info.frozen(p, 0),
    obd_info.monitor_results,
    obd_info.calibrations,
    obd_info.check_numbers,
    obd_info.unit_name,
    obd_info.in_use_counters,
    lambda p: obd_info.on_uds(p, 0),
    faults.trouble_codes,
    faults.record,
    uds.refusal,
    j1939_faults.diagnosis,
    lambda p: uds.split(p, [uds.Identifier(did=0x0101, length=4)]),
)


@pytest.mark.parametrize("read", READERS)
@given(
    pdu=st.binary(max_size=80)
    | st.builds(
        lambda head, rest: head + rest,
        st.sampled_from([bytes([h]) for h in (0x41, 0x42, 0x43, 0x46, 0x49, 0x59, 0x62, 0x7F)]),
        st.binary(max_size=80),
    )
)
def test_no_answer_stops_a_decoder(read: Callable[[bytes], object], pdu: bytes) -> None:
    read(pdu)


@given(st.lists(st.binary(max_size=64), max_size=40), st.booleans())
def test_no_frames_stop_an_assembler_and_its_memory_is_bounded(
    frames: list[bytes], address: bool
) -> None:
    assembler = Assembler(address_bytes=int(address))
    for n, data in enumerate(frames):
        heard = assembler.feed(data, n)
        assert heard.pdu is None or len(heard.pdu) <= 65_535
    if assembler._partial is not None:
        assert len(assembler._partial.data) <= 64 * len(frames)


def test_records_of_a_fault_are_cut_from_their_answers() -> None:
    snapshot = faults.record(bytes.fromhex("5904 017111 2F 01 02 F40D32 F40C1AF8".replace(" ", "")))
    assert snapshot is not None
    assert (snapshot.code.text, snapshot.number, snapshot.identifiers) == ("P0171-11", 1, 2)
    assert snapshot.data == bytes.fromhex("F40D32F40C1AF8")
    counters = faults.record(bytes.fromhex("5906 017111 2F 01 05".replace(" ", "")))
    assert counters is not None
    assert (counters.number, counters.data) == (1, b"\x05")
    assert faults.record(bytes.fromhex("59040171112F")) is None
