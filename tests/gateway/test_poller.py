"""A car is asked politely, only for what it announced, and never for anything that writes."""

from __future__ import annotations

import pytest

from firmware_contracts import allowlist
from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_NAME
from gateway import profiles
from gateway.frames import RawFrame, SignalSample
from gateway.jobs import Job
from gateway.poller import GAP_MS, Poller
from tests.gateway.ecu import Ecu


def drive(poller: Poller, ecu: Ecu, seconds: float, start_ms: int = 0) -> list[SignalSample]:
    """Run time in 10 ms steps; returns samples."""
    samples: list[SignalSample] = []
    for now in range(start_ms, start_ms + int(seconds * 1000), 10):
        send = poller.ask(now)
        pending = [] if send is None else [(send.id, send.data)]
        if now % 100 == 0:
            answers, _ = poller.hear(RawFrame(bus="b", id=0x130, data=bytes(8), t_ms=now))
        while pending:
            can_id, data = pending.pop(0)
            for reply_id, reply in ecu.frame(can_id, data, now):
                answers, sends = poller.hear(RawFrame(bus="b", id=reply_id, data=reply, t_ms=now))
                samples += [s for a in answers for s in a.samples]
                pending += [(s.id, s.data) for s in sends]
        samples += [s for a in poller.tick(now) for s in a.samples]
    return samples


def value(samples: list[SignalSample], name: str) -> float | None:
    found = [s for s in samples if s.signal == BY_NAME[name].id]
    return found[-1].value if found else None


def test_announced_values_arrive_and_unannounced_are_never_asked() -> None:
    ecu = Ecu({0x05: b"\x7b", 0x0C: b"\x1a\xf8", 0x0D: b"\x3c", 0x42: b"\x36\xb0"})
    poller = Poller(profiles.load("obd_petrol"))
    samples = drive(poller, ecu, 15)
    assert value(samples, "coolant_temperature_c") == 83
    assert value(samples, "engine_speed_rpm") == 1726
    assert value(samples, "vehicle_speed_kmh") == 60
    assert value(samples, "lv_voltage_v") == 14.0
    asked = {pid for r in ecu.requests if r[0] == 1 for pid in r[1:]}
    assert asked <= {0x05, 0x0C, 0x0D, 0x42, 0x00, 0x20, 0x40, 0x60, 0x80, 0xA0, 0xC0}
    assert poller.vin == "1M8GDM9AXKP042788"


def test_requests_keep_their_gap_and_one_is_outstanding() -> None:
    ecu = Ecu(dict.fromkeys((4, 5, 11, 13, 14, 15, 17), b"\x10"))
    drive(Poller(profiles.load("obd_petrol")), ecu, 20)
    gaps = [b - a for a, b in zip(ecu.times, ecu.times[1:], strict=False)]
    assert min(gaps) >= GAP_MS


def test_response_pending_is_waited_for() -> None:
    ecu = Ecu({}, dids={0x0101: bytes(4) + b"\x95" + bytes(60)}, pending=1)
    samples = drive(Poller(profiles.load("egmp_bev")), ecu, 5)
    assert value(samples, "soc_pct") == 74.5


def test_an_ecu_that_refuses_is_not_asked_again_and_its_values_are_not_supported() -> None:
    ecu = Ecu({}, dids={})
    samples = drive(Poller(profiles.load("egmp_bev")), ecu, 30)
    soc = [s for s in samples if s.signal == BY_NAME["soc_pct"].id]
    assert soc
    assert soc[0].reason is Reason.NOT_SUPPORTED
    assert sum(r[:3] == b"\x22\x01\x01" for r in ecu.requests) == 1


def test_a_silent_ecu_is_given_up_after_three_tries() -> None:
    ecu = Ecu({}, silent=True)
    drive(Poller(profiles.load("egmp_bev")), ecu, 60)
    assert sum(r[:3] == b"\x22\x01\x01" for r in ecu.requests) == 3


def test_a_sleeping_bus_is_left_alone() -> None:
    poller = Poller(profiles.load("obd_petrol"))
    asked = [now for now in range(0, 120_000, 10) if _step(poller, now)]
    assert len(asked) <= 120_000 / 30_000 + 1


def _step(poller: Poller, now: int) -> bool:
    sent = poller.ask(now) is not None
    poller.tick(now)
    return sent


@pytest.mark.parametrize("service", sorted(set(range(256)) - set(allowlist.READ_SERVICES)))
def test_no_other_service_passes_the_contract(service: int) -> None:
    with pytest.raises(allowlist.WriteRefused, match="never sent"):
        allowlist.check(bytes((service, 0x01)))


def test_a_writing_job_is_refused_again_in_the_agent() -> None:
    poller = Poller(profiles.load("obd_petrol"))
    poller.hear(RawFrame(bus="b", id=0x130, data=bytes(8), t_ms=0))
    poller._discovering = [Job(tx=0x7DF, rx=None, request=b"\x04", period_ms=0)]
    with pytest.raises(allowlist.WriteRefused):
        poller.ask(1000)


def test_programming_session_is_refused() -> None:
    with pytest.raises(allowlist.WriteRefused):
        allowlist.check(b"\x10\x02")
