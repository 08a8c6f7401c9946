"""A trip's distance comes from the counter where it can be, never from a jump of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.station.distance import travelled_m

Readings = tuple[list[int], list[float]]
MINUTES = 10
SPEED = (list(range(0, 60_000 * MINUTES + 1, 1000)), [60.0] * (60 * MINUTES + 1))
"""60 km/h for ten minutes: 10 km."""


def minutely(*metres: float) -> tuple[list[int], list[float]]:
    return [60_000 * n for n in range(len(metres))], list(metres)


def distance(
    odometer: Readings,
    speed: Readings = SPEED,
) -> float | None:
    return travelled_m(odometer, speed, 0, 60_000 * MINUTES, 10_000)


@pytest.mark.parametrize(
    "odometer",
    [
        minutely(*(1000.0 * n for n in range(50_000, 50_010))),  # ten readings: nine steps
        minutely(0.0, *(1000.0 * n for n in range(50_001, 50_011))),  # a zero at the beginning
        minutely(65_534e3, 65_535e3, *(1000.0 * n for n in range(9))),  # 16 bits of km roll over
        minutely(*(1000.0 * n for n in range(50_000, 50_005)), 0.0, 50_006e3, 50_007e3),
        minutely(50_000e3, 50_000e3),  # it did not move: read twice in the first minute
        ([], []),
    ],
    ids=["ends", "zero first", "roll-over", "zero between", "still", "none"],
)
def test_ten_kilometres_are_ten_whatever_the_counter_does(
    odometer: Readings,
) -> None:
    assert distance(odometer) == pytest.approx(10_000, abs=200)


def test_a_jump_without_speed_is_null_and_a_sound_counter_needs_none() -> None:
    nothing: Readings = ([], [])
    assert distance(minutely(0.0, 50_001e3, 50_002e3), nothing) is None
    assert distance(minutely(50_000e3, 50_001e3, 50_002e3), nothing) == 2000


def test_speed_is_not_integrated_across_a_hole() -> None:
    speed = ([0, 1000, 301_000, 302_000], [60.0] * 4)
    assert travelled_m(([], []), speed, 0, 302_000, 10_000) == pytest.approx(2000 / 60, rel=0.01)


@given(
    st.lists(st.floats(0, 4e9), max_size=12),
    st.lists(st.floats(0, 300), max_size=30),
)
def test_no_counter_makes_a_trip_longer_than_a_car_can_go(
    metres: list[float], speeds: list[float]
) -> None:
    odometer = ([60_000 * n for n in range(len(metres))], metres)
    speed = ([20_000 * n for n in range(len(speeds))], speeds)
    found = travelled_m(odometer, speed, 0, 720_000, 30_000)
    assert found is None or 0 <= found <= 84 * 720 + 12 * 2000
