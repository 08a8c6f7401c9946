"""Frames out of a stream: however it is cut, whatever stands between them, in bounded memory."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from firmware_contracts.gbt32960.frame import MOST_DATA, Command, Edition, Frame
from firmware_contracts.gbt32960.message import Message
from firmware_contracts.gbt32960.stream import MOST_HELD, Stream
from tests.firmware_contracts.gbt32960.frames import CLOCK, VIN, messages


def feed(stream: Stream, data: bytes, cuts: list[int]) -> list[Frame]:
    found: list[Frame] = []
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        found += stream.feed(data[start:end])
        assert stream.held <= MOST_HELD
    return found


def cuts_of(data: bytes) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, len(data)), max_size=12).map(sorted)


def heartbeat(vin: bytes = VIN) -> Frame:
    return Frame(edition=Edition.E2016, command=Command.HEARTBEAT, vin=vin)


@given(st.lists(messages(), min_size=1, max_size=4), st.data())
def test_stream_gives_every_frame_however_it_is_cut(
    built: list[Message], data: st.DataObject
) -> None:
    raw = b"".join(m.frame.encode() for m in built)
    stream = Stream()
    assert feed(stream, raw, data.draw(cuts_of(raw))) == [m.frame for m in built]
    assert (stream.garbage, stream.broken, stream.held) == (0, 0, 0)


@given(
    st.lists(st.binary(max_size=60).map(lambda b: b.translate(None, b"#$")), min_size=3), st.data()
)
def test_stream_passes_over_garbage_and_counts_it(junk: list[bytes], data: st.DataObject) -> None:
    raw = b"".join(part + heartbeat().encode() for part in junk)
    stream = Stream()
    assert feed(stream, raw, data.draw(cuts_of(raw))) == [heartbeat()] * len(junk)
    assert stream.garbage == sum(map(len, junk))
    assert stream.frames == len(junk)


@given(st.binary(max_size=400), st.data())
def test_stream_fuzz_never_fails_and_every_byte_is_a_frame_garbage_or_held(
    noise: bytes, data: st.DataObject
) -> None:
    raw = noise + heartbeat().encode() + noise
    stream = Stream()
    found = feed(stream, raw, data.draw(cuts_of(raw)))
    whole = sum(len(frame.encode()) for frame in found)
    assert whole + stream.garbage + stream.held == len(raw)
    for _ in raw:
        found += stream.expire()
    assert heartbeat() in found


def test_stream_goes_on_behind_a_frame_whose_check_byte_is_wrong() -> None:
    torn = bytearray(heartbeat().encode())
    torn[10] ^= 0x40
    stream = Stream()
    assert stream.feed(bytes(torn) + heartbeat().encode()) == [heartbeat()]
    assert (stream.broken, stream.garbage) == (1, len(torn))


def test_expire_finds_what_a_start_that_never_fills_up_hides() -> None:
    head = bytes.fromhex("2323 02 FE") + VIN + bytes.fromhex("01 FFF0") + CLOCK
    stream = Stream()
    assert stream.feed(head + heartbeat().encode()) == []
    assert stream.expire() == [heartbeat()]
    assert stream.held == 0


def test_stream_holds_one_frame_at_most() -> None:
    largest = Frame(edition=Edition.E2025, command=0xC0, vin=VIN, data=bytes(MOST_DATA))
    stream = Stream()
    raw = largest.encode()
    assert len(raw) == MOST_HELD
    for at in range(0, len(raw) - 1, 4096):
        stream.feed(raw[at : min(at + 4096, len(raw) - 1)])
    assert stream.held == MOST_HELD - 1
    assert stream.feed(raw[-1:]) == [largest]


def test_a_flood_of_false_starts_costs_bounded_memory_and_work() -> None:
    luck = random.Random(5)
    head = b"##\x02\xfe" + VIN + b"\x01\xff\xf0"
    stream = Stream()
    for _ in range(30):
        stream.feed(head * 400 + luck.randbytes(100))
        assert stream.held <= MOST_HELD
    assert stream.broken > 0
