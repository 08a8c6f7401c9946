"""J1939: groups by whoever says them, numbers that are none, long messages, faults, claims."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_contracts.events import EventKind
from firmware_contracts.signal import Group, Reason
from firmware_contracts.signals import BY_NAME
from gateway import profiles
from gateway.decode import dbc, j1939, j1939_faults
from gateway.decode.j1939_transport import Transport
from gateway.decode.truck import Truck
from gateway.frames import RawFrame
from gateway.poller import Poller
from gateway.recording.command import decode
from gateway.station.station import Station

DBC = """VERSION ""
BU_: X
BO_ 2364540158 EEC1: 8 X
 SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" X
BO_ 2566844926 CCVS1: 8 X
 SG_ WheelBasedVehicleSpeed : 8|16@1+ (0.00390625,0) [0|250.996] "km/h" X
"""
NAMES = {"EngineSpeed": "engine_speed_rpm", "WheelBasedVehicleSpeed": "vehicle_speed_kmh"}


def frame(can_id: int, data: str, t_ms: int = 0) -> RawFrame:
    return RawFrame(bus="b", id=can_id, data=bytes.fromhex(data), t_ms=t_ms, extended=True)


def by_dbc(tmp_path: Path, can_id: int, data: str) -> tuple[float | None, Reason]:
    path = tmp_path / "j.dbc"
    path.write_text(DBC)
    (sample,) = dbc.load(path, NAMES).decode(frame(can_id, data))
    return sample.value, sample.reason


def test_a_message_is_known_by_its_group_whoever_says_it(tmp_path: Path) -> None:
    assert by_dbc(tmp_path, 0x0CF00400, "F07D859B0FFFFF85") == (499.375, Reason.VALID)
    assert by_dbc(tmp_path, 0x0CF00421, "F07D859B0FFFFF85")[0] == 499.375


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("F07D85FFFFFFFF85", Reason.NOT_SUPPORTED),
        ("F07D8500FEFFFF85", Reason.INVALID),
        ("F07D85FFFEFFFF85", Reason.INVALID),
    ],
)
def test_reserved_numbers_are_nulls_with_a_reason(
    tmp_path: Path, data: str, reason: Reason
) -> None:
    assert by_dbc(tmp_path, 0x0CF004FE, data) == (None, reason)


def test_a_speed_that_is_not_available_is_no_256_kmh(tmp_path: Path) -> None:
    assert by_dbc(tmp_path, 0x18FEF1FE, "FF" * 8) == (None, Reason.NOT_SUPPORTED)


def test_address_takes_the_destination_out_of_the_group() -> None:
    where = j1939.address(0x18EA2103)
    assert (where.pgn, where.destination, where.source) == (0xEA00, 0x21, 0x03)
    assert j1939.address(0x18FEEE00).pgn == 65262


def truck() -> Truck:
    return Truck(profiles.load("j1939_truck").groups)


def test_truck_reads_the_first_valid_of_two_voltages() -> None:
    only_key = truck().hear(frame(0x18FEF717, "FFFFFFFFFFFF3002")).samples
    values = {s.signal: s.value for s in only_key}
    assert values[BY_NAME["lv_voltage_v"].id] == 28.0
    assert values[BY_NAME["alternator_current_a"].id] is None


def test_dm1_of_the_standard_example_is_a_coolant_sensor_with_high_voltage() -> None:
    found = j1939_faults.diagnosis(bytes.fromhex("04FF6E00030200 00".replace(" ", "")))
    assert found is not None
    assert found.lamps == {"warning"}
    assert [(f.text, f.count) for f in found.faults] == [("SPN110-FMI3", 2)]


@pytest.mark.parametrize(
    ("data", "method", "spn"),
    [("6E00030A", None, 110), ("000DC38A", 1, 110), ("0D00C38A", 2, 110), ("6E00038A", 3, 110)],
)
def test_older_conversion_methods_are_read_as_the_maker_says(
    data: str, method: int | None, spn: int
) -> None:
    found = j1939_faults.diagnosis(bytes(2) + bytes.fromhex(data), older_method=method)
    assert found is not None
    assert [(f.spn, f.fmi, f.certain) for f in found.faults] == [(spn, 3, True)]


def test_an_older_method_that_nobody_named_is_uncertain() -> None:
    found = j1939_faults.diagnosis(bytes(2) + bytes.fromhex("6E00038A"))
    assert found is not None
    assert not found.faults[0].certain


@pytest.mark.parametrize("data", ["0000000000000000", "00FFFFFFFFFFFFFF", "00FF"])
def test_dm1_without_a_fault_lists_none(data: str) -> None:
    found = j1939_faults.diagnosis(bytes.fromhex(data))
    assert found is not None
    assert found.faults == ()


BAM = [
    (0x1CECFF00, "200E0002FFCAFE00"),
    (0x1CEBFF00, "0144FF6E00030211"),
    (0x1CEBFF00, "0200040564000601"),
]


def test_two_faults_come_as_a_long_message_to_all_and_become_events() -> None:
    station = Station(Poller(profiles.load("j1939_truck")), allowed=frozenset(Group))
    events = [
        e for n, (i, d) in enumerate(BAM) for e in station.take_frame(frame(i, d, 60 * n)).events
    ]
    assert [(e.kind, e.code, e.component) for e in events] == [
        (EventKind.DTC, "SPN110-FMI3", "ecu_0"),
        (EventKind.DTC, "SPN17-FMI4", "ecu_0"),
        (EventKind.DTC, "SPN100-FMI6", "ecu_0"),
    ]


def test_the_lamp_and_count_of_a_truck_are_those_of_all_its_units() -> None:
    heard = truck()
    heard.hear(frame(0x18FECA00, "40FF6E000302FFFF"))
    other = heard.hear(frame(0x18FECA03, "0000000000000000"))
    values = {s.signal: s.value for s in other.samples}
    assert values[BY_NAME["mil_on"].id] == 1
    assert values[BY_NAME["dtc_count"].id] == 1


def test_a_long_message_between_two_units_is_joined_though_packets_come_twice() -> None:
    transport = Transport()
    frames = [
        (0x1CEC2100, "100A0002FFE5FE00"),
        (0x1CEC0021, "1102010FFFE5FE00"),
        (0x1CEB2100, "0101020304050607"),
        (0x1CEB2100, "0101020304050607"),
        (0x1CEB2100, "0208090AFFFFFFFF"),
    ]
    heard = [transport.feed(j1939.address(i), bytes.fromhex(d), 0) for i, d in frames]
    assert heard[-1] is not None
    assert (heard[-1].pgn, heard[-1].data.hex()) == (0xFEE5, "0102030405060708090a")


def test_a_long_message_with_a_lost_packet_or_a_long_pause_is_dropped_and_counted() -> None:
    for times, chosen in (([0, 60, 120], [0, 2, 2]), ([0, 60, 5000], [0, 1, 2])):
        transport = Transport()
        heard = [
            transport.feed(j1939.address(BAM[n][0]), bytes.fromhex(BAM[n][1]), t)
            for t, n in zip(times, chosen, strict=True)
        ]
        assert heard == [None, None, None]
        assert transport.errors == 1


def test_an_address_claim_names_the_unit() -> None:
    heard = truck()
    heard.hear(frame(0x18EEFF00, "0100202500000080"))
    assert heard.names[0].identity == 1
    assert heard.names[0].manufacturer == 0x0129


NMEA = """VERSION ""
BU_: X
BO_ 2583168510 GnssPosition: 43 X
 SG_ latitude : 56|64@1- (1e-16,0) [0|0] "deg" X
 SG_ longitude : 120|64@1- (1e-16,0) [0|0] "deg" X
 SG_ separation : 304|32@1- (0.01,0) [0|0] "m" X
