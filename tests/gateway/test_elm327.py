"""Text adapters: what they print is taken apart, and a car is read through one that misbehaves."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_contracts.signals import BY_ID
from gateway.bus import Bus, BusSetting
from gateway.elm327.adapter import Adapter
from gateway.elm327.line import open_line
from gateway.elm327.text import Remark, parse
from gateway.errors import BusFailed
from gateway.poller import Poller
from gateway.profiles import load
from tests.gateway.fake_elm import FakeElm, Manners


def test_parse_reads_frames_with_headers_with_and_without_spaces() -> None:
    spaced = parse("7EC 10 3E 62 01 01 EF FB E7 \r7EC 21 EF 8E 00 00 00 00 00 \r\r>")
    tight = parse("7EC103E620101EFFBE7\r7EC21EF8E0000000000\r\r>")
    assert spaced.frames == tight.frames
    assert spaced.frames[0] == (0x7EC, bytes.fromhex("103E620101EFFBE7"))


def test_parse_reads_29_bit_headers_however_they_are_spaced() -> None:
    reply = parse("18 DA F1 11 06 41 00 BF DF A8 93 \r18DAF11D06410098 3A8001\r>")
    assert [f"{i:X}" for i, _ in reply.frames] == ["18DAF111", "18DAF11D"]


def test_parse_skips_searching_and_keeps_both_units() -> None:
    reply = parse("SEARCHING...\r41 00 BC 3F A8 03 \r41 00 98 3A 80 01 \r\r>", headers=False)
    assert [a.hex() for a in reply.answers] == ["4100bc3fa803", "4100983a8001"]
    assert reply.remarks == [Remark.SEARCHING]
    same_line = parse("SEARCHING...41 00 BC 3F A8 03\r>", headers=False)
    assert [a.hex() for a in same_line.answers] == ["4100bc3fa803"]


LINES = ["620101EFFBE7", "ED7E0000000000", "000B0E82020101", "00112233445566"]


@pytest.mark.parametrize("glue", ["\r", ""])
def test_parse_joins_numbered_lines_also_where_they_run_together(glue: str) -> None:
    text = "01B" + glue + glue.join(f"{n}:{line}" for n, line in enumerate(LINES)) + "\r\r>"
    reply = parse(text, headers=False)
    assert [a.hex().upper() for a in reply.answers] == ["".join(LINES)[:54]]
    assert reply.damaged == 0


def test_parse_drops_an_answer_with_a_missing_line_and_counts_it() -> None:
    reply = parse("01B\r0:620101EFFBE7\r2:000B0E82020101\r\r>", headers=False)
    assert (reply.answers, reply.damaged) == ([], 1)
    cut = parse("01B\r0:620101EFFBE7\r\r>", headers=False)
    assert (cut.answers, cut.damaged) == ([], 1)


def test_parse_leaves_the_echo_and_nul_bytes_out() -> None:
    reply = parse("\x00010C\r\x007E8 04 41 0C 1A F8 \r\r>", sent="010C")
    assert reply.frames == [(0x7E8, bytes.fromhex("04410C1AF8"))]


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("NO DATA\r>", Remark.NO_DATA),
        ("BUS ERROR\r>", Remark.BUS_ERROR),
        ("CAN ERROR\r>", Remark.CAN_ERROR),
        ("STOPPED\r>", Remark.STOPPED),
        ("BUFFER FULL\r>", Remark.BUFFER_FULL),
        ("UNABLE TO CONNECT\r>", Remark.UNABLE),
        ("?\r>", Remark.UNKNOWN_COMMAND),
        ("BUS INIT: ...OK\r>", Remark.BUS_INIT),
        ("LV RESET\r>", Remark.LOW_VOLTAGE),
    ],
)
def test_parse_names_what_the_adapter_says(text: str, remark: Remark) -> None:
    reply = parse(text)
    assert reply.remarks == [remark]
    assert reply.frames == []


def test_parse_uses_no_line_that_was_damaged() -> None:
    reply = parse("7E8 03 41 05 <RX ERROR\r7E8 03 41 05 5F \r7E8 03 4<DATA ERROR\r>")
    assert reply.frames == [(0x7E8, bytes.fromhex("0341055F"))]
    assert reply.damaged == 2


@given(st.text(alphabet="0123456789ABCDEF:<> \r\0?SEARCHINGO.", max_size=300), st.booleans())
def test_parse_never_fails_on_any_text(text: str, headers: bool) -> None:
    reply = parse(text, headers=headers)
    assert all(0 <= can_id <= 0x1FFFFFFF for can_id, _ in reply.frames)


CAR = {
    ("7DF", "0100"): ["7E8 06 41 00 10 18 00 00 ", "7E9 06 41 00 00 00 00 00 "],
    ("7DF", "0902"): [
        "7E8 10 14 49 02 01 31 4D 38 ",
        "7E8 21 47 44 4D 39 41 58 4B ",
        "7E8 22 50 30 34 32 37 38 38 ",
    ],
    ("7E0", "010C0D04"): ["7E8 04 41 0C 1A F8 "],
    ("7E0", "010C0D"): ["7E8 06 41 0C 1A F8 0D 32 "],
    ("7E0", "010C"): ["7E8 04 41 0C 1A F8 "],
    ("7E0", "010D"): ["7E8 03 41 0D 32 "],
    ("7E0", "0104"): ["7E8 03 41 04 80 "],
    ("7C6", "22B002"): [
        "7CE 10 18 62 B0 02 D6 00 00 ",
        "7CE 21 00 FF 9C 00 00 00 00 ",
        "7CE 22 14 05 00 00 9F 02 7C ",
        "7CE 23 00 00 00 00 AA AA AA ",
    ],
}


def values_through(elm: FakeElm, profile: str, steps: int = 60) -> dict[str, float | None]:
    """What a poller reads through an adapter, with a clock of its own (40 ms a step)."""
    poller = Poller(load(profile))
    ticks = itertools.count(0, 40)
    now = 0
    units = tuple({(p.unit.tx, p.unit.rx) for p in poller.profile.uds})
    setting = BusSetting(interface="elm327", channel=f"127.0.0.1:{elm.port}", answers=units)
    out: dict[str, float | None] = {}
    with Bus(setting, lambda: now) as bus:
        for now in itertools.islice(ticks, steps):
            send = poller.ask(now)
            if send is not None:
                bus.send(send.id, send.data)
            answers = poller.tick(now)
            while (frame := bus.read(0)) is not None:
                heard, sends = poller.hear(frame)
                answers += heard
                for extra in sends:
                    bus.send(extra.id, extra.data)  # flow control: the adapter's own business
            for answer in answers:
                out |= {BY_ID[s.signal].name: s.value for s in answer.samples}
    out["vin"] = None if poller.vin is None else float(len(poller.vin))
    return out


@pytest.mark.parametrize(
    "manners",
    [
        Manners(),
        Manners(spaces=False, echo=True),
        Manners(chunk=3, nul=True),
        Manners(searching=True, stopped_first=True),
        Manners(version="ELM327 v1.5", unknown=("ATCRA", "ATFC", "ATAT", "ATAR", "ATCAF")),
    ],
    ids=["good", "no spaces, echo", "in crumbs", "searching, stopped", "a clone that lies"],
)
def test_a_car_is_read_through_an_adapter_whatever_its_manners(manners: Manners) -> None:
    with FakeElm(script=CAR, manners=manners) as elm:
        read = values_through(elm, "obd_petrol", 150)
    assert read["engine_speed_rpm"] == 1726
    assert read["vehicle_speed_kmh"] == 50
    assert read["vin"] == 17


def test_units_of_a_profile_are_asked_and_heard_on_their_own_ids() -> None:
    with FakeElm(script=CAR) as elm:
        read = values_through(elm, "egmp_bev", 3000)
        assert "ATCRA7CE" in elm.commands
        assert "ATFCSH7C6" in elm.commands
    assert read["odometer_m"] == 8_247_888


def adapter_of(elm: FakeElm) -> Adapter:
    return Adapter(open_line(f"tcp:127.0.0.1:{elm.port}"), lambda: 0)


def test_29_bit_units_get_their_own_protocol_priority_and_header() -> None:
    script = {("DB33F1", "0100"): ["18 DA F1 11 06 41 00 BF DF A8 93"]}
    with FakeElm(script=script) as elm:
        adapter = adapter_of(elm)
        adapter.send(0x18DB33F1, bytes.fromhex("020100AAAAAAAAAA"))
        frame = adapter.read(0)
        assert {"ATSP7", "ATCP18", "ATSHDB33F1"} <= set(elm.commands)
    assert frame is not None
    assert (frame.id, frame.extended) == (0x18DAF111, True)


def test_an_adapter_without_headers_is_refused_and_an_unknown_bitrate_too() -> None:
    with (
        FakeElm(script={}, manners=Manners(unknown=("ATH1",))) as elm,
        pytest.raises(BusFailed, match="shows no headers"),
    ):
        adapter_of(elm)
    with FakeElm(script={}) as elm, pytest.raises(BusFailed, match="250000 or 500000"):
        Adapter(open_line(f"127.0.0.1:{elm.port}"), lambda: 0, bitrate=125_000)


def test_an_adapter_that_hangs_up_is_a_lost_bus() -> None:
    with FakeElm(script=CAR, manners=Manners(hangs_up_at="0100")) as elm:
        adapter = adapter_of(elm)
        with pytest.raises(BusFailed, match=r"hung up|lost"):
            adapter.send(0x7DF, bytes.fromhex("020100AAAAAAAAAA"))


def test_what_is_no_adapter_is_said_in_words() -> None:
    with (
        FakeElm(script={}, manners=Manners(silent=("ATZ", ""))) as elm,
        pytest.raises(BusFailed, match="no prompt"),
    ):
        adapter_of(elm)
    with pytest.raises(BusFailed, match="does not answer"):
        open_line("127.0.0.1:1")


def test_a_bus_error_is_counted_and_gives_no_frame() -> None:
    with FakeElm(script={("7DF", "0100"): ["BUS ERROR"]}) as elm:
        adapter = adapter_of(elm)
        adapter.send(0x7DF, bytes.fromhex("020100AAAAAAAAAA"))
        assert adapter.read(0) is None
    assert adapter.troubles == {"BUS ERROR": 1}
