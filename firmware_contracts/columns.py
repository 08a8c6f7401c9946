"""Columns of readings become the two blocks of a batch: the one place that knows how."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from firmware_contracts.signal import Reason, Signal, Storage
from firmware_contracts.telemetry import Block, Float64, UInt8


def blocks_of(
    signals: Sequence[Signal], values: Float64, reasons: UInt8 | None = None
) -> tuple[Block, Block]:
    """The real block (float32) and the wide one (float64), each ascending by catalogue id.

    `values` and `reasons` are [rows, signals], a column for each signal in the order given. A
    null is NaN with its reason; without `reasons` every NaN is ABSENT.
    """
    if reasons is None:
        reasons = np.where(np.isnan(values), Reason.ABSENT, Reason.VALID).astype(np.uint8)
    order = sorted(range(len(signals)), key=lambda j: signals[j].id)
    real = [j for j in order if signals[j].storage is Storage.REAL]
    wide = [j for j in order if signals[j].storage is not Storage.REAL]
    return (
        Block(
            signals=tuple(signals[j].id for j in real),
            values=values[:, real].astype(np.float32),
            reasons=reasons[:, real],
        ),
        Block(
            signals=tuple(signals[j].id for j in wide),
            values=values[:, wide].astype(np.float64),
            reasons=reasons[:, wide],
        ),
    )
