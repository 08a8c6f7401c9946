"""Receipts, time replies and births as bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from firmware_contracts import telemetry_pb2 as pb
from firmware_contracts.clock import Hello, TimeReply
from firmware_contracts.errors import Unreadable
from firmware_contracts.receipts import Range, Receipt, Refusal
from firmware_contracts.wire import parse


def encode_down(message: Receipt | TimeReply) -> bytes:
    """What ingest publishes on a device's `receipt` topic."""
    out = pb.Down()
    if isinstance(message, TimeReply):
        out.time.boot, out.time.mono_ms, out.time.utc_ms = (
            message.boot,
            message.mono_ms,
            message.utc_ms,
        )
    else:
        _write_receipt(message, out.receipt)
    return out.SerializeToString(deterministic=True)


def _write_receipt(receipt: Receipt, out: pb.ReceiptFact) -> None:
    out.SetInParent()
    out.store_epoch = receipt.store_epoch
    for stream, ranges in receipt.closed.items():
        out.closed.add(stream=stream, spans=_spans(ranges))
    for refusal in receipt.refused:
        out.refused.add(stream=refusal.stream, spans=_spans(refusal.ranges), reason=refusal.reason)
    out.renew.extend(receipt.renew)
    if receipt.recovered_to_ms is not None:
        out.recovered_to_ms = receipt.recovered_to_ms


def decode_down(data: bytes) -> Receipt | TimeReply:
    """A receipt or a time reply; raises Unreadable or TooLarge."""
    message = parse(pb.Down, data)
    if message.HasField("time"):
        time = message.time
        return TimeReply(boot=_key(time.boot), mono_ms=time.mono_ms, utc_ms=time.utc_ms)
    if not message.HasField("receipt"):
        raise Unreadable("neither a receipt nor a time reply")
    return _read_receipt(message.receipt)


def _read_receipt(message: pb.ReceiptFact) -> Receipt:
    return Receipt(
        store_epoch=message.store_epoch,
        closed={_key(c.stream): _ranges(c.spans) for c in message.closed},
        refused=tuple(
            Refusal(stream=_key(r.stream), ranges=_ranges(r.spans), reason=r.reason)
            for r in message.refused
        ),
        renew=tuple(map(_key, message.renew)),
        recovered_to_ms=message.recovered_to_ms if message.HasField("recovered_to_ms") else None,
    )


def _spans(ranges: Iterable[Range]) -> list[int]:
    """Gap before each range and its length - 1.

    >>> _spans(((3, 5), (9, 9)))
    [3, 2, 3, 0]
    """
    out: list[int] = []
    end = 0
    for first, last in sorted(ranges):
        out += [first - end, last - first]
        end = last + 1
    return out


def _ranges(spans: Sequence[int]) -> tuple[Range, ...]:
    if len(spans) % 2:
        raise Unreadable("receipt ranges are not pairs")
    out: list[Range] = []
    end = 0
    for gap, length in zip(spans[::2], spans[1::2], strict=True):
        out.append((end + gap, end + gap + length))
        end += gap + length + 1
    return tuple(out)


def encode_hello(hello: Hello) -> bytes:
    """Birth or last will, for topic `status`."""
    out = pb.Birth(
        boot=hello.boot,
        mono_ms=hello.mono_ms,
        utc_ms=hello.utc_ms,
        quality_ms=hello.quality_ms,
        versions=hello.versions,
        streams=hello.streams,
        unsupported=hello.unsupported,
        profile=hello.profile,
        scheme=hello.scheme,
        evicted=hello.evicted,
        silent=not hello.alive,
    )
    return out.SerializeToString(deterministic=True)


def decode_hello(data: bytes) -> Hello:
    """Birth or last will; raises Unreadable or TooLarge."""
    message = parse(pb.Birth, data)
    return Hello(
        boot=_key(message.boot),
        mono_ms=message.mono_ms,
        utc_ms=message.utc_ms if message.HasField("utc_ms") else None,
        quality_ms=message.quality_ms if message.HasField("quality_ms") else None,
        versions=dict(message.versions),
        streams={name: _key(key) for name, key in message.streams.items()},
        unsupported=tuple(message.unsupported),
        profile=message.profile,
        scheme=message.scheme,
        evicted=message.evicted,
        alive=not message.silent,
    )


def _key(data: bytes) -> bytes:
    if len(data) != 16:
        raise Unreadable(f"key of {len(data)} bytes; it needs 16")
    return data
