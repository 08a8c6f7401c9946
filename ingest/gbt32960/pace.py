"""How fast one vehicle may report: a bucket that fills with its share, ten seconds deep."""

from __future__ import annotations

DEPTH_S = 10.0
"""A burst of so many seconds' share passes at once: what a terminal says after a short outage."""


class Pace:
    """`wait_s` takes one report out of the bucket, or says how long to wait before asking again."""

    def __init__(self, reports_s: float) -> None:
        self._reports_s = reports_s
        self._held = reports_s * DEPTH_S
        self._at: float | None = None

    def wait_s(self, now: float) -> float:
        """0 where a report may pass now; `now` is of a monotonic clock, in seconds."""
        since = 0.0 if self._at is None else now - self._at
        self._held = min(self._held + since * self._reports_s, self._reports_s * DEPTH_S)
        self._at = now
        if self._held < 1:
            return (1 - self._held) / self._reports_s
        self._held -= 1
        return 0.0
