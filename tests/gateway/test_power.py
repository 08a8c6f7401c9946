"""The gateway spares a weak battery, and looks again rarely."""

from __future__ import annotations

from firmware_contracts.events import EventKind
from firmware_contracts.signal import Group
from gateway import profiles
from gateway.frames import SignalSample
from gateway.poller import Poller
from gateway.station.cranking import LV
from gateway.station.power import LOOK_AGAIN_MS, PowerGuard
from gateway.station.station import Station
from gateway.station.step_output import joined


def test_a_minute_below_the_threshold_stops_asking_and_half_a_volt_more_resumes() -> None:
    guard = PowerGuard()
    for t in range(0, 60_000, 1000):
        guard.feed(t, 12.1)
        assert guard.may_ask(t)
    guard.feed(60_000, 12.1)
    assert not guard.may_ask(61_000)
    guard.feed(62_000, 12.3)
    assert not guard.may_ask(62_000), "hysteresis"
    guard.feed(63_000, 12.5)
    assert guard.may_ask(63_000)
    assert guard.cut_offs == 1


def test_a_short_dip_is_no_reason() -> None:
    guard = PowerGuard()
    for t in range(0, 300_000, 1000):
        guard.feed(t, 9.5 if t % 30_000 < 2000 else 12.4)
    assert guard.may_ask(300_000)


def test_while_quiet_it_looks_for_ten_seconds_every_half_hour() -> None:
    guard = PowerGuard()
    guard.feed(0, 12.0)
    guard.feed(60_000, 12.0)
    asked = [t for t in range(61_000, 60_000 + 2 * LOOK_AGAIN_MS, 1000) if guard.may_ask(t)]
    assert len(asked) == 10


def test_a_24_volt_net_is_judged_at_twice_the_thresholds() -> None:
    guard = PowerGuard(nets=2)
    for t in range(0, 120_000, 1000):
        guard.feed(t, 24.6)
    assert guard.may_ask(120_000)


def test_the_station_says_that_it_stopped_and_asks_nothing() -> None:
    station = Station(Poller(profiles.load("obd_petrol")), allowed=frozenset(Group))
    samples = [SignalSample(signal=LV, t_ms=t, value=11.9) for t in range(0, 70_000, 1000)]
    output = joined(station._take([sample]) for sample in samples)
    assert [(e.kind, e.code, e.active) for e in output.events] == [
        (EventKind.POWER, "polling_stopped", True)
    ]
    assert station.pass_time(71_000).sends == ()
