"""A simulated car on a real bus, read by the agent, through a real broker, to receipts."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import can
import pytest

from firmware_contracts.allowlist import check
from firmware_contracts.signal import Group
from firmware_contracts.signals import BY_ID, BY_NAME
from firmware_contracts.telemetry import Clock, Packed, TelemetryBatch
from gateway.agent import Agent, Setting, boot_id
from gateway.bus import BusSetting
from gateway.errors import ProfileWrong
from gateway.link import Link
from simulators.bus_thread import CarOnBus
from simulators.live_car import LivingCar
from tests.gateway.cloud import Cloud, until
from tests.simulators.cars import demo_car, known

pytestmark = pytest.mark.broker
CARS = {"bev-01": "demo_bev", "petrol-01": "demo_petrol"}


def setting(broker: tuple[str, int], folder: Path, channel: str, **more: object) -> Setting:
    given: dict[str, object] = {"latency_s": 1.0, "allowed": frozenset(Group)}
    link = Link(
        host=broker[0], port=broker[1], tenant="t", device=secrets.token_hex(6), back_off_s=0.1
    )
    return Setting(
        bus=BusSetting(interface="virtual", channel=channel),
        link=link,
        folder=folder,
        **(given | more),  # type: ignore[arg-type]
    )


class Running:
    """An agent in a thread."""

    def __init__(self, given: Setting) -> None:
        self.agent = Agent(given)
        self._thread = threading.Thread(target=self.agent.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.agent.end()
        self._thread.join(15)
        assert not self._thread.is_alive()


class Frozen(CarOnBus):
    """A car on a bus whose life stands still, so that what arrives can be compared."""

    def __init__(self, car: LivingCar, channel: str) -> None:
        super().__init__(car, can.Bus(interface="virtual", channel=channel))
        car.step = lambda dt_s: None  # type: ignore[method-assign]


def frozen(name: str) -> Frozen:
    car = demo_car(name)
    car.step(100.0)
    served = Frozen(car, f"agent-{name}-{secrets.token_hex(3)}")
    served.start()
    return served


@pytest.fixture
def bev() -> Iterator[Frozen]:
    served = frozen("bev-01")
    yield served
    served.stop()


def channel_of(served: CarOnBus) -> str:
    return str(served._bus.channel_info).rpartition(" ")[2]


def batches(cloud: Cloud) -> list[TelemetryBatch]:
    return [sealed.batch for sealed in list(cloud.sealed)]


def latest(cloud: Cloud) -> dict[str, float]:
    """Newest valid value of each signal."""
    out: dict[str, float] = {}
    for batch in sorted(batches(cloud), key=lambda b: b.seq):
        for block in (batch.real, batch.wide):
            for j, no in enumerate(block.signals):
                valid = block.values[block.reasons[:, j] == 0, j]
                if valid.size:
                    out[BY_ID[no].name] = float(valid[-1])
    return out


@pytest.mark.parametrize("name", CARS)
def test_what_the_car_says_arrives_and_is_receipted(
    broker: tuple[str, int], tmp_path: Path, name: str
) -> None:
    served = frozen(name)
    with Cloud(*broker) as cloud:
        running = Running(setting(broker, tmp_path, channel_of(served), profile=CARS[name]))
        want = {
            "bev-01": ("pack_voltage_v", "bms_soh_pct"),
            "petrol-01": ("coolant_temperature_c",),
        }
        assert until(lambda: set(want[name]) <= set(latest(cloud)), 30)
        assert until(lambda: any(b.cells is not None for b in batches(cloud)) or name != "bev-01")
        agent = running.agent
        running.stop()
    served.stop()
    got = latest(cloud)
    truth = {
        n: served.car.value(n) for n in got if not n.startswith(("gateway", "dtc", "readiness"))
    }
    step = {"vehicle_speed_kmh": 0.02, "coolant_temperature_c": 0.5, "bms_soh_pct": 0.1}
    compared = 0
    for signal in ("vehicle_speed_kmh", "lv_voltage_v", "pack_voltage_v", *want[name]):
        if truth.get(signal) is not None:
            assert got[signal] == pytest.approx(truth[signal], abs=step.get(signal, 0.06)), signal
            compared += 1
    assert compared >= 3
    assert len(got) > 12
    assert agent.uplink.counts["closed"] >= 1
    assert {b.clock for b in batches(cloud)} == {Clock.MONOTONIC}
    assert all(sealed.anchor is not None for sealed in cloud.sealed)
    assert cloud.hellos[0].profile == CARS[name]


def test_cells_arrive_by_their_number(broker: tuple[str, int], tmp_path: Path, bev: Frozen) -> None:
    with Cloud(*broker) as cloud:
        running = Running(setting(broker, tmp_path, channel_of(bev), profile="demo_bev"))

        def whole() -> list[Packed]:
            found = [b.cells for b in batches(cloud) if b.cells is not None]
            return [cells for cells in found if cells.values.shape[1] == 96]

        assert until(whole, 30)
        running.stop()
    cells = whole()[-1]
    assert cells.first == 1
    assert (cells.reasons[-1] == 0).all()
    assert 2500 < cells.values[-1].min() <= cells.values[-1].max() < 4400


def test_requests_are_few_and_only_read(broker: tuple[str, int], tmp_path: Path) -> None:
    served = frozen("petrol-01")
    ear = can.Bus(interface="virtual", channel=channel_of(served))
    with Cloud(*broker):
        running = Running(setting(broker, tmp_path, channel_of(served), profile="obd_petrol"))
        asked: list[can.Message] = []
        began = time.monotonic()
        while len(asked) < 40 and time.monotonic() < began + 30:
            heard = ear.recv(0.1)
            if heard is not None and (
                heard.arbitration_id == 0x7DF or 0x7E0 <= heard.arbitration_id < 0x7E8
            ):
                asked.append(heard)
        elapsed = time.monotonic() - began
        running.stop()
    ear.shutdown()
    served.stop()
    requests = [bytes(m.data[1 : 1 + m.data[0]]) for m in asked if m.data[0] < 8]
    assert len(requests) >= 10
    assert len(requests) <= 20 * elapsed + 5
    for request in requests:
        check(request)


def test_without_consent_only_duty_signals_leave(
    broker: tuple[str, int], tmp_path: Path, bev: Frozen
) -> None:
    with Cloud(*broker) as cloud:
        given = setting(
            broker, tmp_path, channel_of(bev), profile="demo_bev", allowed=frozenset({Group.DUTY})
        )
        running = Running(given)
        assert until(lambda: len(batches(cloud)) >= 1, 30)
        assert until(lambda: "coarse_odometer_km" in latest(cloud), 30)
        withheld = running.agent.station.legal.withheld
        running.stop()
    assert {BY_NAME[name].group for name in latest(cloud)} <= {Group.DUTY}
    assert all(b.cells is None and b.probes is None and not b.bursts for b in batches(cloud))
    exact = known(bev.car, "odometer_m")
    assert latest(cloud)["coarse_odometer_km"] == exact // 100_000 * 100
    assert withheld > 0


def test_what_was_read_while_the_broker_was_away_arrives_later(tmp_path: Path, bev: Frozen) -> None:
    from tests import servers

    with servers.running_broker() as server:
        where = ("127.0.0.1", server.port)
        server.kill(wipe=True)
        running = Running(setting(where, tmp_path, channel_of(bev), profile="demo_bev"))
        assert until(lambda: running.agent.outbox.pending >= 4, 30)
        server.start()
        with Cloud(*where) as cloud:
            assert until(lambda: len(cloud.ledger) >= 4, 30)
            running.stop()
    ticks = sorted(t for b in batches(cloud) for t in b.ticks_ms.tolist())
    assert len(ticks) == len(set(ticks))
    assert max(b - a for a, b in itertools.pairwise(ticks)) <= 2000


def test_a_bus_that_does_not_open_is_tried_again(broker: tuple[str, int], tmp_path: Path) -> None:
    given = setting(broker, tmp_path, "x", profile="obd_petrol")
    nowhere = BusSetting(interface="socketcan", channel="nosuchcan9")
    running = Running(Setting(bus=nowhere, link=given.link, folder=tmp_path, profile="obd_petrol"))
    assert until(lambda: running.agent.reopened >= 1)
    running.stop()


@pytest.mark.parametrize("text", ["name: x", "nonsense: [", "name: x\npowertrain: e\ndbc: no.dbc"])
def test_a_wrong_profile_is_named(broker: tuple[str, int], tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ProfileWrong, match=r"mine|x"):
        Agent(setting(broker, tmp_path, "x", profile=str(path)))


def test_the_boot_is_the_same_after_a_restart_and_another_for_another_device() -> None:
    assert boot_id("a") == boot_id("a") != boot_id("b")
    assert len(boot_id("a")) == 16


def test_the_demo_cars_broadcast_is_the_one_we_decode() -> None:
    import gateway.profiles
    import simulators

    ours = Path(gateway.profiles.__file__).parent / "vigil_demo.dbc"
    theirs = Path(simulators.__file__).parent / "dbc" / "vigil_demo.dbc"
    assert ours.read_bytes() == theirs.read_bytes()
