"""The same bus read by python-can, can-isotp, udsoncan and cantools, without code of ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import can
import cantools
import isotp
import pytest
from can.interfaces.virtual import VirtualBus
from udsoncan import DidCodec
from udsoncan.client import Client
from udsoncan.connections import PythonIsoTpConnection
from udsoncan.exceptions import NegativeResponseException

import simulators
from simulators.bus_thread import CarOnBus, identity
from simulators.ecu.broadcast import Broadcast
from simulators.live_car import LivingCar
from simulators.vin import check_digit
from tests.simulators.cars import demo_car, known

DBC = Path(simulators.__file__).parent / "dbc" / "vigil_demo.dbc"


class Frozen(CarOnBus):
    """A car on a bus whose life stands still, so that answers can be compared with the truth."""

    def __init__(self, car: LivingCar, bus: can.BusABC) -> None:
        super().__init__(car, bus)
        car.step = lambda dt_s: None  # type: ignore[method-assign]


@pytest.fixture(params=["bev-01", "petrol-01", "phev-01", "diesel-01"])
def on_bus(request: pytest.FixtureRequest) -> Iterator[tuple[LivingCar, can.BusABC]]:
    car = demo_car(request.param)
    car.step(100.0)
    channel = f"test-{request.param}"
    served = Frozen(car, can.Bus(interface="virtual", channel=channel))
    served.start()
    bus = can.Bus(interface="virtual", channel=channel)
    yield car, bus
    bus.shutdown()
    served.stop()


@pytest.fixture
def bev() -> Iterator[tuple[Frozen, can.BusABC]]:
    car = demo_car("bev-01")
    car.step(100.0)
    served = Frozen(car, can.Bus(interface="virtual", channel="test-bev"))
    served.start()
    bus = can.Bus(interface="virtual", channel="test-bev")
    yield served, bus
    bus.shutdown()
    served.stop()


def ask(bus: can.BusABC, tx: int, rx: int, request: bytes, timeout: float = 10.0) -> bytes | None:
    stack = isotp.CanStack(
        bus,
        address=isotp.Address(txid=tx, rxid=rx),
        params={"tx_padding": 0, "blocksize": 0, "stmin": 0},
    )
    stack.start()
    try:
        stack.send(request)
        answer = stack.recv(block=True, timeout=timeout)
    finally:
        stack.stop()
    return None if answer is None else bytes(answer)


def obd(bus: can.BusABC, pid: int) -> bytes | None:
    answer = ask(bus, 0x7E0, 0x7E8, bytes([0x01, pid]))
    if answer is None or answer[:2] != bytes([0x41, pid]):
        return None
    return answer[2:]


# Decoders of standards.md section 1, written out again: pid, signal, value of the bytes, one step.
PIDS: list[tuple[int, str, Callable[[bytes], float], float]] = [
    (0x04, "engine_load_pct", lambda b: b[0] * 100 / 255, 100 / 255),
    (0x05, "coolant_temperature_c", lambda b: b[0] - 40, 1),
    (0x06, "stft1_pct", lambda b: (b[0] - 128) * 100 / 128, 100 / 128),
    (0x0B, "map_kpa", lambda b: b[0], 1),
    (0x0C, "engine_speed_rpm", lambda b: (256 * b[0] + b[1]) / 4, 0.25),
    (0x0D, "vehicle_speed_kmh", lambda b: b[0], 1),
    (0x10, "maf_gs", lambda b: (256 * b[0] + b[1]) / 100, 0.01),
    (0x11, "throttle_pct", lambda b: b[0] * 100 / 255, 100 / 255),
    (0x42, "lv_voltage_v", lambda b: (256 * b[0] + b[1]) / 1000, 0.001),
    (0x44, "lambda_commanded", lambda b: (256 * b[0] + b[1]) * 2 / 65536, 2 / 65536),
    (0x46, "ambient_temperature_c", lambda b: b[0] - 40, 1),
    (0x5B, "soc_displayed_pct", lambda b: b[0] * 100 / 255, 100 / 255),
    (0x5E, "fuel_rate_lh", lambda b: (256 * b[0] + b[1]) / 20, 0.05),
    (0xA6, "odometer_m", lambda b: int.from_bytes(b[:4], "big") * 100, 100),
]


def test_every_announced_pid_gives_the_truth_to_one_step(
    on_bus: tuple[LivingCar, VirtualBus],
) -> None:
    car, bus = on_bus
    answered = 0
    for pid, signal, decode, step in PIDS:
        body = obd(bus, pid)
        if body is not None:
            assert decode(body) == pytest.approx(car.value(signal), abs=step * 0.51), signal
            answered += 1
    assert answered >= 4


def test_bitmaps_announce_exactly_what_is_answered(on_bus: tuple[LivingCar, VirtualBus]) -> None:
    _, bus = on_bus
    base, announced = 0, set()
    while True:
        bits = int.from_bytes(obd(bus, base) or b"", "big")
        announced |= {base + i for i in range(1, 32) if bits >> (32 - i) & 1}
        if not bits & 1:
            break
        base += 0x20
    assert 0x0D in announced
    for pid in (0x0C, 0x0D, 0x42, 0x5B, 0x23):
        assert (obd(bus, pid) is not None) == (pid in announced), hex(pid)


def test_functional_request_is_answered_by_the_legislated_units(
    on_bus: tuple[LivingCar, VirtualBus],
) -> None:
    _, bus = on_bus
    bus.send(can.Message(arbitration_id=0x7DF, data=b"\x02\x01\x0d", is_extended_id=False))
    assert heard(bus, 0x7E8).data[1:3] == b"\x41\x0d"


def heard(bus: can.BusABC, can_id: int, limit_s: float = 15.0) -> can.Message:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        message = bus.recv(0.2)
        if message is not None and message.arbitration_id == can_id:
            return message
    raise AssertionError(f"nothing on {can_id:X}")


def test_vin_comes_in_several_frames_with_its_check_digit(
    on_bus: tuple[LivingCar, VirtualBus],
) -> None:
    car, bus = on_bus
    answer = ask(bus, 0x7E0, 0x7E8, b"\x09\x02")
    assert answer is not None
    vin = answer[3:].decode()
    assert vin == identity(car).vin
    assert vin[8] == check_digit(vin)
    assert len((ask(bus, 0x7E0, 0x7E8, b"\x09\x04") or b"")[3:]) == 16


def test_flow_control_with_a_block_size_is_respected(bev: tuple[Frozen, VirtualBus]) -> None:
    served, bus = bev
    answer = None
    stack = isotp.CanStack(
        bus,
        address=isotp.Address(txid=0x7E4, rxid=0x7EC),
        params={"tx_padding": 0, "blocksize": 3, "stmin": 2},
    )
    stack.start()
    stack.send(b"\x22\x01\x01")
    answer = stack.recv(block=True, timeout=10)
    stack.stop()
    assert answer is not None
    assert len(answer) == 3 + 57
    assert served.units.errors == 0


PATIENT = {"request_timeout": 20, "p2_timeout": 10, "use_server_timing": False}
"""A loaded machine is slower than a car; what is compared is content."""


class Raw(DidCodec):
    def decode(self, payload: bytes) -> bytes:
        return payload

    def encode(self, value: bytes) -> bytes:
        return value

    def __len__(self) -> int:
        raise DidCodec.ReadAllRemainingData


def client(bus: can.BusABC, tx: int, rx: int) -> Client:
    stack = isotp.CanStack(
        bus,
        address=isotp.Address(txid=tx, rxid=rx),
        params={"tx_padding": 0, "blocksize": 0, "stmin": 0},
    )
    codecs = dict.fromkeys((0x0101, 0x0102, 0x0104, 0x0105, 0xC00B, 0xB002, 0xF190, 0x9999), Raw)
    return Client(PythonIsoTpConnection(stack), config={"data_identifiers": codecs, **PATIENT})  # type: ignore[typeddict-item]


def test_udsoncan_reads_pack_cells_health_tyres_and_odometer(
    bev: tuple[Frozen, VirtualBus],
) -> None:
    served, bus = bev
    car = served.car
    with client(bus, 0x7E4, 0x7EC) as uds:
        pack = uds.read_data_by_identifier(0x0101).service_data.values[0x0101]
        page = uds.read_data_by_identifier(0x0104).service_data.values[0x0104]
        health = uds.read_data_by_identifier(0x0105).service_data.values[0x0105]
    assert pack[4] / 2 == car.value("soc_pct")
    current = int.from_bytes(pack[10:12], "big", signed=True) / 10
    assert current == pytest.approx(-known(car, "pack_current_a"), abs=0.051)
    assert int.from_bytes(pack[12:14], "big") / 10 == pytest.approx(
        car.value("pack_voltage_v"), abs=0.051
    )
    assert pack[23] / 50 == pytest.approx(car.value("cell_voltage_max_v"), abs=0.011)
    cells = car.cells_v()
    assert page[:4] == b"\xff\xff\xff\xff"
    for i in range(32):
        assert page[4 + i] / 50 == pytest.approx(cells[64 + i], abs=0.011)
    assert int.from_bytes(health[25:27], "big") / 10 == pytest.approx(car.value("bms_soh_pct"))
    with client(bus, 0x7A0, 0x7A8) as uds:
        tyres = uds.read_data_by_identifier(0xC00B).service_data.values[0xC00B]
    assert tyres[4] / 5 * 6.894757 == pytest.approx(car.value("tyre_fl_kpa"), abs=0.7)
    assert tyres[5] - 50 == pytest.approx(car.value("tyre_fl_c"), abs=0.51)
    with client(bus, 0x7C6, 0x7CE) as uds:
        odometer = uds.read_data_by_identifier(0xB002).service_data.values[0xB002]
    assert int.from_bytes(odometer[6:9], "big") == known(car, "odometer_m") // 1000


def test_slow_identifier_says_response_pending_first(bev: tuple[Frozen, VirtualBus]) -> None:
    _, bus = bev
    listener = can.Bus(interface="virtual", channel="test-bev")
    with client(bus, 0x7E4, 0x7EC) as uds:
        uds.read_data_by_identifier(0x0105)
    assert heard(listener, 0x7EC).data[:4] == b"\x03\x7f\x22\x78"
    listener.shutdown()


def test_unknown_identifier_is_out_of_range(bev: tuple[Frozen, VirtualBus]) -> None:
    _, bus = bev
    with client(bus, 0x7E4, 0x7EC) as uds, pytest.raises(NegativeResponseException) as refused:
        uds.read_data_by_identifier(0x9999)
    assert refused.value.response.code == 0x31


@pytest.mark.parametrize("service", [0x04, 0x11, 0x14, 0x27, 0x28, 0x2E, 0x2F, 0x31, 0x34, 0x85])
def test_writing_services_are_refused_and_counted(
    bev: tuple[Frozen, VirtualBus], service: int
) -> None:
    served, bus = bev
    before = served.units.refused.get(service, 0)
    assert ask(bus, 0x7E0, 0x7E8, bytes([service, 1, 2])) == bytes([0x7F, service, 0x33])
    assert served.units.refused[service] == before + 1


def test_trouble_codes_by_obd_and_by_uds_agree(on_bus: tuple[LivingCar, VirtualBus]) -> None:
    car, bus = on_bus
    stored = [code for code, confirmed in car.car.trouble_codes() if confirmed]
    assert (ask(bus, 0x7E0, 0x7E8, b"\x03") or b"")[1] == len(stored)
    with client(bus, 0x7E0, 0x7E8) as uds:
        found = uds.get_dtc_by_status_mask(0xFF).service_data.dtcs
    assert len(found) == len(car.car.trouble_codes())


@cache
def demo_dbc() -> cantools.database.Database:
    database = cantools.database.load_file(DBC)
    assert isinstance(database, cantools.database.Database)
    return database


def decoded(message: can.Message) -> dict[str, float]:
    """A broadcast frame as cantools reads it by the demo's DBC."""
    read = demo_dbc().decode_message(
        message.arbitration_id, bytes(message.data), decode_choices=False
    )
    assert isinstance(read, dict)
    return {name: float(str(value)) for name, value in read.items()}


