"""A living car that reports itself: one row a second, as batches, without a bus in between.

For fleets of which only some cars are read over CAN; what is said is what a gateway would say.
"""

from __future__ import annotations

import numpy as np

from firmware_contracts.records import Record
from firmware_contracts.telemetry import Gap, Origin, TelemetryBatch
from simulators.episode import Episode
from simulators.live_car import LivingCar
from simulators.telemetry_batches import Draft, Stream


class LiveBatches:
    """Remembers up to which sample the car has been reported."""

    def __init__(self, car: LivingCar) -> None:
        self.car = car
        self._episode = car.episode
        self._next = 0
        self._draft = Draft()

    def watch(self) -> None:
        """Take in what has happened since; call it at least once per episode."""
        if self.car.episode is not self._episode:
            self._take(self._episode, self._episode.samples)
            self._draft.records += _at_end(self._episode)
            self._episode, self._next = self.car.episode, 0
        self._take(self._episode, int(self.car.seconds / self._episode.step_s) + 1)

    @property
    def rows(self) -> int:
        """Rows that wait to be taken."""
        return self._draft.rows

    def batch(self, stream: bytes, seq: int, boot: bytes, gaps: tuple[Gap, ...]) -> TelemetryBatch:
        """All that was taken in, as one message; what remains is empty."""
        draft, self._draft = self._draft, Draft()
        return draft.seal(Stream(stream=stream, boot=boot), seq, Origin.LIVE, gaps)

    def _take(self, episode: Episode, until: int) -> None:
        until = min(until, episode.samples)
        if until > self._next:
            if self._next == 0:
                self._draft.records += episode.records[: len(episode.records) - 1]
            self._draft.add(episode, np.arange(self._next, until, dtype=np.int64))
            self._next = until


def _at_end(episode: Episode) -> tuple[Record, ...]:
    """The summary of the episode itself; a start was told when it happened."""
    return episode.records[-1:]
