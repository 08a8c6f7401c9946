"""Bytes to protobuf messages: the one place that meets protobuf's and zstd's own errors."""

from __future__ import annotations

import threading
from typing import TypeVar

import zstandard
from google.protobuf.message import DecodeError, Message

from firmware_contracts.errors import TooLarge, Unreadable

MAX_PAYLOAD = 1 << 20
MAX_BODY = 16 << 20
MOST = {"events": 500, "records": 1000, "gaps": 1000, "bursts": 200, "labels": 64}
"""Facts of one batch. A car says a handful in ten seconds; a day's backlog goes in many batches."""
MOST_TRIPLES = 50_000
MOST_UNKNOWN = 500
"""Ids that a reader does not know: a newer catalogue has some, noise thousands."""
_PAYS_FROM = 64
"""Bytes below which a zstd frame is longer than what it holds."""
_M = TypeVar("_M", bound=Message)
_local = threading.local()


def parse(kind: type[_M], data: bytes, limit: int = MAX_PAYLOAD) -> _M:
    """The message; Unreadable for bytes that are none, TooLarge beyond the limit."""
    if len(data) > limit:
        raise TooLarge(f"{len(data)} bytes, at most {limit}")
    try:
        return kind.FromString(data)
    except DecodeError as wrong:
        raise Unreadable(f"not a {kind.DESCRIPTOR.name}: {wrong}") from wrong


def squeeze(body: bytes) -> bytes | None:
    """One zstd frame, or None where it would not be shorter."""
    if len(body) < _PAYS_FROM:
        return None
    if not hasattr(_local, "squeezer"):
        _local.squeezer = zstandard.ZstdCompressor(level=3)
    frame: bytes = _local.squeezer.compress(body)
    return frame if len(frame) < len(body) else None


def unsqueeze(frame: bytes) -> bytes:
    """The frame's content; its announced size is checked before anything is unpacked."""
    try:
        size = zstandard.frame_content_size(frame)
        if size < 0:
            raise Unreadable("zstd frame does not name its content size")
        if size > MAX_BODY:
            raise TooLarge(f"body of {size} bytes announced, at most {MAX_BODY}")
        if not hasattr(_local, "unsqueezer"):
            _local.unsqueezer = zstandard.ZstdDecompressor()
        body: bytes = _local.unsqueezer.decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError as wrong:
        raise Unreadable(f"zstd: {wrong}") from wrong
    if len(body) != size:
        raise Unreadable(f"zstd frame of {len(body)} bytes announced {size}")
    return body
