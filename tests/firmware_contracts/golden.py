"""What each golden vector means; `python -m tests.firmware_contracts.golden` writes new ones.

The files are the contract with other implementations: they are written once and then only added to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from google.protobuf.message import Message

from firmware_contracts import codec
from firmware_contracts import telemetry_pb2 as pb
from firmware_contracts.annotate import annotate
from firmware_contracts.clock import Hello, TimeReply
from firmware_contracts.events import Event, EventKind
from firmware_contracts.receipts import Receipt, Refusal
from firmware_contracts.records import Crank
from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import (
    PACKED_NULL,
    Anchor,
    Burst,
    Clock,
    Gap,
    Packed,
    Sparse,
    TelemetryBatch,
)

from .batches import BOOT, STREAM, batch, of_signals

FOLDER = Path(codec.__file__).with_name("vectors")


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One file: its message type, its meaning in words, what it decodes to, and its writer."""

    kind: type[Message]
    meaning: str
    value: object
    write: Callable[[object], bytes]

    def annotated(self, data: bytes) -> str:
        """The bytes of a message of this type with their meaning beside them."""
        return annotate(data, self.kind.DESCRIPTOR)  # type: ignore[arg-type]


def _dense() -> TelemetryBatch:
    speed, odometer, mil = (BY_NAME[n] for n in ("vehicle_speed_kmh", "odometer_m", "mil_on"))
    raw = np.array([[50500, 12345678, 1], [0, 12345690, 1], [51000, 12345702, 1]])
    why = np.array([[0, 0, 0], [int(Reason.STALE), 0, 0], [0, 0, 0]], np.uint8)
    return of_signals((speed, odometer, mil), raw, reasons=why)


def _cells() -> TelemetryBatch:
    values = np.array([[3701, 3700, 3702, 3640], [3698, 3697, PACKED_NULL, 3637]], np.int16)
    why = np.where(values == PACKED_NULL, int(Reason.INVALID), 0).astype(np.uint8)
    table = Packed(rows=np.array([0, 2], np.int32), values=values, reasons=why)
    return batch(
        ticks_ms=np.array([1000, 2000, 3500], np.int64), clock=Clock.MONOTONIC, cells=table
    )


def _burst() -> TelemetryBatch:
    volts = np.array([12.6, 9.8, np.nan, 10.1, 12.4], np.float32)
    burst = Burst(
        signal=BY_NAME["lv_voltage_v"].id,
        start_ms=5,
        period_us=10_000,
        values=volts,
        trigger="crank",
    )
    return batch(bursts=(burst,))


def _facts() -> TelemetryBatch:
    return batch(
        ticks_ms=np.array([], np.int64),
        events=(
            Event(
                kind=EventKind.DTC,
                t_ms=1_700_000_000_000,
                code="P0128",
                component="ecu_7E8",
                level=1,
            ),
            Event(kind=EventKind.ALARM, t_ms=1_700_000_000_500, level=3, active=False),
        ),
        records=(Crank(start_ms=1000, end_ms=1800, min_v=9.8, started=True),),
        gaps=(Gap(stream=STREAM, first=3, last=5),),
        labels={"source": "example"},
    )


def _sparse() -> TelemetryBatch:
    triples = Sparse(
        rows=np.array([0, 0], np.int32),
        signals=np.array([70_000, 70_001], np.uint32),
        values=np.array([1.5, -2.0]),
    )
    return batch(sparse=triples)


def _body(meaning: str, value: TelemetryBatch) -> Vector:
    return Vector(kind=pb.Body, meaning=meaning, value=value, write=codec.encode)  # type: ignore[arg-type]


_ANCHOR = Anchor(boot=BOOT, offset_ms=1_700_000_000_000, quality_ms=40)
_RECEIPT = Receipt(store_epoch=2, closed={STREAM: ((3, 5), (9, 9))})
_REFUSAL = Receipt(
    store_epoch=2,
    closed={},
    refused=(Refusal(stream=STREAM, ranges=((6, 6),), reason="value_refused"),),
    renew=(BOOT,),
    recovered_to_ms=1_700_000_000_000,
)
VECTORS = {
    "body_empty": _body("one tick, nothing read", batch()),
    "body_dense": _body(
        "three ticks: speed 50.5, stale, 51 km/h; odometer 12345678 m and 12 m more each second; "
        "lamp on",
        _dense(),
    ),
    "body_cells": _body(
        "three irregular monotonic ticks; the 1st and 3rd have four cells, one of them invalid",
        _cells(),
    ),
    "body_burst": _body("five samples of the 12 V net at 100 Hz, the third missing", _burst()),
    "body_facts": _body("no tick; two events, a start of the engine, a gap, a label", _facts()),
    "body_sparse": _body("two readings of signals that no catalogue knows yet", _sparse()),
    "payload": Vector(
        kind=pb.Payload,
        meaning="what MQTT carries: body_empty as it is, its anchor, drained late",
        value=_ANCHOR,
        write=lambda anchor: codec.seal(codec.encode(batch()), anchor, backfill=True),  # type: ignore[arg-type]
    ),
    "receipt": Vector(
        kind=pb.Down,
        meaning="store epoch 2: sequences 3 to 5 and 9 are stored",
        value=_RECEIPT,
        write=codec.encode_down,  # type: ignore[arg-type]
    ),
    "refusal": Vector(
        kind=pb.Down,
        meaning="6 is refused for good, another stream is to be renewed, restored up to a moment",
        value=_REFUSAL,
        write=codec.encode_down,  # type: ignore[arg-type]
    ),
    "time": Vector(
        kind=pb.Down,
        meaning="the answer to a hello at 5000 ms of this boot",
        value=TimeReply(boot=BOOT, mono_ms=5000, utc_ms=1_700_000_000_000),
        write=codec.encode_down,  # type: ignore[arg-type]
    ),
    "hello": Vector(
        kind=pb.Birth,
        meaning="birth of a boot that does not know the time",
        value=Hello(
            boot=BOOT,
            mono_ms=5000,
            versions={"gateway": "1"},
            streams={"telemetry": STREAM},
            unsupported=(26,),
            profile="demo",
            evicted=3,
        ),
        write=codec.encode_hello,  # type: ignore[arg-type]
    ),
}


def main() -> None:
    """Write the vectors that are not there yet; those that are stay as they are."""
    for name, vector in VECTORS.items():
        path = FOLDER / f"{name}.txt"
        if not path.exists():
            data = vector.write(vector.value)
            path.write_text(f"# {vector.meaning}\n{vector.annotated(data)}")


if __name__ == "__main__":
    main()
