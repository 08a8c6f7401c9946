"""Trying again what passes, ever more slowly: 1, 2, 4, ... times the first pause, up to the most.

Pure but for the count: who waits, on which clock and with how much jitter, is the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass

_MOST_DOUBLINGS = 32
"""Enough to reach any pause from any other; keeps the power of two a small number."""


@dataclass(slots=True, kw_only=True)
class Backoff:
    """Pauses in seconds after failures in a row.

    >>> backoff = Backoff(first_s=0.5, most_s=3)
    >>> [backoff.next_s() for _ in range(4)]
    [0.5, 1.0, 2.0, 3.0]
    >>> backoff.reset(); backoff.next_s()
    0.5
    """

    first_s: float
    most_s: float
    failures: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.first_s <= self.most_s:
            raise ValueError(f"0 < first_s <= most_s does not hold: {self.first_s}, {self.most_s}")

    def next_s(self) -> float:
        """The pause after one more failure."""
        pause_s = self.pause_s(self.failures)
        self.failures += 1
        return pause_s

    def pause_s(self, failures: int) -> float:
        """The pause after so many failures before this one."""
        return min(self.first_s * 2.0 ** min(failures, _MOST_DOUBLINGS), self.most_s)

    def reset(self) -> None:
        """It worked: the next failure is the first again."""
        self.failures = 0
