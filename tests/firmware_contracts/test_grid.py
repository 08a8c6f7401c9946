"""Columns that live on a grid of fractions come back exactly, and cost a small integer each."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firmware_contracts import codec
from firmware_contracts import telemetry_pb2 as pb
from firmware_contracts.packing import grid
from firmware_contracts.signals import BY_NAME

from .batches import of_signals, said

THROTTLE, TRIM = BY_NAME["throttle_pct"], BY_NAME["stft1_pct"]


@given(st.lists(st.integers(0, 255), min_size=2, max_size=20))
def test_bytes_spread_over_per_cents_come_back_exactly(bytes_: list[int]) -> None:
    throttle = [round(b * 100 / 255 / 0.01) for b in bytes_]
    trim = [round((b - 128) * 100 / 128 / 0.01) for b in bytes_]
    sent = of_signals((THROTTLE, TRIM), np.array([throttle, trim]).T)
    assert said(codec.unseal(codec.seal(codec.encode(sent))).batch) == said(sent)


@given(st.integers(0, len(grid.GRIDS) - 1), st.lists(st.integers(-(2**20), 2**20), min_size=1))
def test_a_step_and_its_value_are_each_others_inverse(number: int, ms: list[int]) -> None:
    m = np.array(ms, np.int64)
    assert grid.steps(grid.raw(m, number), number).tolist() == ms


def test_a_grid_column_is_coded_in_its_own_steps() -> None:
    raw = np.array([[round(b * 100 / 255 / 0.01)] for b in (10, 11, 13, 12)])
    body = pb.Body.FromString(codec.encode(of_signals((THROTTLE,), raw)))
    assert list(body.dense.steps) == [1]
    assert list(body.dense.bases) == [10]
    assert len(body.residuals.bits) <= 2
