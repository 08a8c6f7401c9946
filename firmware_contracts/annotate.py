"""Writes bytes of our messages out as hex with their meaning, one field per line.

2a 02 08 01    ticks                 tag and length of a message
   08 01       ticks.rows = 1        its fields, indented
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

_VARINT, _FIXED64, _BYTES = 0, 1, 2
_ZIGZAG = {FieldDescriptor.TYPE_SINT32, FieldDescriptor.TYPE_SINT64}


def annotate(data: bytes, kind: Descriptor) -> str:
    """The text of a vector file's body."""
    return "\n".join(_lines(data, kind, "", 0)) + "\n"


def read_hex(text: str) -> bytes:
    """The bytes of a vector file: hex up to the first double space of a line, # starts a remark."""
    rows = (line.strip().partition("  ")[0] for line in text.splitlines())
    return bytes.fromhex(" ".join(row for row in rows if not row.startswith("#")))


def _lines(data: bytes, kind: Descriptor, path: str, depth: int) -> Iterator[str]:
    at = 0
    while at < len(data):
        start = at
        tag, at = _varint(data, at)
        field = kind.fields_by_number[tag >> 3]
        name = f"{path}{field.name}"
        if tag & 7 != _BYTES:
            value, at = _scalar(data, at, tag & 7, field)
            yield _line(data[start:at], f"{name} = {value}", depth)
            continue
        length, at = _varint(data, at)
        content = data[at : at + length]
        at += length
        if field.message_type is not None:
            yield _line(data[start : at - length], name, depth)
            yield from _lines(content, field.message_type, f"{name}.", depth + 1)
        else:
            yield _line(data[start:at], f"{name} = {_packed(content, field)}", depth)


def _line(data: bytes, meaning: str, depth: int) -> str:
    return f"{'   ' * depth}{data.hex(' ')}  {meaning}"


def _packed(content: bytes, field: Any) -> object:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return f"{len(content)} bytes"
    if field.type == FieldDescriptor.TYPE_STRING:
        return repr(content.decode())
    values, at = [], 0
    wire = _FIXED64 if field.type == FieldDescriptor.TYPE_DOUBLE else _VARINT
    while at < len(content):
        value, at = _scalar(content, at, wire, field)
        values.append(value)
    return values


def _scalar(data: bytes, at: int, wire: int, field: Any) -> tuple[object, int]:
    if wire == _FIXED64:
        return struct.unpack_from("<d", data, at)[0], at + 8
    value, at = _varint(data, at)
    if field.type in _ZIGZAG:
        return value >> 1 ^ -(value & 1), at
    return bool(value) if field.type == FieldDescriptor.TYPE_BOOL else value, at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value, at
        shift += 7
