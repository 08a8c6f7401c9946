"""`codec.unseal_all` says of every message exactly what `codec.unseal` says of it alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firmware_contracts import codec
from firmware_contracts import telemetry_pb2 as pb
from firmware_contracts.columns import blocks_of
from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import Clock, Origin, Packed, TelemetryBatch

LAYOUTS = (
    ("vehicle_speed_kmh", "odometer_m", "soc_pct"),
    ("vehicle_speed_kmh", "alarm_bits", "lv_voltage_v", "ignition_on"),
)


def sealed(seed: int, layout: int, rows: int, *, nulls: bool, cells: bool, uneven: bool) -> bytes:
    dice = np.random.default_rng(seed)
    signals = [BY_NAME[name] for name in LAYOUTS[layout]]
    steps = dice.integers(-3, 4, (rows, len(signals))) * dice.integers(0, 2, len(signals))
    raw = np.clip(np.cumsum(steps, axis=0) + 40, 0, [s.raw_high for s in signals])
    if seed % 5 == 0 and rows:
        raw[-1, 1] = signals[1].raw_high  # a jump too large for its code
    values = raw / np.round(1 / np.array([s.scale for s in signals]))
    reasons = np.zeros(values.shape, np.uint8)
    if nulls and rows:
        reasons[rows // 2, 0] = Reason.INVALID
        values[rows // 2, 0] = np.nan
    real, wide = blocks_of(signals, values, reasons)
    ticks = np.arange(rows, dtype=np.int64) * 1000
    if uneven:
        ticks += np.cumsum(dice.integers(0, 9, rows))
    packed = Packed(
        rows=np.arange(rows, dtype=np.int32),
        values=dice.integers(3000, 4000, (rows, 5)).astype(np.int16),
        reasons=np.zeros((rows, 5), np.uint8),
    )
    batch = TelemetryBatch(
        stream=bytes(16),
        seq=seed,
        boot=bytes(16),
        origin=Origin.LIVE,
        clock=Clock.UTC,
        ticks_ms=ticks,
        real=real,
        wide=wide,
        cells=packed if cells else None,
    )
    return codec.seal(codec.encode(batch))


def spoilt(payload: bytes, how: str) -> bytes:
    envelope = pb.Payload.FromString(payload)
    body = pb.Body.FromString(envelope.body or codec.unseal(payload).body)
    if how == "bits":
        body.residuals.bits = body.residuals.bits[: len(body.residuals.bits) // 2]
    elif how == "range" and body.dense.bases:
        body.dense.bases[0] = 1 << 40
    elif how == "bases":
        body.dense.bases.append(1)
    elif how == "more":
        body.residuals.bits = body.residuals.bits + b"\xff"
    elif how == "major":
        body.major = 99
    else:
        return payload[: len(payload) // 2]
    return pb.Payload(body=body.SerializeToString(deterministic=True)).SerializeToString()


messages = st.builds(
    sealed,
    st.integers(0, 1000),
    st.integers(0, 1),
    st.sampled_from((0, 1, 2, 10, 10, 10)),
    nulls=st.booleans(),
    cells=st.booleans(),
    uneven=st.booleans(),
)
spoilt_messages = st.builds(
    spoilt, messages, st.sampled_from(("bits", "range", "bases", "more", "major", "cut"))
)


def said(found: codec.Sealed) -> list[object]:
    """Everything a message holds, arrays as their bytes and types."""

    def flat(value: object) -> object:
        if isinstance(value, np.ndarray):
            return value.dtype.str, value.shape, value.tobytes()
        if dataclasses.is_dataclass(value):
            return [flat(getattr(value, f.name)) for f in dataclasses.fields(value)]
        return value

    return [flat(found.batch), flat(found.anchor), found.digest, found.body]


def alone(payload: bytes) -> object:
    try:
        return said(codec.unseal(payload))
    except Exception as problem:
        return type(problem), str(problem)


def together(payloads: Sequence[bytes]) -> list[object]:
    return [
        (type(one), str(one)) if isinstance(one, Exception) else said(one)
        for one in codec.unseal_all(payloads)
    ]


@given(st.lists(messages, max_size=12))
def test_unseal_all_of_good_messages_gives_what_unseal_gives(payloads: list[bytes]) -> None:
    assert together(payloads) == [alone(payload) for payload in payloads]


@given(st.lists(messages | spoilt_messages, max_size=12))
def test_unseal_all_keeps_a_spoilt_message_from_its_neighbours(payloads: list[bytes]) -> None:
    assert together(payloads) == [alone(payload) for payload in payloads]


def test_unseal_all_of_nothing_is_nothing() -> None:
    assert codec.unseal_all([]) == []
