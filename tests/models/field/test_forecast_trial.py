"""The harness that judges the forecast: truth after the fact, honest scores, fleets of others."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from models.base import moment
from models.battery.ageing.fleet_prior import Fit, Multiplier
from vigil.cli import app
from vigil.trials.forecast import (
    AHEAD,
    Foretold,
    Life,
    _probabilities,
    conformal_width,
    foretell,
    live,
    straight,
    summary,
)


@pytest.fixture(scope="module")
def life() -> Life:
    return live(seed=11, index=1, years=1.0)


def test_a_forecast_is_made_from_points_before_it_and_judged_by_what_came_after(life: Life) -> None:
    now_ms = life.subject.now.timestamp() * 1000
    assert life.subject.points
    assert all(p.at_ms <= now_ms for p in life.subject.points)
    assert list(life.truth_pct) == sorted(life.truth_pct, reverse=True)
    assert life.now_pct > life.truth_pct[0]
    assert life.subject.age_years == pytest.approx(1.0, abs=0.05)
    assert live(seed=11, index=1, years=1.0) == life


def test_a_healthier_habit_is_a_gain_in_the_simulated_truth_too(life: Life) -> None:
    assert life.gains_pct["charge_to_80"] >= 0
    assert life.gains_pct["less_dc"] >= -0.01


def test_less_history_and_a_fleet_change_the_forecast(life: Life) -> None:
    [*_, last] = life.subject.points
    early = replace(last, at_ms=last.at_ms - int(0.8 * 365.25 * 86_400_000), value=last.value + 3)
    subject = replace(life.subject, points=[early, last], now=moment(last.at_ms))
    seen = replace(life, subject=subject)
    whole, quarter = foretell(seen, "since_new"), foretell(seen, "last_quarter")
    assert whole is not None
    assert quarter is not None
    assert quarter.low != whole.low
    fast = foretell(seen, "since_new", Multiplier(median=9.0, spread=0.1, cars=50))
    assert fast is not None
    assert fast.median[-1] < whole.median[-1]
    assert foretell(replace(life, subject=replace(subject, points=[])), "since_new") is None
    assert len(straight(subject)) == len(AHEAD)


def told(low: float, high: float, truth: float, below: float) -> Foretold:
    return Foretold(
        chemistry="nmc",
        low=(low,) * 3,
        median=((low + high) / 2,) * 3,
        high=(high,) * 3,
        line=(90.0,) * 3,
        below=(below,) * 3,
        truth=(truth,) * 3,
        warranty=(below, truth < 80),
        fit=Fit(log_mean=0.0, log_sd=0.3),
        gains={"charge_to_80": (0.0, 1.0, 2.0, truth / 80), "less_dc": (0.0, 0.0, 0.0, 0.0)},
    )


def test_a_band_that_misses_is_counted_as_a_miss() -> None:
    scores = summary([told(80, 90, 85.0, 0.1), told(80, 90, 79.0, 0.1)])
    ahead = scores["ahead"]
    assert isinstance(ahead, dict)
    assert ahead["3"]["coverage90"] == 0.5
    assert ahead["3"]["mae"] == 3.0
    assert ahead["3"]["bias"] == 3.0
    assert ahead["3"]["width90_median"] == 10
    assert ahead["3"]["below_80"]["happened"] == 0.5


def test_a_probability_is_scored_against_always_saying_the_base_rate() -> None:
    sharp = _probabilities([(0.9, True)] * 9 + [(0.1, False)] * 9)
    flat = _probabilities([(0.5, True)] * 9 + [(0.5, False)] * 9)
    assert sharp["brier"] == pytest.approx(0.01)
    assert flat["brier"] == flat["brier_base_rate"] == 0.25
    assert [b["happened"] for b in sharp["bins"]] == [0.0, 1.0]  # type: ignore[attr-defined]
    assert _probabilities([]) == {"n": 0}


def test_the_conformal_width_holds_nine_in_ten() -> None:
    chance = np.random.default_rng(1)
    truth = chance.normal(0, 1, 2000)
    width = conformal_width(np.zeros(2000), truth)
    assert width == pytest.approx(2 * 1.645, rel=0.08)
    assert conformal_width(np.zeros(8), truth[:8]) is None


def test_the_command_scores_both_chemistries_histories_and_priors() -> None:
    done = CliRunner().invoke(
        app,
        [
            "evaluate",
            "forecast",
            "--cars",
            "8",
            "--seed",
            "4",
            "--years",
            "1",
            "--jobs",
            "1",
            "--json",
        ],
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["years_ahead"] == [3.0, 5.0, 8.0]
    for scores in found["chemistries"].values():
        assert set(scores) == {"literature", "cohort"}
        for histories in scores.values():
            assert set(histories) == {"since_new", "last_quarter"}
            assert set(histories["since_new"]["ahead"]) == {"3", "5", "8"}
