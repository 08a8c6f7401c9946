"""OBD-II modes 01, 03, 07, 09 and 0A (SAE J1979) to samples, codes and identity. Read only.

The table is standards' arithmetic: raw big-endian, value = raw * scale + offset. PIDs that begin
with a support byte or pack bits are marked by their start.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from firmware_contracts.signals import BY_NAME
from gateway.decode.field import Field
from gateway.frames import SignalSample

_P = 100 / 255
_TRIM = 100 / 128

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
BITMAPS = (0x00, 0x20, 0x40, 0x60, 0x80, 0xA0, 0xC0)
MONITOR_STATUS = 0x01

FIELDS = MappingProxyType(
    {
        pid: Field(signal=BY_NAME[name], start=start, size=size, scale=scale, offset=offset)
        for pid, _, name, start, size, scale, offset in _TABLE
    }
)
LENGTHS = MappingProxyType(
    {pid: length for pid, length, *_ in _TABLE} | dict.fromkeys(BITMAPS, 4) | {MONITOR_STATUS: 4}
)
_STATUS = (
    Field(signal=BY_NAME["mil_on"], start=0, bit=7),
    Field(signal=BY_NAME["readiness_bits"], start=0, size=4),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """A decoded mode-01 answer: samples, and the bitmaps it carried (base PID -> 32 bits)."""

    samples: tuple[SignalSample, ...] = ()
    bitmaps: tuple[tuple[int, int], ...] = ()
    unknown: tuple[int, ...] = ()


def current(pdu: bytes, t_ms: int) -> Current:
    """Decode `41 pid data pid data ...`; stops at a PID whose length is not known."""
    samples: list[SignalSample] = []
    bitmaps: list[tuple[int, int]] = []
    at = 1
    while at < len(pdu):
        pid, length = pdu[at], LENGTHS.get(pdu[at])
        body = pdu[at + 1 : at + 1 + (length or 0)]
        if length is None or len(body) < length:
            return Current(samples=tuple(samples), bitmaps=tuple(bitmaps), unknown=(pid,))
        if pid in BITMAPS:
            bitmaps.append((pid, int.from_bytes(body, "big")))
        else:
            samples += _values(pid, body, t_ms)
        at += 1 + length
    return Current(samples=tuple(samples), bitmaps=tuple(bitmaps))


def _values(pid: int, body: bytes, t_ms: int) -> list[SignalSample]:
    if pid == MONITOR_STATUS:
        read = [field.read(body, t_ms) for field in _STATUS]
        count = SignalSample(signal=BY_NAME["dtc_count"].id, t_ms=t_ms, value=float(body[0] & 0x7F))
        return [s for s in read if s is not None] + [count]
    sample = FIELDS[pid].read(body, t_ms)
    return [] if sample is None else [sample]


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
