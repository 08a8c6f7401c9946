"""What a watch keeps from one run to the next: plain numbers, texts, lists, dicts and arrays.

A state is a snapshot: arrays are copied on the way out, and on the way in as well, because those
that come from a store may be read-only.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from models.state import State


def snapshot(owner: object, names: Iterable[str]) -> State:
    """The attributes `names` of `owner` as they are now."""
    return {name: _copied(getattr(owner, name)) for name in names}


def resume(owner: object, state: State, names: Iterable[str]) -> None:
    """Set the attributes `names` of `owner` as they were in `state`."""
    for name in names:
        setattr(owner, name, _copied(state[name]))


def _copied(value: object) -> object:
    return value.copy() if isinstance(value, np.ndarray) else value
