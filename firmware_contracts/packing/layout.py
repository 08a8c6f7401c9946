"""How the signals of a dense block lie side by side: order, scales, ranges, storage.

A device sends the same set of signals again and again, so a layout is made once and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from firmware_contracts.errors import ValueRefused
from firmware_contracts.signal import Signal, Storage
from firmware_contracts.signals import BY_ID, PACKED
from firmware_contracts.telemetry import Float64, Int64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """Known signals by ascending id; arrays are columns [k, 1] for matrices [k, rows].

    value = raw * times / over + offset, where `over` = 1 / scale for scales below 1: dividing by
    a whole number gives the float nearest to the decimal, multiplying by 0.1 does not.
    """

    signals: tuple[int, ...]
    times: Float64
    over: Float64
    offset: Float64
    low: Int64
    high: Int64
    real: npt.NDArray[np.intp]
    wide: npt.NDArray[np.intp]
    real_ids: tuple[int, ...]
    wide_ids: tuple[int, ...]
    plain: bool

    def raw(self, values: Float64) -> Int64:
        """Wire integers of a [k, rows] matrix of valid values; ValueRefused outside a range."""
        raw = np.rint((values - self.offset) * self.over / self.times).astype(np.int64)
        self.check(raw)
        return raw

    def values(self, raw: Int64) -> Float64:
        """Physical values of wire integers."""
        return raw / self.over if self.plain else raw * self.times / self.over + self.offset

    def check(self, raw: Int64) -> None:
        """Raise ValueRefused for the first value outside its signal's range."""
        # one unsigned comparison: what lies below `low` wraps to more than any span
        outside = (raw - self.low).view(np.uint64) > (self.high - self.low).view(np.uint64)
        if outside.any():
            j, i = np.argwhere(outside)[0]
            refuse(BY_ID[self.signals[j]], float(self.values(raw)[j, i]))


def refuse(signal: Signal, value: float) -> None:
    """Raise ValueRefused with what the signal can carry."""
    raise ValueRefused(
        f"signal {signal.id} {signal.name}: {value:g} {signal.unit} is outside "
        f"{signal.low:g}..{signal.high:g}; send null with reason OUT_OF_RANGE"
    )


@lru_cache(maxsize=1024)
def layout(signals: tuple[int, ...]) -> Layout:
    """Layout of ascending catalogue ids."""
    rows = [_dense(no) for no in signals]
    scale = np.array([s.scale for s in rows], np.float64)
    inverse = np.round(1 / scale)
    whole = (scale < 1) & (np.abs(inverse * scale - 1) < 1e-9)
    return Layout(
        signals=signals,
        times=_column(np.where(whole, 1.0, scale)),
        over=_column(np.where(whole, inverse, 1.0)),
        offset=_column(np.array([s.offset for s in rows], np.float64)),
        low=_column(np.array([s.raw_low for s in rows], np.int64)),
        high=_column(np.array([s.raw_high for s in rows], np.int64)),
        real=np.array([i for i, s in enumerate(rows) if s.storage is Storage.REAL], np.intp),
        wide=np.array([i for i, s in enumerate(rows) if s.storage is not Storage.REAL], np.intp),
        real_ids=tuple(s.id for s in rows if s.storage is Storage.REAL),
        wide_ids=tuple(s.id for s in rows if s.storage is not Storage.REAL),
        plain=bool((whole | (scale == 1)).all()) and not any(s.offset for s in rows),
    )


def _column(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values.reshape(-1, 1)


def _dense(no: int) -> Signal:
    signal = BY_ID.get(no)
    if signal is None:
        raise ValueRefused(f"signal {no} is not in the catalogue: send it in the sparse block")
    if no in PACKED:
        raise ValueRefused(f"signal {no} {signal.name} has a packed block of its own")
    return signal
