"""Where a car stands among its like: never among few, never by what cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from domain.health import Estimate, Silence
from models.battery.cohort import (
    AGE_YEARS,
    MIN_COHORT,
    RULES,
    WITHIN_MODEL,
    Member,
    band,
    percentile,
    places,
)

CAR = Member(
    vehicle_id=0,
    model=("Make", "One", 150.0),
    chemistry="nmc",
    age_years=3.0,
    km=40_000.0,
    value=90.0,
    low=90.0,
    high=90.0,
)


def fleet(n: int, first: int = 1, **same: object) -> list[Member]:
    """`n` cars alike, with values from 80 to 100."""
    values = np.linspace(80, 100, n)
    return [
        replace(CAR, vehicle_id=first + k, value=v, low=v - 1, high=v + 1, **same)  # type: ignore[arg-type]
        for k, v in enumerate(values.tolist())
    ]


def told(members: Sequence[Member], vehicle: int, rules: Sequence[str] = tuple(RULES)) -> Estimate:
    answer = places(members, rules, quantity="capacity")[vehicle].answer
    assert isinstance(answer, Estimate)
    return answer


def test_the_narrowest_cohort_that_is_large_enough_speaks() -> None:
    near, far = fleet(25), fleet(25, 100, km=90_000.0)
    other_model = fleet(25, 200, model=("Make", "Two", 80.0))
    found = places([*near, *far, *other_model], tuple(RULES), quantity="capacity")
    assert {found[m.vehicle_id].rule for m in near} == {"model_age_km"}
    assert found[1].cohort["km"] == [30_000, 60_000]
    few = places([*near[:12], *far[:12], *other_model], tuple(RULES), quantity="capacity")
    assert {few[m.vehicle_id].rule for m in [*near[:12], *far[:12]]} == {"model_age"}
    fewer = places([*near[:5], *other_model], tuple(RULES), quantity="capacity")
    assert fewer[1].rule == "chemistry_age_km"


def test_below_twenty_others_there_is_silence_with_their_number() -> None:
    found = places(fleet(MIN_COHORT), tuple(RULES), quantity="capacity")[1]
    assert isinstance(found.answer, Silence)
    assert found.answer.detail == {"cars": MIN_COHORT - 1, "needed": MIN_COHORT}
    assert found.rule == "chemistry_age"
    assert isinstance(
        places(fleet(MIN_COHORT + 1), tuple(RULES), quantity="capacity")[1].answer, Estimate
    )


def test_a_car_never_counts_itself() -> None:
    members = fleet(41)
    lowest, highest, middle = (told(members, v) for v in (1, 41, 21))
    assert (lowest.value, highest.value) == (0.0, 100.0)
    assert middle.value == pytest.approx(50.0)
    assert middle.windows == 40


def test_the_rank_is_the_one_of_the_plain_function() -> None:
    members = fleet(60)
    values = [m.value for m in members]
    for at in (0, 7, 30, 59):
        others = [v for k, v in enumerate(values) if k != at]
        plain = percentile(values[at], others, quantity="capacity")
        assert isinstance(plain, Estimate)
        ranked = told(members, at + 1)
        assert ranked.value == pytest.approx(plain.value)
        assert ranked.low <= plain.low <= plain.high <= ranked.high


def test_clopper_pearson_of_ten_in_twenty() -> None:
    # Clopper and Pearson 1934: x = 10, n = 20, 90 % -> 0.3020 to 0.6980
    found = percentile(10.5, [float(x) for x in range(1, 21)], quantity="x")
    assert isinstance(found, Estimate)
    assert found.low == pytest.approx(30.20, abs=0.01)
    assert found.high == pytest.approx(69.80, abs=0.01)


def test_an_uncertain_car_has_an_uncertain_rank() -> None:
    sure, unsure = fleet(60), fleet(60)
    unsure[30] = replace(unsure[30], low=unsure[30].value - 5, high=unsure[30].value + 5)
    wide, narrow = told(unsure, 31), told(sure, 31)
    assert wide.low < narrow.low
    assert wide.high > narrow.high


def test_ties_share_their_place() -> None:
    members = [replace(m, value=90.0, low=90.0, high=90.0) for m in fleet(30)]
    assert told(members, 5).value == pytest.approx(50.0)


def test_short_and_long_steps_of_current_are_never_compared() -> None:
    short, long = fleet(15, kind="short"), fleet(15, 100, kind="long")
    found = places([*short, *long], WITHIN_MODEL, quantity="resistance")
    assert all(isinstance(p.answer, Silence) for p in found.values())
    assert found[1].answer.detail["cars"] == 14


def test_what_is_not_known_puts_a_car_into_no_cohort_of_that_rule() -> None:
    no_distance = fleet(25, km=None)
    found = places(no_distance, tuple(RULES), quantity="capacity")
    assert {p.rule for p in found.values()} == {"model_age"}
    assert places(fleet(25, age_years=None), tuple(RULES), quantity="capacity") == {}
    nameless = places(fleet(25, model=("", "", None)), tuple(RULES), quantity="capacity")
    assert {p.rule for p in nameless.values()} == {"chemistry_age_km"}


@pytest.mark.parametrize(
    ("value", "found"),
    [(0.0, (0, 2)), (2.0, (2, 4)), (11.9, (8, 12)), (12.0, (12, None)), (-1.0, None)],
)
def test_bands_are_half_open(value: float, found: object) -> None:
    assert band(value, AGE_YEARS) == found


def test_a_large_fleet_is_ranked_in_one_sort() -> None:
    members = fleet(3_000)
    found = places(members, tuple(RULES), quantity="capacity")
    assert len(found) == 3_000
    assert found[1_500].answer.windows == 2_999  # type: ignore[union-attr]