def test_cantools_decodes_the_broadcast_to_the_truth(on_bus: tuple[LivingCar, VirtualBus]) -> None:
    car, bus = on_bus
    seen: dict[str, float] = {}
    parts, end = len(car.cells_v()), time.monotonic() + 30
    wanted = {"LvVoltage", "VehicleSpeed", "TyreRRPressure"}
    wanted |= {f"Cell{n}" for n in range(1, parts + 1)} | ({"PackCurrent"} if parts else set())
    while not wanted <= seen.keys() and time.monotonic() < end:
        message = bus.recv(0.5)
        if message is not None and message.arbitration_id < 0x700:
            seen |= decoded(message)
    assert seen["LvVoltage"] == pytest.approx(car.value("lv_voltage_v"), abs=0.0006)
    assert seen["VehicleSpeed"] == pytest.approx(car.value("vehicle_speed_kmh"), abs=0.006)
    assert seen["TyreRRPressure"] == pytest.approx(car.value("tyre_rr_kpa"), abs=0.06)
    cells = car.cells_v()
    for number, volts in enumerate(cells, 1):
        assert seen[f"Cell{number}"] == pytest.approx(volts, abs=0.0006)
    assert f"Cell{len(cells) + 1}" not in seen
    if len(cells):
        assert seen["PackCurrent"] == pytest.approx(-known(car, "pack_current_a"), abs=0.051)


def test_the_12_volt_line_is_told_at_100_hz_while_the_engine_starts() -> None:
    car = demo_car("petrol-01")
    broadcast = Broadcast(car)
    line: list[float] = []
    cranking: list[float] = []
    for tick in range(400):
        for message in broadcast.due(tick / 100):
            if message.arbitration_id == 0x3A0:
                values = decoded(message)
                line.append(values["LvVoltage"])
                cranking.append(values["Cranking"])
        car.step(0.01)
    crank = car.episode.crank
    assert crank is not None
    assert len(line) >= 400
    assert sum(cranking) == pytest.approx(len(crank.loaded), abs=3)
    assert min(line) == pytest.approx(float(crank.loaded.min()), abs=0.15)
    assert line[0] == pytest.approx(crank.rest_v, abs=0.1)
    later = 0
    for tick in range(400, 800):
        later += sum(m.arbitration_id == 0x3A0 for m in broadcast.due(tick / 100))
        car.step(0.01)
    assert len(line) + later < 420
