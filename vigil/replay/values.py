"""Raw numbers become values of the catalogue, or null with a reason. Nothing is clipped.

NaN, a filler, a doubtful value that is contradicted, an unlisted code   INVALID
outside the catalogue's range                                            OUT_OF_RANGE
a cell or probe that never reads                                         NOT_SUPPORTED
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware_contracts.signal import Reason, Signal, Storage
from firmware_contracts.telemetry import Float64, UInt8
from vigil.replay.mapping import ColumnMap, Way

NEAR = 1e-6
"""A filler is exact; this forgives its decimal form."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Turned:
    """Values [n] or [n, parts] with NaN where `reasons` (same shape) is not VALID."""

    values: Float64
    reasons: UInt8

    def count(self, reason: Reason) -> int:
        """How many readings are null for this reason."""
        return int((self.reasons == reason).sum())


def turn(raw: Float64, way: Way, signal: Signal) -> Turned:
    """Raw numbers of one column or pack as values of `signal`."""
    value = way.sign * (raw * way.scale + way.offset)
    steps = np.rint((value - signal.offset) / signal.scale)
    if signal.storage is Storage.BOOLEAN:
        steps = np.where(np.isnan(value), np.nan, value != 0)
    inside = (steps >= signal.raw_low) & (steps <= signal.raw_high)
    reasons = np.select(
        [np.isnan(raw) | among(raw, way.fillers), ~inside],
        [np.uint8(Reason.INVALID), np.uint8(Reason.OUT_OF_RANGE)],
        np.uint8(Reason.VALID),
    ).astype(np.uint8)
    values = steps * signal.scale + signal.offset
    return Turned(values=np.where(reasons == Reason.VALID, values, np.nan), reasons=reasons)


def turn_codes(raw: Float64, column: ColumnMap, signal: Signal) -> Turned:
    """Codes of the source as codes of the catalogue; those not listed become null."""
    assert column.values is not None
    codes = np.full(raw.shape, np.nan)
    for source, ours in column.values.items():
        codes[raw == source] = ours
    return turn(codes, Way(fillers=column.fillers), signal)


def contradict(turned: Turned, raw: Float64, way: Way, top: Float64, margin: float) -> Turned:
    """Null a part's doubtful values [n] where more than `margin` above the row's own maximum."""
    above = turned.values > top + margin
    wrong = among(raw, way.doubtful) & above
    return Turned(
        values=np.where(wrong, np.nan, turned.values),
        reasons=np.where(wrong, np.uint8(Reason.INVALID), turned.reasons).astype(np.uint8),
    )


def among(raw: Float64, fillers: tuple[float, ...]) -> npt.NDArray[np.bool_]:
    """Which raw values are one of the fillers."""
    hit = np.zeros(raw.shape, dtype=bool)
    for filler in fillers:
        hit |= np.abs(raw - filler) < NEAR
    return hit
