"""What the car itself says of its battery, as far as it is kept: the newest values and how many."""

from __future__ import annotations

import numpy as np

from domain.health import Answer, Estimate, Silence
from domain.methods import Method
from models.base import Array
from models.state import State

NEWEST = 60
"""Values whose median is reported; by judgement: a minute of rows, so that one odd value is not."""


class CarReported:
    """One signal of the car's own; `what` is the message id of what is missing without it."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._newest: Array = np.empty(0)
        self._count = 0

    def add(self, values: Array) -> None:
        """The next rows' values, NaN where it was not read."""
        known = values[~np.isnan(values)]
        self._count += len(known)
        self._newest = np.concatenate([self._newest, known])[-NEWEST:]

    def answer(self) -> Answer:
        """What the car says last; its own interval is not known, so it is a point."""
        if not self._count:
            return Silence(reason="not_read_from_car", missing=self._what)
        last = float(np.median(self._newest))
        return Estimate(
            value=last,
            low=last,
            high=last,
            unit="%",
            method=Method.CAR_REPORTED,
            windows=self._count,
            coverage=1.0,
            detail={"interval": "not stated by the car"},
        )

    def state(self) -> State:
        """A snapshot for `restore`."""
        return {"newest": self._newest.copy(), "count": self._count}

    @classmethod
    def restore(cls, state: State, what: str) -> CarReported:
        """The same as it was."""
        reported = cls(what)
        reported._newest, reported._count = state["newest"].copy(), state["count"]
        return reported
