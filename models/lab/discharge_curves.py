"""Discharge curves Q(V) of the first hundred cycles, made fit for features, or refused by name.

A gap is bridged along the cycles, or along the voltages where a voltage has more gaps than
readings. A reading far from what the cell delivers at that voltage in the other cycles (a logger
that counted two discharges into one, say) is a gap as well, and so is a cycle with many of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
FIRST_CYCLE, LAST_CYCLE = 2, 100
_CYCLES = LAST_CYCLE - FIRST_CYCLE + 1
_FEWEST_VOLTAGES = 50
"""Points of a curve below which its slope is noise."""
_DISTURBED = 0.3  # of the cell's capacity: ageing within 100 cycles moves Q(V) by a tenth at most
_SPOILT = 0.05  # of the voltages: then the whole cycle is not believed


def check_curves(curves: npt.NDArray[np.generic], name: str) -> Floats:
    """Curves [cells, voltages, cycles 2..100] as float64 without gaps."""
    if curves.ndim != 3 or curves.shape[2] != _CYCLES or curves.shape[1] < _FEWEST_VOLTAGES:
        problem = f"is not cells x voltages (at least {_FEWEST_VOLTAGES}) x {_CYCLES} cycles"
        remedy = "give discharge capacity on a voltage grid for cycles 2 to 100"
        raise BadInput(name, curves.shape, problem, remedy=remedy)
    try:
        checked = np.array(curves, dtype=np.float64)
    except (TypeError, ValueError) as error:
        remedy = "give discharged capacity in Ah"
        raise BadInput(name, str(curves.dtype), "holds no numbers", remedy=remedy) from error
    for number, cell in enumerate(checked):
        checked[number] = _bridged(cell, name, number)
    return checked


def _bridged(cell: Floats, name: str, number: int) -> Floats:
    """One cell [voltages, cycles] without gaps and disturbed readings."""
    known = np.isfinite(cell)
    if known.mean() < 0.5:
        remedy = "drop this cell"
        raise BadInput(name, f"cell {number}", "has more gaps than readings", remedy=remedy)
    usual = np.full(len(cell), np.nan)
    seen = known.any(axis=1)
    usual[seen] = np.nanmedian(np.where(known, cell, np.nan)[seen], axis=1)
    capacity = float(np.nanmax(usual))
    if capacity <= 0:
        remedy = "give discharged capacity in Ah, counted upwards from 0"
        raise BadInput(name, f"cell {number}", "discharges nothing", remedy=remedy)
    near = np.abs(np.where(known, cell, np.inf) - usual[:, None]) <= _DISTURBED * capacity
    spoilt = (known & ~near).mean(axis=0) > _SPOILT
    near[:, spoilt] = False
    return cell if near.all() else _along_voltages(_along_cycles(cell, near))


def _along_cycles(cell: Floats, good: Bools) -> Floats:
    """Voltages with more readings than gaps bridged, NaN at the others."""
    filled = np.where(good, cell, np.nan)
    for voltage in np.flatnonzero(~good.all(axis=1)):
        at = np.flatnonzero(good[voltage])
        if len(at) >= _CYCLES // 2:
            filled[voltage] = np.interp(np.arange(_CYCLES), at, cell[voltage, at])
        else:
            filled[voltage] = np.nan
    return filled


def _along_voltages(cell: Floats) -> Floats:
    at = np.flatnonzero(np.isfinite(cell).all(axis=1))
    for voltage in np.flatnonzero(np.isnan(cell).any(axis=1)):
        after = int(np.searchsorted(at, voltage))
        low, high = at[max(after - 1, 0)], at[min(after, len(at) - 1)]
        share = (voltage - low) / (high - low) if high > low else 0.0
        cell[voltage] = (1 - share) * cell[low] + share * cell[high]
    return cell
