"""What the committee and its members promise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from models.lab import gaussian_process
from models.lab.committee import Committee, LinearMember, Member
from models.lab.conformal import Regressor
from models.lab.gaussian_process import GaussianProcess
from models.lab.support_vectors import SupportVectors


def _bowl(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 2))
    return features, features[:, 0] + 0.5 * features[:, 1] ** 2 + rng.normal(0, 0.05, count)


def test_a_gaussian_process_bends_where_a_line_cannot() -> None:
    (features, target), (new, truth) = _bowl(60, 1), _bowl(60, 2)
    near = np.abs(new).max(axis=1) < 1.5
    bent = GaussianProcess().fit(features, target).predict(new)[near] - truth[near]
    straight = LinearMember().fit(features, target).predict(new)[near] - truth[near]
    assert np.abs(bent).mean() < 0.5 * np.abs(straight).mean()


def test_far_from_all_samples_a_gaussian_process_is_a_line() -> None:
    model = GaussianProcess().fit(*_bowl(60, 1))
    far = np.array([[200.0, 0.0], [300.0, 0.0], [400.0, 0.0]])
    assert np.diff(model.predict(far), n=2) == pytest.approx(0.0, abs=1e-4)


def test_the_gradient_of_the_marginal_likelihood_is_its_slope() -> None:
    features, target = _bowl(20, 3)
    known = (features @ features.T, gaussian_process._distances(features, features), target)
    logs = np.log([0.5, 0.2, 1.5, 0.05])
    slope = approx_fprime(logs, lambda at: gaussian_process._cost(at, *known)[0], 1e-6)
    assert gaussian_process._cost(logs, *known)[1] == pytest.approx(slope, rel=1e-3, abs=1e-3)


def test_a_line_shares_between_features_that_say_the_same_and_ignores_silent_ones() -> None:
    x = np.linspace(0, 1, 20)
    features = np.column_stack([x, x, np.full(20, 0.1)])
    model = LinearMember().fit(features, 3 * x)
    assert model.slope / model.scales.spread == pytest.approx([1.5, 1.5, 0.0])


@pytest.mark.parametrize("make", [LinearMember, GaussianProcess, SupportVectors])
def test_a_feature_that_never_moved_moves_no_answer(make: Callable[[], Regressor]) -> None:
    features, target = _bowl(40, 4)
    model = make().fit(np.column_stack([features, np.full(40, 0.1)]), target)
    same, other = (np.column_stack([features, np.full(40, held)]) for held in (0.1, 70.0))
    assert model.predict(other) == pytest.approx(model.predict(same))


def test_the_answer_far_outside_is_that_of_the_edge_and_said_to_be() -> None:
    features, target = _bowl(60, 1)
    members = (
        Member(make=LinearMember, columns=(0, 1)),
        Member(make=GaussianProcess, columns=(0,)),
    )
    model = Committee(members=members, reach=np.array([0.1, 0.5])).fit(features, target)
    absurd = np.full((1, 2), 1e6)
    assert model.extrapolates(absurd).all()
    assert not model.extrapolates(features).any()
    assert model.predict(absurd)[0] <= target.max() + 0.5 * np.ptp(target)


def test_a_committee_needs_more_samples_than_coefficients() -> None:
    every = Committee(
        members=(Member(make=LinearMember, columns=tuple(range(6))),), reach=np.full(6, 0.5)
    )
    with pytest.raises(ValueError, match="too few"):
        every.fit(np.zeros((4, 6)), np.zeros(4))
