"""UDS answers of a simulated car (ISO 14229): identifiers, trouble codes, and a firm no to writes.

Layouts are the E-GMP ones of standards.md section 2; `[n]` counts bytes after the identifier's
echo. Current is sent positive out of the battery, as those cars do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import numpy as np

from firmware_contracts.telemetry import Float64
from simulators.ecu.obd import Codes, Readings, code_bytes
from simulators.tyres import WHEELS

PENDING = 0x78
_NOT_SUPPORTED, _LENGTH, _RANGE, _DENIED, _SUBFUNCTION = 0x11, 0x13, 0x31, 0x33, 0x12
WRITES = frozenset(
    {
        0x04,
        0x08,
        0x11,
        0x14,
        0x27,
        0x28,
        0x2C,
        0x2E,
        0x2F,
        0x31,
        0x34,
        0x35,
        0x36,
        0x37,
        0x38,
        0x3D,
        0x85,
    }
)
"""Services that change something; refused with securityAccessDenied and counted."""
_PSI = 6.894757
"""kPa in a psi."""

Identifier = Callable[[], bytes]


class Uds:
    """The UDS server of one control unit. `refused` counts writing services by number."""

    def __init__(
        self,
        identifiers: Mapping[int, Identifier],
        codes: Codes = list,
        slow: frozenset[int] = frozenset(),
    ) -> None:
        self._identifiers = identifiers
        self._codes = codes
        self.slow = slow
        self.refused: dict[int, int] = {}
        self._services: dict[int, Callable[[bytes], bytes]] = {
            0x10: self._session,
            0x19: self._trouble,
            0x22: self._read,
            0x3E: self._present,
        }

    def answer(self, request: bytes) -> bytes | None:
        """Positive or negative answer; None only where the tester asked for none."""
        service = request[0]
        if service in WRITES:
            self.refused[service] = self.refused.get(service, 0) + 1
            return negative(service, _DENIED)
        if service not in self._services:
            return negative(service, _NOT_SUPPORTED)
        if len(request) < 2:
            return negative(service, _LENGTH)
        answer = self._services[service](request)
        quiet = service in (0x10, 0x3E) and request[1] & 0x80 and answer[0] != 0x7F
        return None if quiet else answer

    def takes_long(self, request: bytes) -> bool:
        """True where the unit first says response pending."""
        return request[0] == 0x22 and int.from_bytes(request[1:3], "big") in self.slow

    def _session(self, request: bytes) -> bytes:
        if request[1] & 0x7F not in (0x01, 0x03):
            return negative(0x10, _SUBFUNCTION)
        return bytes([0x50, request[1] & 0x7F, 0x00, 0x32, 0x01, 0xF4])

    def _present(self, request: bytes) -> bytes:
        return bytes([0x7E, 0x00]) if request[1] & 0x7F == 0 else negative(0x3E, _SUBFUNCTION)

    def _read(self, request: bytes) -> bytes:
        if len(request) != 3:  # one identifier per request, as many units want it
            return negative(0x22, _LENGTH)
        did = int.from_bytes(request[1:3], "big")
        if did not in self._identifiers:
            return negative(0x22, _RANGE)
        return bytes([0x62]) + request[1:3] + self._identifiers[did]()

    def _trouble(self, request: bytes) -> bytes:
        if request[1] != 0x02:
            return negative(0x19, _SUBFUNCTION)
        if len(request) != 3:
            return negative(0x19, _LENGTH)
        found = b""
        for code, confirmed in self._codes():
            status = 0x2F if confirmed else 0x27
            if status & request[2]:
                found += code_bytes(code) + bytes([0x00, status])
        return bytes([0x59, 0x02, 0xFF]) + found


def negative(service: int, code: int) -> bytes:
    """7F, service, code."""
    return bytes([0x7F, service, code])


class Cells(Readings, Protocol):
    """A car whose battery can be read cell by cell."""

    def cells_v(self) -> Float64:
        """Cell voltages in V."""
        ...

    def probes_c(self) -> Float64:
        """Probe temperatures in °C."""
        ...


def battery(car: Cells) -> dict[int, Identifier]:
    """Identifiers of the battery control unit (7E4 -> 7EC)."""
    pages = {0x0102: 0, 0x0103: 32, 0x0104: 64, 0x010A: 96, 0x010B: 128, 0x010C: 160}
    have = {did: base for did, base in pages.items() if base < len(car.cells_v())}
    return {
        0x0101: lambda: _pack(car),
        0x0105: lambda: _health(car),
        **{did: partial(_page, car, base) for did, base in have.items()},
    }


def _number(car: Readings, name: str) -> float:
    value = car.value(name)
    return 0.0 if value is None else value


def _put(body: bytearray, at: int, size: int, raw: float, *, signed: bool = False) -> None:
    bits = 8 * size
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    whole = min(max(round(raw), low), high)
    body[at : at + size] = whole.to_bytes(size, "big", signed=signed)


def _pack(car: Cells) -> bytes:
    """0101: the pack in one answer of 57 bytes."""
    body, probes = bytearray(57), car.probes_c()
    _put(body, 4, 1, _number(car, "soc_pct") * 2)
    _put(body, 5, 2, _number(car, "charge_power_limit_kw") * 100)
    _put(body, 7, 2, _number(car, "discharge_power_limit_kw") * 100)
    body[9] = 0x01
    _put(body, 10, 2, -_number(car, "pack_current_a") * 10, signed=True)
    _put(body, 12, 2, _number(car, "pack_voltage_v") * 10)
    _put(body, 14, 1, probes.max(), signed=True)
    _put(body, 15, 1, probes.min(), signed=True)
    for i, celsius in enumerate(probes[:5]):
        _put(body, 16 + i, 1, celsius, signed=True)
    _put(body, 22, 1, _number(car, "pack_inlet_c") + 40)
    _put(body, 23, 1, _number(car, "cell_voltage_max_v") * 50)
    _put(body, 24, 1, _number(car, "cell_voltage_max_no"))
    _put(body, 25, 1, _number(car, "cell_voltage_min_v") * 50)
    _put(body, 26, 1, _number(car, "cell_voltage_min_no"))
    _put(body, 29, 1, _number(car, "lv_voltage_v") * 10)
    _put(body, 30, 4, _number(car, "charged_throughput_ah") * 10)
    _put(body, 34, 4, _number(car, "discharged_throughput_ah") * 10)
    _put(body, 38, 4, _number(car, "charged_energy_kwh") * 10)
    _put(body, 42, 4, _number(car, "discharged_energy_kwh") * 10)
    _put(body, 53, 2, _number(car, "motor_speed_rpm"), signed=True)
    return bytes(body)


def _page(car: Cells, base: int) -> bytes:
    """0102 and on: a bitmap of the cells present, then 32 of them in steps of 20 mV."""
    cells = car.cells_v()[base : base + 32]
    present = ((1 << len(cells)) - 1) << (32 - len(cells))
    steps = np.clip(np.round(cells * 50), 0, 255).astype(np.uint8)
    return present.to_bytes(4, "big") + steps.tobytes().ljust(32, b"\0")


def _health(car: Cells) -> bytes:
    """0105: health as the car sees it, displayed charge, module temperatures."""
    body, probes = bytearray(45), car.probes_c()
    soh = _number(car, "bms_soh_pct")
    for i in range(7):
        _put(body, 9 + i, 1, probes[i % len(probes)], signed=True)
    for i in range(4):
        _put(body, 39 + i, 1, probes[(7 + i) % len(probes)], signed=True)
    _put(body, 25, 2, soh * 10)
    _put(body, 27, 1, _number(car, "cell_voltage_min_no"))
    _put(body, 28, 2, soh * 10)
    _put(body, 30, 1, _number(car, "cell_voltage_min_no"))
    _put(body, 31, 1, _number(car, "soc_displayed_pct") * 2)
    return bytes(body)


def tyres(car: Readings) -> dict[int, Identifier]:
    """C00B of the tyre pressure monitor (7A0 -> 7A8): psi / 5 and °C + 50 per wheel."""

    def read() -> bytes:
        body = bytearray(24)
        for i, wheel in enumerate(WHEELS):
            _put(body, 4 + 5 * i, 1, _number(car, f"tyre_{wheel}_kpa") / _PSI * 5)
            _put(body, 5 + 5 * i, 1, _number(car, f"tyre_{wheel}_c") + 50)
        return bytes(body)

    return {0xC00B: read}


def cluster(car: Readings) -> dict[int, Identifier]:
    """B002 of the instrument cluster (7C6 -> 7CE): whole kilometres."""

    def read() -> bytes:
        body = bytearray(12)
        _put(body, 6, 3, _number(car, "odometer_m") // 1000)
        return bytes(body)

    return {0xB002: read}


def identification(vin: str) -> dict[int, Identifier]:
    """F190 of every unit."""
    return {0xF190: vin.encode}
