"""A state comes back as it went in, bit for bit, and nothing else is taken for one."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.state import MAGIC, StateUnreadable, decode, encode

KINDS = ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1")
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(), st.text(max_size=5),
    st.sampled_from(KINDS).flatmap(
        lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=1, max_dims=3, min_side=0))
    ),
)  # fmt: skip
names = st.text(max_size=4).filter(lambda name: name != "~")
states = st.dictionaries(
    names,
    st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=12,
    ),
)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return type(b) is float and repr(a) == repr(b)
    return type(a) is type(b) and a == b


@given(states)
def test_what_goes_in_comes_out(state: dict[str, Any]) -> None:
    body = encode(state)
    assert same(decode(body), state)
    assert encode(decode(body)) == body


def test_the_form_is_written_down() -> None:
    state = {"n": 3, "x": 0.1, "v": np.array([1, 258], dtype=np.int16)}
    header = b'{"n":3,"x":0.1,"v":{"~":["<i2",[2]]}}'
    wanted = MAGIC + struct.pack("<BI", 1, len(header)) + header + bytes([1, 2, 0, 1])
    assert zstandard.ZstdDecompressor().decompress(encode(state)) == wanted
    assert decode(zstandard.compress(wanted))["v"].tolist() == [1, 258]


def test_a_restored_array_may_be_written_to() -> None:
    found = decode(encode({"v": np.zeros((2, 3))}))["v"]
    found += 1
    assert found.tolist() == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize(
    "value", [object(), {1: 2}, {"~": 1}, np.array(["a"]), np.array([None]), {"a": {1, 2}}]
)
def test_what_is_no_plain_data_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"no plain|not kept"):
        encode({"a": value})


def packed(header: bytes, rest: bytes = b"", magic: bytes = MAGIC, version: int = 1) -> bytes:
    return zstandard.compress(magic + struct.pack("<BI", version, len(header)) + header + rest)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no zstd",
        zstandard.compress(b"short"),
        packed(b"{}", magic=b"OTHER"),
        packed(b"{}", version=2),
        packed(b"{"),
        packed(b"[]"),
        packed(b"{}", b"left over"),
        packed(b'{"a":{"~":["<f8",[2]]}}', bytes(15)),
        packed(b'{"a":{"~":["|O",[1]]}}', bytes(8)),
        packed(b'{"a":{"~":["<i2",[-1]]}}'),
        packed(b'{"a":{"~":5}}'),
        packed(b'{"a":{"~":[[],3]}}'),
        packed(b'{"a":{"~":["<i2",[1]],"b":1}}', bytes(2)),
    ],
)
def test_anything_else_is_not_read(body: bytes) -> None:
    with pytest.raises(StateUnreadable):
        decode(body)


def test_a_torn_body_is_not_read() -> None:
    body = encode({"v": np.arange(100.0)})
    for cut in (1, 20, len(body) - 1):
        with pytest.raises(StateUnreadable):
            decode(body[:cut])
    flipped = bytearray(body)
    flipped[len(body) // 2] ^= 255
    with pytest.raises(StateUnreadable):
        decode(bytes(flipped))
