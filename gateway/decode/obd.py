"""OBD-II modes 01, 03, 07, 09 and 0A (SAE J1979) to samples, codes and identity. Read only.

The table is standards' arithmetic: raw big-endian, value = raw * scale + offset. PIDs that begin
with a support byte or pack bits are marked by their start.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import or_
from types import MappingProxyType

from firmware_contracts.signals import BY_NAME
from gateway.decode import j1979
from gateway.decode.field import Field
from gateway.decode.j1979 import BITMAPS
from gateway.frames import SignalSample

_P = 100 / 255
_TRIM = 100 / 128
"""Per cent in a byte, and in a byte around its middle (SAE J1979)."""

# pid, bytes of the answer, signal, start, size, scale, offset
_TABLE: tuple[tuple[int, int, str, int, int, float, float], ...] = (
    (0x03, 2, "fuel_system_status", 0, 1, 1, 0),
    (0x04, 1, "engine_load_pct", 0, 1, _P, 0),
    (0x05, 1, "coolant_temperature_c", 0, 1, 1, -40),
    (0x06, 1, "stft1_pct", 0, 1, _TRIM, -100),
    (0x07, 1, "ltft1_pct", 0, 1, _TRIM, -100),
    (0x08, 1, "stft2_pct", 0, 1, _TRIM, -100),
    (0x09, 1, "ltft2_pct", 0, 1, _TRIM, -100),
    (0x0B, 1, "map_kpa", 0, 1, 1, 0),
    (0x0C, 2, "engine_speed_rpm", 0, 2, 0.25, 0),
    (0x0D, 1, "vehicle_speed_kmh", 0, 1, 1, 0),
    (0x0E, 1, "timing_advance_deg", 0, 1, 0.5, -64),
    (0x0F, 1, "intake_temperature_c", 0, 1, 1, -40),
    (0x10, 2, "maf_gs", 0, 2, 0.01, 0),
    (0x11, 1, "throttle_pct", 0, 1, _P, 0),
    (0x15, 2, "narrow_o2_b1s2_v", 0, 1, 0.005, 0),
    (0x1F, 2, "engine_runtime_s", 0, 2, 1, 0),
    (0x21, 2, "distance_mil_km", 0, 2, 1, 0),
    (0x23, 2, "rail_pressure_kpa", 0, 2, 10, 0),
    (0x24, 4, "wide_lambda_b1s1", 0, 2, 2 / 65536, 0),
    (0x2C, 1, "egr_pct", 0, 1, _P, 0),
    (0x2E, 1, "evap_purge_pct", 0, 1, _P, 0),
    (0x2F, 1, "fuel_level_pct", 0, 1, _P, 0),
    (0x30, 1, "warmups_cleared", 0, 1, 1, 0),
    (0x31, 2, "distance_cleared_km", 0, 2, 1, 0),
    (0x33, 1, "barometric_pressure_kpa", 0, 1, 1, 0),
    (0x34, 4, "wide_lambda_b1s1", 0, 2, 2 / 65536, 0),
    (0x3C, 2, "catalyst_temperature_c", 0, 2, 0.1, -40),
    (0x42, 2, "lv_voltage_v", 0, 2, 0.001, 0),
    (0x44, 2, "lambda_commanded", 0, 2, 2 / 65536, 0),
    (0x46, 1, "ambient_temperature_c", 0, 1, 1, -40),
    (0x49, 1, "accelerator_pct", 0, 1, _P, 0),
    (0x59, 2, "rail_pressure_kpa", 0, 2, 10, 0),
    (0x5B, 1, "soc_displayed_pct", 0, 1, _P, 0),
    (0x5C, 1, "oil_temperature_c", 0, 1, 1, -40),
    (0x5E, 2, "fuel_rate_lh", 0, 2, 0.05, 0),
    (0x62, 1, "engine_torque_pct", 0, 1, 1, -125),
    (0xA6, 4, "odometer_m", 0, 4, 100, 0),
    (0xB2, 1, "bms_soh_pct", 0, 1, _P, 0),
)
MONITOR_STATUS = 0x01

FIELDS = MappingProxyType(
    {
        pid: Field(signal=BY_NAME[name], start=start, size=size, scale=scale, offset=offset)
        for pid, _, name, start, size, scale, offset in _TABLE
    }
)
# pid, bit of its support byte, signal, start, size, scale, offset
_GUARDED: tuple[tuple[int, int, str, int, int, float, float], ...] = (
    (0x66, 0, "maf_gs", 1, 2, 1 / 32, 0),
    (0x67, 0, "coolant_temperature_c", 1, 1, 1, -40),
    (0x68, 0, "intake_temperature_c", 1, 1, 1, -40),
    (0x70, 1, "boost_pressure_kpa", 3, 2, 1 / 32, 0),
    (0x7F, 0, "engine_hours_h", 1, 4, 1 / 3600, 0),
    (0x9A, 1, "pack_voltage_v", 2, 2, 1 / 64, 0),
)
GUARDED = MappingProxyType(
    {
        pid: (bit, Field(signal=BY_NAME[name], start=start, size=size, scale=scale, offset=offset))
        for pid, bit, name, start, size, scale, offset in _GUARDED
    }
)
"""PIDs whose first byte says which of the following values the car supports at all."""
_STATUS = (
    Field(signal=BY_NAME["mil_on"], start=0, bit=7),
    Field(signal=BY_NAME["readiness_bits"], start=0, size=4),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """A decoded mode-01 answer: samples, the bitmaps it carried (base PID -> 32 bits), the PIDs
    that it answered, and the one at which it could not be read on."""

    samples: tuple[SignalSample, ...] = ()
    bitmaps: tuple[tuple[int, int], ...] = ()
    answered: frozenset[int] = frozenset()
    unknown: int | None = None


def current(pdu: bytes, t_ms: int) -> Current:
    """Decode `41 pid data pid data ...`; stops at a PID whose length is not known."""
    pairs, unknown = j1979.split(pdu[1:])
    samples = [s for pid, body in pairs for s in values(pid, body, t_ms)]
    bitmaps = [(pid, int.from_bytes(body, "big")) for pid, body in pairs if pid in BITMAPS]
    return Current(
        samples=tuple(samples),
        bitmaps=tuple(bitmaps),
        answered=frozenset(pid for pid, _ in pairs),
        unknown=unknown,
    )


def values(pid: int, body: bytes, t_ms: int) -> list[SignalSample]:
    """Samples of one PID's bytes; empty for those that no signal of the catalogue stands for."""
    if pid == MONITOR_STATUS:
        return list(monitor_status([body], t_ms))
    if pid in GUARDED:
        bit, guarded = GUARDED[pid]
        read = guarded.read(body, t_ms) if body and body[0] >> bit & 1 else None
    else:
        read = FIELDS[pid].read(body, t_ms) if pid in FIELDS else None
    return [] if read is None else [read]


