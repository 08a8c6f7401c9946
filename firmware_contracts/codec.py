"""A TelemetryBatch as bytes and back. Pure: no clock, no socket, no state between calls.

    encode   batch   -> body             what the outbox keeps
    seal     body    -> MQTT payload     compressed where it pays, anchor beside the body
    unseal   payload -> Sealed           batch, anchor, digest of the content, body as it came
    peek     payload -> (stream, seq)    of a payload that cannot be unsealed, where readable

Hello, receipts and time replies: `encode_hello`, `encode_down` and their inverses.
Every refusal is a ContractError.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from firmware_contracts import facts
from firmware_contracts import telemetry_pb2 as pb
from firmware_contracts.down import decode_down, decode_hello, encode_down, encode_hello
from firmware_contracts.errors import ContractError, TooLarge, Unreadable, UnsupportedMajor
from firmware_contracts.packing import dense, packs, series, together
from firmware_contracts.packing.dense import Columns
from firmware_contracts.packing.rice import Reader, Writer
from firmware_contracts.signal import Signal
from firmware_contracts.signals import CELL_VOLTAGE, PROBE_TEMPERATURE
from firmware_contracts.telemetry import (
    WIRE_MAJOR,
    Anchor,
    Block,
    Clock,
    Int64,
    Origin,
    Packed,
    Sparse,
    TelemetryBatch,
)
from firmware_contracts.wire import (
    MAX_BODY,
    MAX_PAYLOAD,
    MOST,
    MOST_TRIPLES,
    MOST_UNKNOWN,
    parse,
    squeeze,
    unsqueeze,
)

__all__ = [
    "MAX_BODY",
    "MAX_PAYLOAD",
    "Sealed",
    "boot_of",
    "decode_down",
    "decode_hello",
    "digest",
    "encode",
    "encode_down",
    "encode_hello",
    "peek",
    "restream",
    "seal",
    "unseal",
    "unseal_all",
]

_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sealed:
    """What a payload held. `digest` is 16 bytes over the content: equal however it was coded."""

    batch: TelemetryBatch
    anchor: Anchor | None
    digest: bytes
    body: bytes


def encode(batch: TelemetryBatch) -> bytes:
    """The body. Raises ValueRefused for a value its signal cannot carry, TooLarge beyond 16 MiB."""
    body, rice = pb.Body(), Writer()
    _write_head(batch, body)
    series.write_ticks(batch.ticks_ms, body.ticks, rice)
    dense.write(dense.from_blocks(batch.real, batch.wide, batch.rows), body.dense, rice)
    for signal, packed, out in (
        (CELL_VOLTAGE, batch.cells, body.cells),
        (PROBE_TEMPERATURE, batch.probes, body.probes),
    ):
        if packed is not None:
            packs.check(signal, packed, batch.rows)
            packs.write(packed, batch.rows, out, rice)
    for burst in batch.bursts:
        series.write_burst(burst, body.bursts.add(), rice)
    if batch.sparse is not None:
        series.write_sparse(batch.sparse, batch.rows, body.sparse)
    _write_facts(batch, body)
    check_amounts(body)
    parameters, bits, escapes = rice.finish()
    body.residuals.parameters, body.residuals.bits = parameters, bits
    body.residuals.escapes.extend(escapes)
    return _bounded(body.SerializeToString(deterministic=True), MAX_BODY)


def _write_head(batch: TelemetryBatch, body: pb.Body) -> None:
    body.major, body.minor = batch.major, batch.minor
    body.catalogue = 0 if batch.catalogue == 1 else batch.catalogue
    body.stream, body.seq, body.boot = batch.stream, batch.seq, batch.boot
    body.scheme, body.clock = batch.scheme, batch.clock
    body.origin = 0 if batch.origin == Origin.LIVE else batch.origin
    body.labels.update(batch.labels)


def _write_facts(batch: TelemetryBatch, body: pb.Body) -> None:
    for event in batch.events:
        facts.write_event(event, body.events.add())
    for record in batch.records:
        facts.write_record(record, body.records.add())
    for gap in batch.gaps:
        facts.write_gap(gap, body.gaps.add())


def _bounded(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise TooLarge(f"{len(data)} bytes, at most {limit}: put fewer rows into one batch")
    return data


def check_amounts(body: pb.Body) -> None:
    """TooLarge where a batch says more than a car can mean, before any of it is read: a small
    message must not cost its reader seconds or millions of rows."""
    for name, most in MOST.items():
        count = len(getattr(body, name))
        if count > most:
            raise TooLarge(f"{count} {name}, at most {most}: put them into several batches")
    if len(body.sparse.rows) > MOST_TRIPLES:
        raise TooLarge(f"{len(body.sparse.rows)} sparse values, at most {MOST_TRIPLES}")
    if len(set(body.sparse.signals)) > MOST_UNKNOWN:
        raise TooLarge(f"more than {MOST_UNKNOWN} unknown signals in one batch")
    if len(body.dense.definitions) > MOST_UNKNOWN:
        raise TooLarge(f"more than {MOST_UNKNOWN} foreign columns in one batch")


def seal(body: bytes, anchor: Anchor | None = None, *, backfill: bool = False) -> bytes:
    """The MQTT payload of a body. `backfill` marks what was drained late from an outbox.

    `anchor` may be added, or become better, at every sending: it is no part of the digest.
    """
    payload = pb.Payload(backfill=backfill)
    frame = squeeze(body)
    if frame is None:
        payload.body = body
    else:
        payload.zstd = frame
    if anchor is not None:
        payload.anchor.offset_ms, payload.anchor.quality_ms = anchor.offset_ms, anchor.quality_ms
        if anchor.boot != _head(body).boot:
            payload.anchor.boot = anchor.boot
    return _bounded(payload.SerializeToString(deterministic=True), MAX_PAYLOAD)


def _head(body: bytes) -> pb.Key:
    return parse(pb.Key, body, MAX_BODY)


def unseal(payload: bytes) -> Sealed:
    """Everything a payload holds. Raises Unreadable, UnsupportedMajor, TooLarge, ValueRefused."""
    return _finish(_opened(payload))


def unseal_all(payloads: Sequence[bytes]) -> list[Sealed | Exception]:
    """`unseal` of each; an exception in the place of a message for which it would be raised.

    Messages of one layout are decoded together: a fleet says the same signals again and again.
    """
    opened = [_tried(_opened, payload) for payload in payloads]
    good = [one for one in opened if isinstance(one, _Opened)]
    together.decode_residuals([one.rice for one in good])
    ready = [one for one in good if one.rice.decoded]
    for one in ready:
        one.read_ticks()
    dense_blocks = together.read_dense([(one.block, one.rice) for one in ready])
    for one, found in zip(ready, dense_blocks, strict=True):
        one.dense = found
    return [one if isinstance(one, Exception) else _tried(_finish, one) for one in opened]


def _tried(step: Callable[[_In], _Out], given: _In) -> _Out | Exception:
    """What the step gives, or why it cannot: what senders can cause, nothing else."""
    try:
        return step(given)
    except (ContractError, ValueError, ArithmeticError) as problem:
        return problem


@dataclass(slots=True, kw_only=True, eq=False)
class _Opened:
    """A payload whose parts are announced; `ticks_ms` and `dense` where they are read already."""

    envelope: pb.Payload
    data: bytes
    body: pb.Body
    rice: Reader
    ticks: series.TicksReader
    block: dense.DenseReader
    cells: packs.PackedReader | None
    probes: packs.PackedReader | None
    bursts: list[series.BurstReader]
    ticks_ms: Int64 | None = None
    dense: together.Dense | None = None

    def read_ticks(self) -> None:
        """The times, which lie before the dense block."""
        self.ticks_ms = self.ticks.ticks(self.rice)
        self.rice.mark()


def _opened(payload: bytes) -> _Opened:
    envelope = parse(pb.Payload, payload)
    data = _body(envelope)
    body = parse(pb.Body, data, MAX_BODY)
    if body.major > WIRE_MAJOR:
        raise UnsupportedMajor(f"major {body.major}; this reader knows up to {WIRE_MAJOR}")
    if body.major < 1:
        raise Unreadable("no major: not a batch")
    check_amounts(body)
    rice = Reader(body.residuals.parameters, body.residuals.bits, body.residuals.escapes)
    return _Opened(
        envelope=envelope,
        data=data,
        body=body,
        rice=rice,
        ticks=series.TicksReader(body.ticks, rice),
        block=dense.DenseReader(body.dense, body.ticks.rows, rice),
        cells=_announce(body, "cells", rice),
        probes=_announce(body, "probes", rice),
        bursts=[series.BurstReader(message, rice) for message in body.bursts],
    )


def _finish(opened: _Opened) -> Sealed:
    batch, content = _read(opened)
    if opened.envelope.backfill and batch.origin is Origin.LIVE:
        batch = dataclasses.replace(batch, origin=Origin.BACKFILL)
    return Sealed(
        batch=batch,
        anchor=_anchor(opened.envelope, batch),
        digest=_digest(batch, *content),
        body=opened.data,
    )


def _body(envelope: pb.Payload) -> bytes:
    if envelope.zstd:
        return unsqueeze(envelope.zstd)
    if not envelope.body:
        raise Unreadable("a payload without a body")
    return envelope.body


def _anchor(envelope: pb.Payload, batch: TelemetryBatch) -> Anchor | None:
    if not envelope.HasField("anchor"):
        return None
    bits = envelope.anchor
    if bits.boot and len(bits.boot) != 16:
        raise Unreadable(f"anchor boot of {len(bits.boot)} bytes; it needs 16")
    return Anchor(
        boot=bits.boot or batch.boot, offset_ms=bits.offset_ms, quality_ms=bits.quality_ms
    )


def _read(opened: _Opened) -> tuple[TelemetryBatch, tuple[Columns, Sparse | None]]:
    """The batch, and dense columns and triples as the sender wrote them (for the digest)."""
    body, rice, rows = opened.body, opened.rice, opened.body.ticks.rows
    ticks_ms = opened.ticks.ticks(rice) if opened.ticks_ms is None else opened.ticks_ms
    written, real, wide, foreign = _dense(opened)
    sparse = series.read_sparse(body.sparse, rows) if body.HasField("sparse") else None
    try:
        batch = TelemetryBatch(
            stream=body.stream,
            seq=body.seq,
            boot=body.boot,
            origin=Origin(body.origin or Origin.LIVE),
            clock=Clock(body.clock),
            ticks_ms=ticks_ms,
            real=real,
            wide=wide,
            cells=_packed(opened.cells, CELL_VOLTAGE, rice),
            probes=_packed(opened.probes, PROBE_TEMPERATURE, rice),
            sparse=_merged(sparse, foreign),
            bursts=tuple(b.burst(rice) for b in opened.bursts),
            events=tuple(map(facts.read_event, body.events)),
            records=tuple(map(facts.read_record, body.records)),
            gaps=tuple(map(facts.read_gap, body.gaps)),
            major=body.major,
            minor=body.minor,
            catalogue=body.catalogue or 1,
            scheme=body.scheme,
            labels=dict(body.labels),
        )
    except ContractError:
        raise
    except ValueError as wrong:
        raise Unreadable(str(wrong)) from wrong
    return batch, (written, sparse)


def _dense(opened: _Opened) -> tuple[Columns, Block, Block, Sparse | None]:
    """Columns as written, real and wide block, what this catalogue does not know."""
    if opened.dense is not None:
        return opened.dense.columns, opened.dense.real, opened.dense.wide, None
    written = opened.block.columns(opened.rice)
    columns, foreign = dense.split_unknown(written, opened.body.dense)
    return written, *dense.to_blocks(columns), foreign


def _announce(body: pb.Body, name: str, rice: Reader) -> packs.PackedReader | None:
    if not body.HasField(name):
        return None
    return packs.PackedReader(getattr(body, name), body.ticks.rows, rice)


def _packed(reader: packs.PackedReader | None, signal: Signal, rice: Reader) -> Packed | None:
    return None if reader is None else reader.packed(signal, rice)


def _merged(own: Sparse | None, foreign: Sparse | None) -> Sparse | None:
    if own is None or foreign is None:
        return own or foreign
    return Sparse(
        rows=np.concatenate((own.rows, foreign.rows)),
        signals=np.concatenate((own.signals, foreign.signals)),
        values=np.concatenate((own.values, foreign.values)),
    )


def peek(payload: bytes) -> tuple[bytes, int] | None:
    """Stream and sequence of a payload that was refused, None where even they are unreadable."""
    try:
        key = _head(_body(parse(pb.Payload, payload)))
    except ContractError:
        return None
    return (key.stream, key.seq) if len(key.stream) == 16 else None


def boot_of(body: bytes) -> bytes:
    """The boot whose clock a body counts by."""
    return _head(body).boot


def restream(body: bytes, stream: bytes, seq: int) -> bytes:
    """The same body under another key; its digest and fields unknown to us stay as they are."""
    message = parse(pb.Body, body, MAX_BODY)
    message.stream, message.seq = stream, seq
    return message.SerializeToString(deterministic=True)


def digest(batch: TelemetryBatch) -> bytes:
    """blake2b-128 of what the batch says: boot, clock, times, values, facts.

    Left out are stream and seq (the key), versions (major, minor, catalogue, scheme) and origin
    (how it came): said again with those changed, it is the same content.
    """
    return _digest(batch, dense.from_blocks(batch.real, batch.wide, batch.rows), batch.sparse)


def _digest(batch: TelemetryBatch, columns: Columns, sparse: Sparse | None) -> bytes:
    parts = [
        batch.boot + bytes([batch.clock]),
        batch.ticks_ms.astype("<i8", copy=False).tobytes(),
        np.array(columns.signals, "<i8").tobytes(),
        columns.raw.astype("<i8", order="C", copy=False).tobytes(),
        b"" if columns.reasons is None else columns.reasons.tobytes(),
        *_packed_parts(batch.cells),
        *_packed_parts(batch.probes),
        *_sparse_parts(sparse),
        *_burst_parts(batch),
        *(facts.canonical(said) for said in (batch.events, batch.records, batch.gaps) if said),
        json.dumps(batch.labels, sort_keys=True).encode() if batch.labels else b"",
    ]
    lengths = struct.pack(f"<{len(parts)}Q", *map(len, parts))
    return hashlib.blake2b(lengths + b"".join(parts), digest_size=16).digest()


def _packed_parts(packed: Packed | None) -> tuple[bytes, ...]:
    if packed is None:
        return (b"",)
    return (
        struct.pack("<QQ", packed.first, packed.values.shape[1]),
        packed.rows.astype("<i4", copy=False).tobytes(),
        packed.values.astype("<i2", copy=False).tobytes(),
        packed.reasons.tobytes() if packed.reasons.any() else b"",
    )


def _sparse_parts(sparse: Sparse | None) -> tuple[bytes, ...]:
    if sparse is None:
        return (b"",)
    return (
        sparse.rows.astype("<i4").tobytes(),
        sparse.signals.astype("<u4").tobytes(),
        sparse.values.astype("<f8").tobytes(),
    )


def _burst_parts(batch: TelemetryBatch) -> list[bytes]:
    parts: list[bytes] = []
    for burst in batch.bursts:
        raw, reasons = series.burst_raw(burst)
        parts.append(struct.pack("<qqq", burst.signal, burst.start_ms, burst.period_us))
        parts += [
            burst.trigger.encode(),
            raw.astype("<i8", copy=False).tobytes(),
            reasons.tobytes(),
        ]
    return parts
