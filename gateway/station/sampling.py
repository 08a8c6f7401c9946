"""Samples to rows: one tick per period, each value in the tick in which it was read.

Nothing is repeated: a signal that was not read in a tick is absent from it. Of several readings in
one tick the last wins and the others are counted.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware_contracts.signals import CELL_VOLTAGE, PACKED
from gateway.frames import SignalSample, Tick


class Sampler:
    """Collects one tick at a time. Late samples (of an earlier tick) are counted and left out."""

    def __init__(self, *, period_ms: int = 1000) -> None:
        if period_ms <= 0:
            raise ValueError(f"tick period {period_ms} ms must be above 0")
        self.period_ms = period_ms
        self.replaced = 0
        self.late = 0
        self._open: Tick | None = None

    def feed(self, samples: Iterable[SignalSample]) -> list[Tick]:
        """Take samples; returns the ticks they completed."""
        done: list[Tick] = []
        for sample in samples:
            done += self.advance(sample.t_ms)
            self._put(sample)
        return done

    def advance(self, t_ms: int) -> list[Tick]:
        """Close the open tick when `t_ms` lies behind it."""
        start = t_ms - t_ms % self.period_ms
        tick = self._open
        if tick is not None and start <= tick.t_ms:
            return []
        self._open = Tick(t_ms=start)
        return [] if tick is None or tick.empty else [tick]

    def flush(self) -> list[Tick]:
        """Close what is open: the bus went to sleep or the agent stops."""
        tick, self._open = self._open, None
        return [] if tick is None or tick.empty else [tick]

    def _put(self, sample: SignalSample) -> None:
        tick = self._open
        assert tick is not None
        if sample.t_ms < tick.t_ms:
            self.late += 1
            return
        if sample.signal in PACKED:
            packed = tick.cells if sample.signal == CELL_VOLTAGE.id else tick.probes
            packed[sample.part] = sample.value
            return
        self.replaced += sample.signal in tick.values
        tick.values.pop(sample.signal, None)
        tick.reasons.pop(sample.signal, None)
        if sample.value is None:
            tick.reasons[sample.signal] = sample.reason
        else:
            tick.values[sample.signal] = sample.value
