"""OBD-II beside current values: frozen frames (02), monitor results (06), identity (09), and the
same over UDS (J1979-2). Read only.

    42 pid frame data                       what the car did when a code was set
    46 {mid tid unit value2 min2 max2}*     results of the on-board monitors
    49 02 n VIN   49 04 n {calibration 16}*   49 06 n {check number 4}*   49 0A n name20
    62 F4pid data                           mode 01 as an identifier
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.decode import obd
from gateway.decode.j1979 import LENGTHS
from gateway.frames import SignalSample

CAUSE = 0x02
"""The PID of a frozen frame that names the code it was kept for."""
CALIBRATIONS, CHECK_NUMBERS, UNIT_NAME, USE_SPARK, USE_COMPRESSION = 0x04, 0x06, 0x0A, 0x08, 0x0B
_CALIBRATION, _CHECK_NUMBER, _COUNTER, _RESULT = 16, 4, 2, 9
_SIGNED_FROM = 0x80
"""Unit and scaling ids from here on are of signed numbers (J1979 appendix E)."""
ON_UDS = 0xF400
"""Data identifiers F400-F4FF are the PIDs (SAE J1979-2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """One PID of a frozen frame; `code` only where it is the cause."""

    frame: int
    samples: tuple[SignalSample, ...] = ()
    code: str | None = None


def frozen(pdu: bytes, t_ms: int) -> Frozen | None:
    """An answer to mode 02 for one PID; None where it is none or the unit kept no frame."""
    if len(pdu) < 4 or pdu[0] != 0x42:
        return None
    pid, frame, body = pdu[1], pdu[2], pdu[3:]
    if pid == CAUSE:
        number = int.from_bytes(body[:2], "big")
        return Frozen(frame=frame, code=obd.code_text(number)) if number else None
    if not any(len(body) >= n for n in LENGTHS.get(pid, ())):
        return None
    return Frozen(frame=frame, samples=tuple(obd.values(pid, body, t_ms)))


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorResult:
    """One test of one monitor; numbers are raw, in the unit that `unit` names."""

    monitor: int
    test: int
    unit: int
    value: int
    low: int
    high: int

    @property
    def passed(self) -> bool:
        """Within its limits."""
        return self.low <= self.value <= self.high


def monitor_results(pdu: bytes) -> tuple[MonitorResult, ...]:
    """Results of mode 06 on CAN; a bitmap of monitors or a torn end gives none."""
    body = pdu[1:] if pdu[:1] == b"\x46" else b""
    parts = (body[i : i + _RESULT] for i in range(0, len(body) - _RESULT + 1, _RESULT))
    return tuple(_result(part) for part in parts)


def _result(part: bytes) -> MonitorResult:
    signed = part[2] >= _SIGNED_FROM
    value, low, high = (int.from_bytes(part[i : i + 2], "big", signed=signed) for i in (3, 5, 7))
    return MonitorResult(
        monitor=part[0], test=part[1], unit=part[2], value=value, low=low, high=high
    )


def calibrations(pdu: bytes) -> tuple[str, ...]:
    """Calibration ids of a unit: they tell that its software changed."""
    return tuple(filter(None, (_text(p) for p in _items(pdu, CALIBRATIONS, _CALIBRATION))))


def check_numbers(pdu: bytes) -> tuple[str, ...]:
    """Calibration verification numbers in hexadecimal."""
    return tuple(p.hex().upper() for p in _items(pdu, CHECK_NUMBERS, _CHECK_NUMBER))


def unit_name(pdu: bytes) -> str:
    """What a unit calls itself; empty where it does not say."""
    return _text(pdu[3:23]) if pdu[:2] == bytes((0x49, UNIT_NAME)) else ""


def in_use_counters(pdu: bytes) -> tuple[int, ...]:
    """How often monitors could run and did, in the order of J1979."""
    for info in (USE_SPARK, USE_COMPRESSION):
        items = _items(pdu, info, _COUNTER)
        if items:
            return tuple(int.from_bytes(p, "big") for p in items)
    return ()


def on_uds(pdu: bytes, t_ms: int) -> list[SignalSample]:
    """Samples of a PID that was read as identifier F400 + PID; empty for other identifiers."""
    if len(pdu) < 4 or pdu[0] != 0x62 or int.from_bytes(pdu[1:3], "big") & 0xFF00 != ON_UDS:
        return []
    pid, body = pdu[2], pdu[3:]
    return obd.values(pid, body, t_ms) if any(len(body) >= n for n in LENGTHS.get(pid, ())) else []


def _items(pdu: bytes, info: int, size: int) -> list[bytes]:
    body = pdu[3:] if len(pdu) > 3 and pdu[0] == 0x49 and pdu[1] == info else b""
    return [body[i : i + size] for i in range(0, len(body) - size + 1, size)]


def _text(raw: bytes) -> str:
    return "".join(chr(b) for b in raw if 32 <= b < 127).strip()
