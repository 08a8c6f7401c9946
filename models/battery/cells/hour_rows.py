"""The rows of the open hour, thinned and small, until it closes and they become an observation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.base import Array, Float32
from models.battery.pack_rows import PackRows
from models.battery.snapshot import snapshot
from models.state import State

DIGIT_V = 1e-3
"""Rows hold cells in whole millivolts, as cell monitors and the store do; 0 is "not seen"."""
TOP_V = 6.5
"""Nothing above fits 16 bits of DIGIT_V, and no cell of any chemistry reads as much."""
_ARRAYS = ("t_ms", "current_a", "soc_pct", "temperature_c", "cells")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HourRows:
    """Thinned rows of the open hour: cells uint16 [n, cells] in DIGIT_V, the rest [n]."""

    t_ms: npt.NDArray[np.int64]
    current_a: Array
    soc_pct: Array
    temperature_c: Array
    cells: npt.NDArray[np.uint16]

    @classmethod
    def of(cls, rows: PackRows) -> HourRows:
        """What an observation asks of these rows."""
        volts = np.fmax(rows.cells_v, np.float32(0)).clip(max=np.float32(TOP_V))  # NaN becomes 0
        return cls(
            t_ms=rows.t_ms,
            current_a=rows.current_a,
            soc_pct=rows.soc_pct,
            temperature_c=rows.temperature_c,
            cells=np.rint(volts / np.float32(DIGIT_V)).astype(np.uint16),
        )

    @property
    def cells_v(self) -> Float32:
        """Volts again, NaN where a cell was not seen."""
        volts = (self.cells * DIGIT_V).astype(np.float32)
        volts[self.cells == 0] = np.nan
        return volts

    def state(self) -> State:
        """A snapshot; cells as changes from row to row, which pack well."""
        steps = np.diff(self.cells, axis=0, prepend=self.cells[:1] * 0)
        return {**snapshot(self, _ARRAYS), "cells": steps}

    @classmethod
    def restore(cls, state: State) -> HourRows:
        """The rows as they were."""
        cells = np.cumsum(state["cells"], axis=0, dtype=np.uint16)
        return cls(**{name: state[name].copy() for name in _ARRAYS if name != "cells"}, cells=cells)


def joined(pieces: Sequence[HourRows]) -> HourRows:
    """Pieces one after the other."""
    if len(pieces) == 1:
        return pieces[0]
    return HourRows(**{n: np.concatenate([getattr(p, n) for p in pieces]) for n in _ARRAYS})
