"""What leaves a centre points at no car."""

from __future__ import annotations

import pytest

from care.figures.cohorts import cohorts
from care.figures.intervals import wilson
from tests.care.rows import cohort_car


def test_cohorts_show_single_cars_only_to_those_who_may_see_them() -> None:
    cars = [cohort_car(n, 90.0 + n) for n in range(1, 4)]
    [own] = cohorts(cars, single_cars=True)
    [foreign] = cohorts(cars, single_cars=False)
    assert [car.vehicle_id for car in own.cars] == [1, 2, 3]
    assert (own.median, own.low, own.high) == (92.0, 91.0, 93.0)
    assert (foreign.cars, foreign.median, foreign.vehicles, foreign.low) == ((), None, None, None)


@pytest.mark.finding("S18")
def test_cohorts_of_ten_measured_cars_have_a_median_and_of_nine_have_none() -> None:
    measured = [cohort_car(n, 90.0) for n in range(1, 11)]
    [ten] = cohorts([*measured, cohort_car(11, None)], single_cars=False)
    [nine] = cohorts([*measured[:9], cohort_car(10, None)], single_cars=False)
    assert (ten.median, ten.with_soh, ten.vehicles, ten.cars) == (90.0, 10, 11, ())
    assert (nine.median, nine.with_soh, nine.vehicles) == (None, None, 10)


def test_wilson_leaves_small_numbers_wide() -> None:
    share, low, high = wilson(1, 2)
    assert share == 0.5
    assert low < 0.15
    assert high > 0.85
    assert wilson(0, 0) == (None, 0.0, 1.0)
