"""Pack rows: one window as plain sorted arrays, cells aligned with the pack's own signals.

Refuses nothing: what was not read is NaN, what is not physical becomes NaN.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from domain.readings import Matrix, Window
from models.state import State

Float = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]
Int = npt.NDArray[np.int64]

CELL_LOW_V, CELL_HIGH_V = 0.5, 4.6
"""Beyond these no lithium-ion cell in a car works: fillers (0, 5.0, 65.535 V) fall outside."""
PROBE_LOW_C, PROBE_HIGH_C = -39.5, 119.5
"""Ends of the usual scale, -40 and 120 °C, which senders use for "not there"."""

SIGNALS = (
    "pack_voltage_v",
    "pack_current_a",
    "soc_pct",
    "probe_max_c",
    "probe_min_c",
    "odometer_m",
    "insulation_kohm",
    "bms_soh_pct",
    "onboard_soce_pct",
    "vehicle_speed_kmh",
    "charge_kind",
    "ambient_temperature_c",
)
"""What the battery models ask of a window."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackRows:
    """`t_ms` int64 [n] ascending UTC; every signal float64 [n] with NaN for null.

    `cells_v` float32 [n, cells] in V and `probes_c` float32 [n, probes] in °C; zero columns when
    the car has none. Current is positive into the battery.
    """

    t_ms: Int
    voltage_v: Float
    current_a: Float
    soc_pct: Float
    temperature_c: Float
    odometer_m: Float
    insulation_kohm: Float
    bms_soh_pct: Float
    onboard_soce_pct: Float
    speed_kmh: Float
    charge_kind: Float
    ambient_c: Float
    cells_v: Float32
    probes_c: Float32

    def __len__(self) -> int:
        return int(self.t_ms.shape[0])

    def take(self, index: slice | npt.NDArray[np.bool_] | Int) -> PackRows:
        """The rows at `index`, every array alike."""
        return PackRows(**{name: getattr(self, name)[index] for name in NAMES})

    def slim(self) -> PackRows:
        """The same rows without cells and probes."""
        none = np.empty((len(self), 0), dtype=np.float32)
        return replace(self, cells_v=none, probes_c=none)

    def arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        """All arrays in the order of the fields (a digest of the inputs is taken over them)."""
        return tuple(getattr(self, name) for name in NAMES)

    def chunks(self, rows: int) -> Iterator[PackRows]:
        """Consecutive pieces of at most `rows` rows."""
        for start in range(0, len(self), rows):
            yield self.take(slice(start, start + rows))


NAMES = tuple(f.name for f in fields(PackRows))
"""The columns in the order of the fields."""


def rows_state(rows: PackRows, names: Sequence[str]) -> State:
    """Some columns of the rows, to be kept from one run to the next; `t_ms` is among them."""
    return {name: getattr(rows, name).copy() for name in names}


def rows_of(state: State) -> PackRows:
    """The rows that `rows_state` was given; what it left out is NaN, cells and probes are none."""
    n = len(state["t_ms"])
    none = np.empty((n, 0), dtype=np.float32)
    absent = {name: np.full(n, np.nan) for name in NAMES}
    return PackRows(**{**absent, "cells_v": none, "probes_c": none, **state})


def joined(pieces: Sequence[PackRows]) -> PackRows:
    """Pieces one after the other, as one."""
    if len(pieces) == 1:
        return pieces[0]
    return PackRows(
        **{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in NAMES}
    )


def pack_rows(window: Window) -> PackRows:
    """The window's pack signals on its own ticks, cells and probes joined by tick.

    Cells that came on a tick without a pack row are left out; two cell rows of one tick: the last.
    """
    n = len(window.ticks_ms)

    def column(name: str) -> Float:
        if name not in window.columns:
            return np.full(n, np.nan)
        return np.asarray(window[name], dtype=np.float64)

    high, low = column("probe_max_c"), column("probe_min_c")
    probes = _aligned(window.ticks_ms, window.probes, PROBE_LOW_C, PROBE_HIGH_C)
    return PackRows(
        t_ms=window.ticks_ms.astype(np.int64, copy=False),
        voltage_v=column("pack_voltage_v"),
        current_a=column("pack_current_a"),
        soc_pct=column("soc_pct"),
        temperature_c=_temperature(high, low, probes),
        odometer_m=column("odometer_m"),
        insulation_kohm=column("insulation_kohm"),
        bms_soh_pct=column("bms_soh_pct"),
        onboard_soce_pct=column("onboard_soce_pct"),
        speed_kmh=column("vehicle_speed_kmh"),
        charge_kind=column("charge_kind"),
        ambient_c=column("ambient_temperature_c"),
        cells_v=_aligned(window.ticks_ms, window.cells, CELL_LOW_V, CELL_HIGH_V),
        probes_c=probes,
    )


def _temperature(high: Float, low: Float, probes: Float32) -> Float:
    """Middle of the pack in °C: of the extremes where both are known, else the probes' mean."""
    middle = (high + low) / 2
    middle = np.where(np.isnan(middle), np.where(np.isnan(high), low, high), middle)
    if not probes.shape[1]:
        return middle
    known = ~np.isnan(probes)
    mean = np.where(known, probes, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(np.isnan(middle) & known.any(axis=1), mean, middle)


def _aligned(ticks_ms: Int, matrix: Matrix | None, low: float, high: float) -> Float32:
    """`matrix` on `ticks_ms`, non-physical readings as NaN."""
    if matrix is None or matrix.values.shape[1] == 0:
        return np.empty((len(ticks_ms), 0), dtype=np.float32)
    values = matrix.values.astype(np.float32, copy=False)
    bad = ~((values > low) & (values < high))
    if bad.any():
        values = np.where(bad, np.float32(np.nan), values)
    if np.array_equal(ticks_ms, matrix.ticks_ms):
        return values
    out = np.full((len(ticks_ms), values.shape[1]), np.nan, dtype=np.float32)
    at = np.searchsorted(matrix.ticks_ms, ticks_ms, side="right") - 1
    hit = (at >= 0) & (matrix.ticks_ms[np.maximum(at, 0)] == ticks_ms)
    out[hit] = values[at[hit]]
    return out
