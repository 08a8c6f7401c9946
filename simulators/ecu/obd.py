"""OBD-II answers of a simulated car (SAE J1979): values to bytes.

Only what the car has is announced in the supported bitmaps; nothing here writes or clears.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

_PCT = 100 / 255
_TRIM = 100 / 128
"""Per cent in a byte, and in a byte around its middle (SAE J1979)."""


class Readings(Protocol):
    """What the control units of a car can measure."""

    def value(self, name: str) -> float | None:
        """A signal by catalogue name, None where the car has none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pid:
    """raw = (value - offset) / scale, big-endian in `size` bytes, then padded to `length`."""

    signal: str
    size: int
    scale: float
    offset: float = 0.0
    length: int = 0

    def encode(self, value: float) -> bytes:
        """Bytes of a value; beyond the range the last step is given, as control units do."""
        raw = round((value - self.offset) / self.scale)
        raw = min(max(raw, 0), (1 << 8 * self.size) - 1)
        return raw.to_bytes(self.size, "big").ljust(self.length or self.size, b"\0")


PIDS = {
    0x03: Pid(signal="fuel_system_status", size=1, scale=1, length=2),
    0x04: Pid(signal="engine_load_pct", size=1, scale=_PCT),
    0x05: Pid(signal="coolant_temperature_c", size=1, scale=1, offset=-40),
    0x06: Pid(signal="stft1_pct", size=1, scale=_TRIM, offset=-100),
    0x07: Pid(signal="ltft1_pct", size=1, scale=_TRIM, offset=-100),
    0x0B: Pid(signal="map_kpa", size=1, scale=1),
    0x0C: Pid(signal="engine_speed_rpm", size=2, scale=0.25),
    0x0D: Pid(signal="vehicle_speed_kmh", size=1, scale=1),
    0x0E: Pid(signal="timing_advance_deg", size=1, scale=0.5, offset=-64),
    0x0F: Pid(signal="intake_temperature_c", size=1, scale=1, offset=-40),
    0x10: Pid(signal="maf_gs", size=2, scale=0.01),
    0x11: Pid(signal="throttle_pct", size=1, scale=_PCT),
    0x1F: Pid(signal="engine_runtime_s", size=2, scale=1),
    0x23: Pid(signal="rail_pressure_kpa", size=2, scale=10),
    0x2E: Pid(signal="evap_purge_pct", size=1, scale=_PCT),
    0x2F: Pid(signal="fuel_level_pct", size=1, scale=_PCT),
    0x33: Pid(signal="barometric_pressure_kpa", size=1, scale=1),
    0x3C: Pid(signal="catalyst_temperature_c", size=2, scale=0.1, offset=-40),
    0x42: Pid(signal="lv_voltage_v", size=2, scale=0.001),
    0x44: Pid(signal="lambda_commanded", size=2, scale=2 / 65536),
    0x46: Pid(signal="ambient_temperature_c", size=1, scale=1, offset=-40),
    0x49: Pid(signal="accelerator_pct", size=1, scale=_PCT),
    0x5B: Pid(signal="soc_displayed_pct", size=1, scale=_PCT),
    0x5C: Pid(signal="oil_temperature_c", size=1, scale=1, offset=-40),
    0x5E: Pid(signal="fuel_rate_lh", size=2, scale=0.05),
    0xA6: Pid(signal="odometer_m", size=4, scale=100),
}
_ALL = frozenset({"petrol", "diesel", "phev", "bev"})
_COMBUSTION = _ALL - {"bev"}
# Powertrains that measure a signal; those with an engine, where it is not listed.
_ONLY = {
    "vehicle_speed_kmh": _ALL, "barometric_pressure_kpa": _ALL, "lv_voltage_v": _ALL,
    "ambient_temperature_c": _ALL, "odometer_m": _ALL,
    "soc_displayed_pct": frozenset({"phev", "bev"}), "rail_pressure_kpa": frozenset({"diesel"}),
}  # fmt: skip
STATUS, STANDARD, FUEL_TYPE = 0x01, 0x1C, 0x51
_FUEL = {"petrol": 1, "diesel": 4, "phev": 17, "bev": 8}
_STANDARD_EOBD = 6
"""PID 1C: the car obeys EOBD."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What mode 09 says."""

    vin: str
    calibration: str
    powertrain: str


