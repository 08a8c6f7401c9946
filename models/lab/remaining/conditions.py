"""Operating conditions: sensors told apart from the load under which they were read.

A machine at another altitude or throttle reads otherwise without being worn. Where the settings
fall into few distinct conditions each sensor is measured by mean and spread of its condition; where
they do not, a line on the settings (and their squares) is taken out first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
_MOST = 12  # conditions; the published sets have one or six
_APART = 0.01  # of the settings' variance left inside conditions that are truly distinct
_FEWEST = 50  # rows of a condition from which means and spreads are taken
_CONSTANT = 1e-6  # of a sensor's size: less is how numbers are stored
_LOOKED_AT = 5000  # rows that suffice to find the conditions
_OUTLYING = 10.0  # standard deviations beyond which a reading says nothing more


@dataclass(slots=True, kw_only=True)
class Conditions:
    """`fit(settings [n, 3], sensors [n, s])`, then `measure(settings, sensors) -> [n, kept]`.

    Sensors that are constant inside every condition, or unknown, are left out (`kept` bool [s]).
    """

    seed: int = 0
    scale: Floats = field(init=False)
    centres: KMeans | None = field(init=False)
    means: Floats = field(init=False)
    spreads: Floats = field(init=False)
    bend: Floats = field(init=False)
    kept: npt.NDArray[np.bool_] = field(init=False)

    def fit(self, settings: Floats, sensors: Floats) -> Self:
        """Find the conditions and what each sensor reads under them."""
        filled = np.nan_to_num(settings)
        self.scale = np.maximum(filled.std(axis=0), 1e-12)
        self.centres = _distinct(filled / self.scale, self.seed)
        self.bend = self._line(filled, sensors)
        straight = sensors - self._terms(filled) @ self.bend
        labels = self._labels(filled)
        groups = [straight[labels == at] for at in range(int(labels.max()) + 1)]
        self.means = np.stack([_of(np.nanmean, g, straight) for g in groups])
        self.spreads = np.stack([_of(np.nanstd, g, straight) for g in groups])
        size = np.abs(self.means).max(axis=0)
        varies = self.spreads.max(axis=0) > _CONSTANT * np.maximum(size, 1e-9)
        self.kept = np.isfinite(size) & varies
        return self

    def measure(self, settings: Floats, sensors: Floats) -> Floats:
        """Sensors in spreads from the mean of their condition, [n, kept]; unknown ones 0."""
        filled = np.nan_to_num(settings)
        labels = self._labels(filled)
        away = sensors - self._terms(filled) @ self.bend - self.means[labels]
        spread = np.where(self.spreads > 0, self.spreads, np.inf)[labels]
        measured = np.clip(away[:, self.kept] / spread[:, self.kept], -_OUTLYING, _OUTLYING)
        return np.nan_to_num(measured)

    def count(self) -> int:
        """How many conditions were told apart."""
        return len(self.means)

    def _labels(self, settings: Floats) -> Ints:
        if self.centres is None:
            return np.zeros(len(settings), dtype=np.intp)
        return np.asarray(self.centres.predict(settings / self.scale), dtype=np.intp)

    def _terms(self, settings: Floats) -> Floats:
        z = settings / self.scale
        return np.column_stack([z, z**2])

    def _line(self, settings: Floats, sensors: Floats) -> Floats:
        """Slopes of sensors on settings, [6, s]; none where conditions are distinct."""
        terms = self._terms(settings)
        if self.centres is not None:
            return np.zeros((terms.shape[1], sensors.shape[1]))
        centred = terms - terms.mean(axis=0)
        known = np.nan_to_num(sensors - _of(np.nanmean, sensors, sensors))
        return np.asarray(np.linalg.lstsq(centred, known, rcond=1e-8)[0])


def _distinct(scaled: Floats, seed: int) -> KMeans | None:
    """The fewest centres that leave next to no variance; None where settings are continuous."""
    rows = scaled[:: max(1, len(scaled) // _LOOKED_AT)]
    total = float(((rows - rows.mean(axis=0)) ** 2).sum())
    if total <= 0:
        return None
    for count in range(2, min(_MOST, len(np.unique(rows, axis=0))) + 1):
        found = KMeans(count, n_init=4, random_state=seed).fit(rows)
        if found.inertia_ <= _APART * total:
            return found
    return None


def _of(figure: object, group: Floats, everything: Floats) -> Floats:
    """A figure of a condition, or of all rows where it has too few; NaN for unknown sensors."""
    rows = group if len(group) >= _FEWEST else everything
    known = np.isfinite(rows).any(axis=0)
    found = np.full(rows.shape[1], np.nan)
    if known.any():
        assert callable(figure)
        found[known] = figure(rows[:, known], axis=0)
    return found
