"""Slow charges that are too small to be counted from anchor to anchor still say something.

Partial charge: the charge that goes in between two fixed cell voltages, at the same pace, shrinks
with the pack. Held against the car's own wide charges it becomes a capacity:

    a = median(Q_band / C) over charges that have both      C_j = Q_band_j / a

Incremental capacity: the highest peak of dQ/dV and its voltage, for charts and comparison. Both
need a slow, steady charge and a rest curve with a slope: on LFP plateaus the band is empty and we
are silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.vehicle import Chemistry
from models.base import Array
from models.battery.capacity.charge_windows import ChargeWindow
from models.battery.capacity.filter import Sight, sight
from models.battery.pack_rows import PackRows

BAND_V = (3.78, 3.90)
"""Mean cell voltage, V: the steady slope between two plateaus of layered oxides."""
SLOWEST_C, QUICKEST_C = 0.02, 0.3
ALIKE = 0.3
"""Charges are compared when their C rates differ by less than this share."""
REFERENCES = 3
"""First slow charges that make the reference; by judgement."""
NOISE = 0.03
"""Relative scatter of a band's charge; by judgement."""
STEP_V = 0.005
"""Of the curve dQ/dV; by judgement: five digits of a cell monitor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowCharge:
    """One slow charge: Ah through the band (NaN where it does not span it) and its peak."""

    start_ms: int
    end_ms: int
    current_a: float
    band_ah: float
    peak_ah_per_v: float
    peak_v: float


def slow_charges(rows: PackRows, windows: Sequence[ChargeWindow], cells: int) -> list[SlowCharge]:
    """The slow ones among the windows, with what their voltage tells; [] without a cell count."""
    if cells <= 0:
        return []
    found = []
    for window in windows:
        if not SLOWEST_C <= window.current_a / window.capacity_ah <= QUICKEST_C:
            continue
        first, last = np.searchsorted(rows.t_ms, [window.start_ms, window.end_ms + 1])
        piece = rows.take(slice(int(first), int(last)))
        one = _slow(piece, window, cells)
        if one is not None:
            found.append(one)
    return found


def partial_sights(
    charges: Sequence[SlowCharge], windows: Sequence[ChargeWindow], counted: Sequence[ChargeWindow]
) -> list[Sight]:
    """Capacities of slow charges that are not among the `counted` windows, against those that are.

    [] with fewer than REFERENCES charges of the same pace that have both.
    """
    known = {w.start_ms: w for w in counted}
    spans = {w.start_ms: w.span_pct for w in windows}
    usable = [c for c in charges if not np.isnan(c.band_ah)]
    both = [(c, c.band_ah / known[c.start_ms].capacity_ah) for c in usable if c.start_ms in known]
    out = []
    for charge in usable:
        alike = [a for c, a in both if abs(c.current_a / charge.current_a - 1) < ALIKE]
        if charge.start_ms in known or len(alike) < REFERENCES:
            continue
        ratio = float(np.median(alike))
        spread = 1.4826 * float(np.median(np.abs(np.array(alike) - ratio))) / len(alike) ** 0.5
        value = charge.band_ah / ratio
        sd = value * float(np.hypot(NOISE, spread / ratio))
        made = sight(charge.end_ms, value, sd, 100.0, 0.0)
        out.append(
            Sight(at_ms=made.at_ms, value=made.value, sd=made.sd, span_pct=spans[charge.start_ms])
        )
    return out


def peaks(charges: Sequence[SlowCharge]) -> list[list[float]]:
    """[end_ms, peak Ah/V, peak V] of each slow charge that shows one, for charts."""
    return [
        [c.end_ms, round(c.peak_ah_per_v, 1), round(c.peak_v, 3)]
        for c in charges
        if not np.isnan(c.peak_ah_per_v)
    ]


def _slow(piece: PackRows, window: ChargeWindow, cells: int) -> SlowCharge | None:
    known = ~(np.isnan(piece.voltage_v) | np.isnan(piece.current_a))
    if known.sum() < 20:
        return None
    t = piece.t_ms[known] / 3.6e6
    current = piece.current_a[known]
    volts = _rising(piece.voltage_v[known] / cells)
    ah = np.concatenate([[0.0], np.cumsum((current[1:] + current[:-1]) / 2 * np.diff(t))])
    low, high = BAND_V
    spans_band = volts[0] <= low and volts[-1] >= high
    through = np.interp(BAND_V, volts, ah) if spans_band else (np.nan, np.nan)
    height, at = _peak(volts, ah)
    return SlowCharge(
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        current_a=window.current_a,
        band_ah=float(through[1] - through[0]),
        peak_ah_per_v=height,
        peak_v=at,
    )


def _rising(volts: Array) -> Array:
    """Smoothed and made monotone: the voltage of a steady charge only rises."""
    width = max(len(volts) // 60, 1)
    padded = np.pad(volts, width, mode="edge")
    smooth = np.convolve(padded, np.full(2 * width + 1, 1 / (2 * width + 1)), mode="valid")
    return np.asarray(np.maximum.accumulate(smooth) + 1e-9 * np.arange(len(smooth)))


def _peak(volts: Array, ah: Array) -> tuple[float, float]:
    """Height (Ah/V) and voltage of the highest inner peak of dQ/dV; NaN for a short charge."""
    if volts[-1] - volts[0] < 20 * STEP_V:
        return float("nan"), float("nan")
    grid = np.arange(volts[0], volts[-1], STEP_V)
    slope = np.diff(np.interp(grid, volts, ah)) / STEP_V
    slope = np.convolve(slope, np.full(5, 0.2), mode="valid")
    at = int(np.argmax(slope[1:-1])) + 1 if len(slope) > 2 else 0
    return float(slope[at]), float(grid[at + 2])


def applies(chemistry: Chemistry) -> bool:
    """Only where the band has a slope; an unknown chemistry may be LFP."""
    return chemistry is Chemistry.NMC
