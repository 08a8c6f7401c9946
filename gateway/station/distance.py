"""How far a trip went: the car's counter where it is plausible, its speed where it is not.

    readings    o-----o-----o     x     o-----o        a counter read once a minute
    distance    ~~|  counted  | driven |counted|~~     x: a jump, a zero, a roll-over

Both ends of a trip lie outside the counter's readings: there, and across a step that no car can
make, the speed is integrated. Where nobody knows, the distance is null, never a jump.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FASTEST_MS = 300 / 3.6
"""No road car covers more ground than at 300 km/h between two readings."""
COARSEST_M = 2000.0
"""One step of the coarsest counter (whole miles), and a little."""
Readings = tuple[Sequence[int], Sequence[float]]
"""Times in ms, in order, and values."""


def travelled_m(
    odometer: Readings, speed_kmh: Readings, start_ms: int, end_ms: int, hole_ms: int
) -> float | None:
    """Metres between two times; None where neither counter nor speed can say."""
    times, metres = odometer
    whole = _driven(speed_kmh, start_ms, end_ms, hole_ms)
    if len(metres) < 2 or max(metres) == min(metres):
        return whole  # a counter that did not move says less than the speed
    total = 0.0
    for t0, t1, m0, m1 in zip(times, times[1:], metres, metres[1:], strict=False):
        step = m1 - m0 if _possible(m1 - m0, t1 - t0) else _driven(speed_kmh, t0, t1, hole_ms)
        if step is None:
            return whole
        total += step
    ends = ((start_ms, times[0]), (times[-1], end_ms))
    return total + sum(_driven(speed_kmh, a, b, hole_ms) or 0.0 for a, b in ends)


def _possible(metres: float, ms: int) -> bool:
    return 0 <= metres <= FASTEST_MS * ms / 1000 + COARSEST_M


def _driven(speed_kmh: Readings, start_ms: int, end_ms: int, hole_ms: int) -> float | None:
    """Metres by speed between two times; holes are not integrated across. None without speed."""
    t, v = np.asarray(speed_kmh[0], dtype=np.float64), np.asarray(speed_kmh[1], dtype=np.float64)
    if len(t) < 2 or end_ms <= start_ms:
        return None
    inside = np.unique(np.concatenate([[start_ms, end_ms], t[(t > start_ms) & (t < end_ms)]]))
    inside = inside[(inside >= t[0]) & (inside <= t[-1])]
    if len(inside) < 2:
        return None
    middle = np.searchsorted(t, (inside[1:] + inside[:-1]) / 2)
    holes = (t[middle] - t[middle - 1]) > hole_ms
    speed = np.interp(inside, t, v)
    steps = np.diff(inside) / 1000 * (speed[1:] + speed[:-1]) / 2 / 3.6
    return float(np.where(holes, 0.0, steps).sum())
