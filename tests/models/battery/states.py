"""States in tests: are they plain, are two of them the same, and what do they weigh stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import zstandard

PLAIN = (str, int, float, bool, type(None))


def arrays(state: object) -> Iterator[np.ndarray]:
    """All arrays inside; AssertionError at anything a store could not hold."""
    if isinstance(state, np.ndarray):
        assert state.dtype.kind in "iufb"
        yield state
    elif isinstance(state, dict):
        assert all(isinstance(key, str) for key in state)
        for value in state.values():
            yield from arrays(value)
    elif isinstance(state, list):
        for value in state:
            yield from arrays(value)
    else:
        assert type(state) in PLAIN, type(state)


def same(one: object, other: object) -> bool:
    """Equal bit for bit; NaN equals NaN."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        equal = one.dtype == other.dtype and one.shape == other.shape
        return equal and one.tobytes() == other.tobytes()
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))


def stored(state: Any) -> Any:
    """The state as it comes back from a store: read-only arrays, nothing shared with the first."""
    if isinstance(state, np.ndarray):
        copy = state.copy()
        copy.flags.writeable = False
        return copy
    if isinstance(state, dict):
        return {key: stored(value) for key, value in state.items()}
    return [stored(value) for value in state] if isinstance(state, list) else state


def weight(state: object) -> tuple[int, int]:
    """Bytes plain and after zstd, arrays and the rest together."""
    rest = json.dumps(state, default=lambda array: str(array.dtype)).encode()
    raw = rest + b"".join(np.ascontiguousarray(array).tobytes() for array in arrays(state))
    return len(raw), len(zstandard.ZstdCompressor(level=3).compress(raw))