"""


def packet_frames(body: bytes, sequence: int) -> list[str]:
    """Frames of a fast packet in hexadecimal."""
    frames = [bytes([sequence << 5, len(body)]) + body[:6]]
    rest = body[6:]
    for n in range(-(-len(rest) // 7)):
        part = bytes([sequence << 5 | (n + 1)]) + rest[7 * n : 7 * n + 7]
        frames.append(part.ljust(8, b"\xff"))
    return [f.hex().upper() for f in frames]


def test_fast_packets_are_joined_and_their_negative_numbers_are_values(tmp_path: Path) -> None:
    body = bytearray(b"\xff" * 43)
    body[7:15] = round(42.5 * 1e16).to_bytes(8, "little", signed=True)
    body[15:23] = round(-83.25 * 1e16).to_bytes(8, "little", signed=True)
    body[38:42] = (0x7FFFFFFF).to_bytes(4, "little")  # not available
    frames = packet_frames(bytes(body), 3)
    dbc_file, log = tmp_path / "n.dbc", tmp_path / "n.log"
    dbc_file.write_text(NMEA)
    torn = frames[:2] + frames[3:]
    lines = [f"({n}.0) can0 0DF80523#{data}" for n, data in enumerate(torn + frames)]
    log.write_text("\n".join(lines) + "\n")
    figures = decode([log], [dbc_file])
    assert figures.signals["latitude"].n == 1
    assert figures.signals["longitude"].max == pytest.approx(-83.25)
    assert (figures.signals["separation"].n, figures.signals["separation"].null) == (0, 1)
    assert figures.decoded == len(lines)


def test_nothing_is_ever_asked_of_a_truck() -> None:
    poller = Poller(profiles.load("j1939_truck"))
    for now in range(0, 600_000, 100):
        poller.hear(frame(0x0CF00400, "F07D859B0FFFFF85", now))
        assert poller.ask(now) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0x1CECFF00, 0x1CEBFF00, 0x18FECA00, 0x0CF00400, 0x18EEFF01]),
            st.binary(max_size=8),
            st.integers(0, 2000),
        ),
        max_size=60,
    )
)
def test_no_frame_stops_a_truck_and_its_memory_is_bounded(
    frames: list[tuple[int, bytes, int]],
) -> None:
    heard, now = truck(), 0
    for can_id, data, wait in frames:
        now += wait
        heard.hear(RawFrame(bus="b", id=can_id, data=data, t_ms=now, extended=True))
    assert len(heard._transport._open) <= 512
    assert len(heard.names) <= 256
