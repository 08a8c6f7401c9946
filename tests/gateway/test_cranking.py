"""An engine start of a simulated car, heard over its broadcast frame by frame, in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_contracts.records import Crank
from firmware_contracts.signal import Group
from firmware_contracts.telemetry import Burst
from gateway import profiles
from gateway.agent import broadcast_of
from gateway.frames import RawFrame
from gateway.poller import Poller
from gateway.station.station import Station
from simulators.ecu.broadcast import Broadcast
from tests.simulators.cars import demo_car


@pytest.mark.parametrize("name", ["petrol-01", "petrol-02"])
def test_a_start_becomes_a_record_and_a_burst(name: str) -> None:
    car = demo_car(name)
    while car.episode.crank is None or car.seconds > 0.5:
        car.step(max(0.01, car.episode.seconds - car.seconds + 0.01))
    profile = profiles.load("demo_petrol")
    station = Station(
        Poller(profile), broadcast_of(profile, Path("demo_petrol")), allowed=frozenset(Group)
    )
    said, now = Broadcast(car), 0.0
    records: list[Crank] = []
    bursts: list[Burst] = []
    while now < 12.0:
        for frame in said.due(now):
            raw = RawFrame(
                bus="b", id=frame.arbitration_id, data=bytes(frame.data), t_ms=round(now * 1000)
            )
            out = station.take_frame(raw)
            records += [r for r in out.records if isinstance(r, Crank)]
            bursts += out.bursts
        car.step(0.01)
        now += 0.01
    assert len(records) == len(bursts) == 1
    start, line = records[0], bursts[0]
    assert start.started
    assert start.rest_v is not None
    assert start.min_v is not None
    assert start.duration_ms is not None
    assert 11.0 < start.rest_v < 13.2
    assert 6.0 < start.min_v < start.rest_v - 1
    assert 200 < start.duration_ms < 4000
    assert line.trigger == "crank"
    assert 9_000 <= line.period_us <= 21_000
    assert line.values.size > 30
    assert float(line.values.min()) == pytest.approx(start.min_v, abs=0.002)
