"""Pauses between tries: they double, they are bounded, and they begin anew after a success."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_contracts.backoff import Backoff


def test_pauses_of_backoff_double_up_to_the_most_and_begin_anew_after_a_success() -> None:
    backoff = Backoff(first_s=0.5, most_s=3.0)
    assert [backoff.next_s() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    backoff.reset()
    assert backoff.next_s() == 0.5


@given(st.floats(0.001, 60), st.floats(1, 1000), st.integers(0, 10**9))
def test_no_pause_of_backoff_is_longer_than_the_most(first: float, factor: float, n: int) -> None:
    backoff = Backoff(first_s=first, most_s=first * factor)
    assert first <= backoff.pause_s(n) <= first * factor


@pytest.mark.parametrize(("first", "most"), [(0, 1), (-1, 1), (2, 1)])
def test_bounds_of_backoff_that_make_no_sense_are_refused(first: float, most: float) -> None:
    with pytest.raises(ValueError, match="first_s <= most_s"):
        Backoff(first_s=first, most_s=most)