Codes = Callable[[], list[tuple[str, bool]]]


class Obd:
    """The OBD server of one control unit: request bytes in, answer bytes out, None for silence."""

    def __init__(self, readings: Readings, identity: Identity, codes: Codes) -> None:
        self._readings = readings
        self._identity = identity
        self._codes = codes
        self._modes: dict[int, Callable[[bytes], bytes | None]] = {
            0x01: self._current,
            0x03: lambda _: self._list(0x43, [c for c, confirmed in self._codes() if confirmed]),
            0x07: lambda _: self._list(0x47, [c for c, _ in self._codes()]),
            0x0A: lambda _: self._list(0x4A, [c for c, confirmed in self._codes() if confirmed]),
            0x09: self._info,
        }

    def answer(self, request: bytes) -> bytes | None:
        """The positive answer, or None where a legislated control unit stays silent."""
        handler = self._modes.get(request[0]) if request else None
        return None if handler is None else handler(request)

    def _current(self, request: bytes) -> bytes | None:
        parts = [self._pid(pid) for pid in request[1:7]]
        body = b"".join(part for part in parts if part)
        return b"\x41" + body if body else None

    def _pid(self, pid: int) -> bytes:
        if pid % 0x20 == 0:
            bits = self.bitmap(pid)
            return bytes([pid]) + bits.to_bytes(4, "big") if bits else b""
        if pid == STATUS:
            return bytes([pid]) + self._status()
        if pid in (STANDARD, FUEL_TYPE):
            fuel = _FUEL[self._identity.powertrain]
            return bytes([pid, _STANDARD_EOBD if pid == STANDARD else fuel])
        value = self._readings.value(PIDS[pid].signal) if pid in PIDS else None
        return b"" if value is None else bytes([pid]) + PIDS[pid].encode(value)

    def supported(self) -> set[int]:
        """PIDs this car answers, by what it can measure at all."""
        have = {pid for pid, how in PIDS.items() if self._has(how.signal)}
        return have | {STATUS, STANDARD, FUEL_TYPE}

    def _has(self, signal: str) -> bool:
        powertrain = self._identity.powertrain
        return powertrain in _ONLY.get(signal, _COMBUSTION)

    def bitmap(self, base: int) -> int:
        """Bits base+1 (most significant) to base+0x20; the last says that the next one exists."""
        have = self.supported()
        bits = sum(1 << (32 - i) for i in range(1, 32) if base + i in have)
        return bits | int(any(pid > base + 0x20 for pid in have))

    def _status(self) -> bytes:
        stored = sum(1 for _, confirmed in self._codes() if confirmed)
        spark = self._identity.powertrain != "diesel"
        return bytes([(0x80 if stored else 0) | stored, 0x07 if spark else 0x0F, 0xE1, 0x00])

    def _list(self, mode: int, codes: list[str]) -> bytes:
        return bytes([mode, len(codes)]) + b"".join(code_bytes(code) for code in codes)

    def _info(self, request: bytes) -> bytes | None:
        kind = request[1] if len(request) > 1 else 0
        texts = {
            0x02: self._identity.vin.encode(),
            0x04: self._identity.calibration.encode().ljust(16, b"\0"),
            0x0A: b"ECM\0-VigilDemo".ljust(20, b"\0"),
        }
        if kind == 0x00:
            return b"\x49\x00" + sum(1 << (32 - i) for i in texts).to_bytes(4, "big")
        return bytes([0x49, kind, 1]) + texts[kind] if kind in texts else None


def code_bytes(code: str) -> bytes:
    """Two bytes of a trouble code.

    >>> code_bytes("P0128").hex()
    '0128'
    """
    return ("PCBU".index(code[0]) << 14 | int(code[1]) << 12 | int(code[2:], 16)).to_bytes(2, "big")
