"""Ids that nothing explains: how often they come and which of their bits move."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

MOST = 20_000
"""Ids that are followed one by one; noise may bring any number of others: they are counted."""
Key = tuple[int, bool]
"""Id and whether it has 29 bits."""


@dataclass(slots=True)
class Trace:
    """One id: frames, first and last time in s, last data and the bits that ever changed."""

    n: int = 0
    first_s: float = 0.0
    last_s: float = 0.0
    data: npt.NDArray[np.uint8] | None = None
    changed: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(64, dtype=np.uint8))
    longest: int = 0

    def take(
        self,
        t: npt.NDArray[np.float64],
        data: npt.NDArray[np.uint8],
        lengths: npt.NDArray[np.uint8],
    ) -> None:
        """Frames of this id in order of time."""
        self.first_s = self.first_s if self.n else float(t[0])
        self.last_s = float(t[-1])
        self.n += len(t)
        self.longest = max(self.longest, int(lengths.max(initial=0)))
        width = data.shape[1]
        rows = data if self.data is None else np.vstack([self.data[:width], data])
        if len(rows) > 1:
            self.changed[:width] |= np.bitwise_or.reduce(rows[1:] ^ rows[:-1], axis=0)
        self.data = np.zeros(64, dtype=np.uint8)
        self.data[:width] = data[-1]

    @property
    def rate_hz(self) -> float:
        """Frames a second; 0 where it was heard once."""
        span = self.last_s - self.first_s
        return (self.n - 1) / span if span > 0 else 0.0


class Unknown:
    """All ids without an explanation."""

    def __init__(self) -> None:
        self.traces: dict[Key, Trace] = {}
        self.others = 0

    def take(
        self,
        key: Key,
        t: npt.NDArray[np.float64],
        data: npt.NDArray[np.uint8],
        lengths: npt.NDArray[np.uint8],
    ) -> None:
        """Frames of one id."""
        if key not in self.traces and len(self.traces) >= MOST:
            self.others += len(t)
            return
        self.traces.setdefault(key, Trace()).take(t, data, lengths)

    def shown(self) -> list[dict[str, object]]:
        """The most frequent first."""
        listed = sorted(self.traces.items(), key=lambda item: (-item[1].n, item[0]))
        return [
            {
                "id": f"{can_id:08X}" if extended else f"{can_id:03X}",
                "extended": extended,
                "n": trace.n,
                "rate_hz": round(trace.rate_hz, 3),
                "changing_bits": trace.changed[: trace.longest].tobytes().hex().upper(),
            }
            for (can_id, extended), trace in listed
        ]
