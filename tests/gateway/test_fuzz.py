"""Whatever stands on a bus, the station goes on: noise, torn transport, lying lengths."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_contracts import codec
from firmware_contracts.signal import Group
from gateway import profiles
from gateway.agent import broadcast_of
from gateway.envelope import BatchContent, Sender, pack
from gateway.frames import RawFrame, Tick
from gateway.poller import Poller
from gateway.station.station import Station
from tests.firmware_contracts.batches import BOOT, STREAM

ANSWERS = [*range(0x7E8, 0x7F0), 0x7A8, 0x7CE, 0x18DAF111, 0x18FECA00, 0x1CECFF00, 0x1CEBFF00]


def station(name: str) -> Station:
    profile = profiles.load(name)
    return Station(Poller(profile), broadcast_of(profile, Path(name)), allowed=frozenset(Group))


def known_ids() -> list[int]:
    heard = broadcast_of(profiles.load("demo_bev"), Path("demo_bev"))
    assert heard is not None
    return sorted(can_id for can_id, _ in heard._messages)


FRAMES = st.tuples(
    st.sampled_from([*ANSWERS, *known_ids()]) | st.integers(0, 0x1FFFFFFF),
    st.binary(max_size=8)
    | st.builds(
        lambda head, rest: head + rest,
        st.sampled_from(
            [b"\x10\x14\x62", b"\x06\x41\x00", b"\x21", b"\x30\x00\x00", b"\x03\x7f\x22\x78",
             b"\x10\x3e\x62\x01\x01", b"\x04\x43\x01", b"\x07\x62\xc0\x0b", b"\x10\x00\x62"]
        ),
        st.binary(max_size=5),
    ).map(lambda data: data[:8]),
    st.integers(0, 400),
)  # fmt: skip


@pytest.mark.parametrize(
    "name", ["demo_bev", "demo_petrol", "egmp_bev", "obd_petrol", "j1939_truck"]
)
@settings(max_examples=60, deadline=None)
@given(frames=st.lists(FRAMES, max_size=60))
def test_no_frame_stops_the_station_and_every_row_can_be_sent(
    name: str, frames: list[tuple[int, bytes, int]]
) -> None:
    car, now = station(name), 1000
    ticks: list[Tick] = []
    for can_id, data, wait in frames:
        now += wait
        frame = RawFrame(bus="b", id=can_id, data=data, t_ms=now, extended=can_id > 0x7FF)
        ticks += car.take_frame(frame).ticks
        ticks += car.pass_time(now).ticks
    ticks += car.close().ticks
    codec.encode(pack(BatchContent(ticks=ticks), Sender(boot=BOOT), stream=STREAM, seq=0))