def monitor_status(bodies: Iterable[bytes], t_ms: int) -> Iterator[SignalSample]:
    """Lamp, number of codes and readiness of a whole car from PID 01 of each of its units.

    The lamp burns where one unit wants it, codes add up, a monitor is supported where one unit
    has it and incomplete where it is so in one.
    """
    whole = [b for b in bodies if len(b) >= 4]
    if not whole:
        return
    merged = bytearray(functools.reduce(lambda a, b: bytes(map(or_, a, b)), (b[:4] for b in whole)))
    count = min(sum(b[0] & 0x7F for b in whole), 0x7F)
    merged[0] = merged[0] & 0x80 | count
    yield from (s for s in (f.read(bytes(merged), t_ms) for f in _STATUS) if s is not None)
    yield SignalSample(signal=BY_NAME["dtc_count"].id, t_ms=t_ms, value=float(count))


def supported(base: int, bits: int) -> frozenset[int]:
    """PIDs a bitmap announces: its most significant bit is base + 1."""
    return frozenset(base + 1 + i for i in range(32) if bits >> (31 - i) & 1)


def trouble_codes(pdu: bytes) -> tuple[str, ...]:
    """Codes of a mode 03, 07 or 0A answer on CAN: `43 n d1h d1l ...`; 0000 is padding."""
    pairs = pdu[2 : 2 + 2 * pdu[1]] if len(pdu) > 1 else b""
    codes = (int.from_bytes(pairs[i : i + 2], "big") for i in range(0, len(pairs) - 1, 2))
    return tuple(code_text(code) for code in codes if code)


def code_text(code: int) -> str:
    """Text of a two-byte code (bits 15-14 letter, 13-12 first digit, then three hex digits).

    >>> code_text(0x0171), code_text(0xC100)
    ('P0171', 'U0100')
    """
    return f"{'PCBU'[code >> 14]}{code >> 12 & 3}{code & 0xFFF:03X}"


def vin(pdu: bytes) -> str | None:
    """The VIN of a mode 09 PID 02 answer; None when it is not 17 plain characters."""
    text = pdu[3:].strip(b"\x00 ").decode("ascii", "replace")
    return text if len(text) == 17 and text.isalnum() else None
