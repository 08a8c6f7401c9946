"""The forecast: literature's figures, bands that narrow with history, what-if with honest sizes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from domain.health import Estimate, Silence
from domain.vehicle import BatteryWarranty, Chemistry
from models.battery.ageing import forecast, particles
from models.battery.ageing.fleet_prior import Multiplier
from models.battery.ageing.habits import advice, habits, ranges
from models.battery.ageing.prior import Stress, anode_potential, fade
from models.battery.ageing.subject import Subject
from models.battery.capacity.filter import Point, Sight, fuse
from models.battery.cohort import percentile
from models.battery.family import assess
from tests.models.battery.packs import Pack, simulate
from tests.models.battery.windows import NMC_CAR, window_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = 86_400_000


@pytest.mark.parametrize(
    ("chemistry", "celsius", "calendar", "cycling"),
    [
        (Chemistry.NMC, 15, 0.011, 0.007),
        (Chemistry.NMC, 25, 0.026, 0.014),
        (Chemistry.NMC, 35, 0.056, 0.027),
        (Chemistry.LFP, 15, 0.018, 0.052),
        (Chemistry.LFP, 25, 0.035, 0.040),
        (Chemistry.LFP, 35, 0.064, 0.032),
    ],
)
def test_the_prior_gives_the_published_losses_after_eight_years(
    chemistry: Chemistry, celsius: float, calendar: float, cycling: float
) -> None:
    at = Stress(soc=0.6, depth=0.5, temperatures_k=(celsius + 273.15,), cycles_per_year=0)
    used = replace(at, cycles_per_year=100)
    eight = np.array([8.0])
    resting = float(fade(eight, at, chemistry)[0])
    assert resting == pytest.approx(calendar, abs=0.001)
    assert float(fade(eight, used, chemistry)[0]) - resting == pytest.approx(cycling, abs=0.001)
    assert anode_potential(0.6) == pytest.approx(0.1189, abs=1e-4)


def point(years_ago: float, value: float, half: float = 2.0) -> Point:
    at = int((NOW - timedelta(days=365.25 * years_ago)).timestamp() * 1000)
    return Point(
        at_ms=at,
        value=value,
        low=value - half,
        high=value + half,
        sd=half / 1.645,
        segment=0,
        windows=5,
    )


def subject(*points: Point, **more: object) -> Subject:
    given: dict[str, object] = {
        "chemistry": Chemistry.NMC,
        "points": points,
        "now": NOW,
        "in_service": date(2022, 6, 1),
        "km": 60_000.0,
        "km_per_year": 15_000.0,
        "stress": Stress(),
        "warranty": BatteryWarranty(years=8, km=150_000, threshold_pct=70, source="handbook"),
    }
    return Subject(**{**given, **more})  # type: ignore[arg-type]


def width(found: dict[str, object], at: int = -1) -> float:
    high, low = found["high"], found["low"]
    assert isinstance(high, list)
    assert isinstance(low, list)
    return float(high[at] - low[at])


def test_history_narrows_the_band_and_moves_it() -> None:
    one = forecast.forecast(subject(point(0, 93.0)))
    many = [point(age, 93.0 + 1.2 * age) for age in (3.0, 2.0, 1.0, 0.0)]
    more = forecast.forecast(subject(*many))
    bad = forecast.forecast(subject(point(0, 84.0)))
    assert width(more) < width(one)
    assert bad["median"][-1] < one["median"][-1] - 5  # type: ignore[index]
    assert one == forecast.forecast(subject(point(0, 93.0)))


def test_health_only_falls_and_the_band_holds_its_median() -> None:
    found = forecast.forecast(subject(point(0, 92.0)))
    for name in ("low", "median", "high"):
        assert all(np.diff(found[name]) <= 0.05)  # type: ignore[call-overload]
    assert found["low"] <= found["median"] <= found["high"]  # type: ignore[operator]


def test_the_warranty_line_is_the_vehicle_s_own_and_ends_by_what_comes_first() -> None:
    line = forecast.forecast(subject(point(0, 74.0)))["warranty"]
    assert isinstance(line, dict)
    assert line["source"] == "handbook"
    assert line["probability_below"] > 0.3
    by_km = forecast.forecast(subject(point(0, 92.0), km=140_000.0, km_per_year=20_000.0))
    assert by_km["warranty"]["ends"] == "2026-11-30"  # type: ignore[index]
    assert forecast.forecast(subject(point(0, 92.0), warranty=None))["warranty"] is None


def test_the_cohort_s_rate_of_ageing_moves_a_car_of_little_history_most() -> None:
    fast = Multiplier(median=6.0, spread=0.2, cars=80)
    new = [point(0, 99.0)]
    young = {"in_service": date(2026, 3, 1), "km": 4_000.0}
    plain = forecast.forecast(subject(*new, **young))
    held = forecast.forecast(subject(*new, fleet=fast, **young))
    assert held["median"][-1] < plain["median"][-1] - 2  # type: ignore[index]
    basis = held["basis"]
    assert isinstance(basis, dict)
    assert basis["multiplier_prior_cars"] == 80
    long = [point(age, 93.0 + 1.2 * age) for age in (3.0, 2.0, 1.0, 0.0)]
    own, both = (forecast.forecast(subject(*long, fleet=f)) for f in (None, fast))
    assert abs(both["median"][-1] - own["median"][-1]) < 6  # type: ignore[index]


def test_less_history_makes_a_wider_band_at_every_age() -> None:
    little = forecast.forecast(subject(point(0, 93.0, half=4.0)))
    many = [point(age, 93.0 + 1.2 * age) for age in (3.0, 2.25, 1.5, 0.75, 0.0)]
    much = forecast.forecast(subject(*many))
    assert all(width(little, at) > width(much, at) for at in (4, 12, 20, 32, 40))


def test_a_history_no_law_explains_is_not_forecast_with_certainty() -> None:
    odd = forecast.forecast(subject(*[point(a, 60.0 + 11 * a, half=0.4) for a in (3, 2, 1, 0)]))
    assert width(odd, 20) > 3


def test_probabilities_of_being_below_a_level_grow_with_time_and_agree_with_the_dates() -> None:
    found = forecast.forecast(subject(point(0, 84.0)))
    levels = found["levels"]
    assert isinstance(levels, dict)
    below = levels["80"]["probability_below"]
    assert all(np.diff(below) >= 0)
    assert below[-1] == levels["80"]["probability_within_horizon"]
    median_years = levels["80"]["years"][1]
    at = below[round(median_years / forecast.STEP_YEARS)]
    assert 0.45 < at < 0.75


def test_regulations_hold_only_for_vehicles_approved_under_them() -> None:
    assert forecast.forecast(subject(point(0, 92.0)))["durability"] == []
    other = forecast.forecast(subject(point(0, 92.0), approvals=("gb38031_2020",)))
    assert other["durability"] == []
    found = forecast.forecast(subject(point(0, 92.0), approvals=("euro7_m1", "gtr22_1")))
    shown = [(x["source"], x["years"], x["threshold_pct"]) for x in found["durability"]]  # type: ignore[attr-defined]
    assert shown == [
        ("Euro 7, M1", 5.0, 80.0),
        ("Euro 7, M1", 8.0, 72.0),
        ("UN GTR 22, category 1", 5.0, 80.0),
        ("UN GTR 22, category 1", 8.0, 70.0),
    ]
    assert all(x["kind"] == "regulation" for x in found["durability"])  # type: ignore[attr-defined]


def test_an_approval_on_the_vehicle_reaches_the_forecast_and_the_warranty_stays_its_own() -> None:
    rows = window_of(simulate(Pack(seed=3)))
    approved = replace(NMC_CAR, in_service=date(2022, 1, 1), approvals=("euro7_m1",))
    plain = assess(rows, replace(approved, approvals=())).facts["forecast"]
    told = assess(rows, approved).facts["forecast"]
    assert isinstance(plain, dict)
    assert isinstance(told, dict)
    assert plain["durability"] == []
    assert len(told["durability"]) == 2
    assert told["warranty"] is None


def test_a_car_that_ends_its_charges_at_80_gains_nothing_from_ending_them_there() -> None:
    gains = [
        forecast.forecast(subject(point(0, 92.0), stress=Stress(top=top)))["what_if"]
        for top in (0.8, 1.0)
    ]
    first, second = [w["charge_to_80"]["points_after_10_years"] for w in gains]  # type: ignore[index]
    assert first == [0, 0, 0]
    assert second[1] > 0


def test_what_if_changes_the_rate_from_now_on_and_not_the_past() -> None:
    subject_ = subject(point(0, 92.0), stress=Stress(top=1.0))
    cloud = particles.weighted(subject_)
    for change in forecast.CHANGES.values():
        at = np.array([0.0, 5.0])
        now = particles.paths(cloud, subject_, subject_.stress, at)
        later = particles.paths(cloud, subject_, change(subject_.stress), at)
        assert np.array_equal(now[:, 0], later[:, 0])
        assert (later[:, 1] >= now[:, 1] - 1e-9).all()


def test_what_if_names_small_gains_as_small() -> None:
    what_if = forecast.forecast(subject(point(0, 92.0), stress=Stress(soc=0.85, top=1.0)))[
        "what_if"
    ]
    assert isinstance(what_if, dict)
    gain = what_if["charge_to_80"]["points_after_10_years"]
    assert 0 < gain[0] <= gain[1] <= gain[2]
    assert gain[1] < 8
    assert what_if["less_dc"]["points_after_10_years"][1] == pytest.approx(0, abs=0.5)


def test_a_changed_pack_starts_a_segment_with_its_reason_and_noise_does_not() -> None:
    steady = [
        Sight(at_ms=i * 7 * DAY, value=100 - 0.03 * i, sd=2.0, span_pct=60) for i in range(20)
    ]
    better = [Sight(at_ms=(20 + i) * 7 * DAY, value=118, sd=2.0, span_pct=60) for i in range(6)]
    track = fuse([*steady, *better], Chemistry.NMC)
    assert [s.reason for s in track.segments] == ["first", "evidence"]
    assert track.segments[1].since_ms == better[0].at_ms
    assert abs(track.points[-1].value - 118) < 2
    odd = [*steady[:10], replace(better[0], at_ms=steady[10].at_ms), *steady[11:]]
    assert len(fuse(odd, Chemistry.NMC).segments) == 1
    repaired = fuse(steady, Chemistry.NMC, repairs_ms=[50 * DAY])
    assert [s.reason for s in repaired.segments] == ["first", "repair"]


def test_what_is_shown_never_jumps_without_a_segment() -> None:
    chance = np.random.default_rng(5)
    for _ in range(30):
        sights = [
            Sight(at_ms=i * 3 * DAY, value=float(chance.normal(100, 4)), sd=3.0, span_pct=50)
            for i in range(60)
        ]
        points = fuse(sights, Chemistry.NMC).points
        for before, after in pairwise(points):
            if before.segment == after.segment:
                assert abs(after.value - before.value) <= 0.5 * (before.high - before.low)
                assert after.low <= after.value <= after.high


def test_a_long_silence_is_no_leave_to_jump() -> None:
    early = [Sight(at_ms=i * DAY, value=100.0, sd=0.5, span_pct=60) for i in range(5)]
    late = [Sight(at_ms=(90 + i) * DAY, value=91.0, sd=0.5, span_pct=60) for i in range(2)]
    [*_, before, first, second] = fuse([*early, *late], Chemistry.LFP).points
    for one, other in ((before, first), (first, second)):
        assert one.segment == other.segment
        assert abs(other.value - one.value) <= 0.5 * (one.high - one.low)


def test_habits_range_and_advice_come_from_the_car_s_own_rows() -> None:
    rows = simulate(Pack(seed=3, days=30))
    judged = assess(window_of(rows), NMC_CAR)
    seen = judged.facts["habits"]
    assert isinstance(seen, dict)
    assert 40 < seen["mean_soc_pct"] < 95
    assert seen["dc_share"] == 0
    mild, cold = judged.answers["range_mild"], judged.answers["range_cold"]
    assert isinstance(mild, Estimate)
    assert isinstance(cold, Estimate)
    assert cold.value < mild.value
    assert habits(rows.take(slice(0, 5)), []) is None
    assert advice(None, Chemistry.NMC) == []
    assert all(isinstance(a, Silence) for a in ranges(mild, None).values())


def test_without_an_age_there_is_no_forecast() -> None:
    judged = assess(window_of(simulate(Pack(seed=3))), NMC_CAR)
    assert judged.facts["forecast"] is None
    assert isinstance(judged.answers["soh_at_warranty_end"], Silence)
    born = replace(NMC_CAR, in_service=date(2020, 1, 1))
    known = assess(window_of(simulate(Pack(seed=3))), born)
    assert isinstance(known.facts["forecast"], dict)


def test_a_rank_needs_enough_cars_and_carries_its_interval() -> None:
    assert isinstance(percentile(90.0, [88.0] * 5, quantity="capacity"), Silence)
    rank = percentile(90.0, list(np.linspace(70, 100, 100)), quantity="capacity")
    assert isinstance(rank, Estimate)
    assert rank.low < rank.value < rank.high
    assert abs(rank.value - 67) < 2
    assert isinstance(percentile(50.0, list(np.linspace(70, 100, 100)), quantity="x"), Estimate)
