"""What a pass over recordings counts. frames_in = decoded + unknown + errors, always."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gateway.recording.block import Kind
from gateway.recording.unknown import Unknown


@dataclass(slots=True)
class Extent:
    """Values of one signal: how many, smallest, largest, and how many were no values."""

    n: int = 0
    min: float | None = None
    max: float | None = None
    null: int = 0
    unit: str = ""

    def take(self, values: npt.NDArray[np.float64], null: int = 0) -> None:
        """Some more values; NaN is no value."""
        good = values[~np.isnan(values)]
        self.null += null + len(values) - len(good)
        self.n += len(good)
        if len(good):
            low, high = float(good.min()), float(good.max())
            self.min = low if self.min is None else min(self.min, low)
            self.max = high if self.max is None else max(self.max, high)

    def shown(self) -> dict[str, object]:
        """For --json."""
        out: dict[str, object] = {"n": self.n, "min": self.min, "max": self.max}
        return out | ({"null": self.null} if self.null else {})


@dataclass(slots=True, kw_only=True)
class Figures:
    """Counts of a whole run. `messages` holds the same signals message by message."""

    frames_in: int = 0
    decoded: int = 0
    unknown: int = 0
    errors: int = 0
    short: int = 0
    kinds: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    signals: dict[str, Extent] = field(default_factory=dict)
    messages: dict[str, dict[str, Extent]] = field(default_factory=dict)
    ids: Unknown = field(default_factory=Unknown)
    troubles: list[str] = field(default_factory=list)

    def note(
        self, signal: str, values: npt.NDArray[np.float64], *, message: str = "", null: int = 0
    ) -> None:
        """Values of one signal."""
        self.signals.setdefault(signal, Extent()).take(values, null)
        if message:
            of_message = self.messages.setdefault(message, {})
            of_message.setdefault(signal, Extent()).take(values, null)

    def shown(self) -> dict[str, object]:
        """For --json."""
        return {
            "frames_in": self.frames_in,
            "decoded": self.decoded,
            "unknown": self.unknown,
            "errors": self.errors,
            "frames": {kind.name.lower(): n for kind, n in self.kinds.items()},
            "shorter_than_dbc": self.short,
            "signals": {name: extent.shown() for name, extent in sorted(self.signals.items())},
            "messages": {
                name: {signal: extent.shown() for signal, extent in sorted(listed.items())}
                for name, listed in sorted(self.messages.items())
            },
            "unknown_ids": self.ids.shown(),
            "unknown_ids_not_listed": self.ids.others,
            "troubles": self.troubles,
        }

    def text(self, most: int = 20) -> str:
        """For people."""
        kinds = ", ".join(f"{k.name.lower()} {n}" for k, n in self.kinds.items() if n)
        lines = [
            f"frames     {self.frames_in} ({kinds})",
            f"decoded    {self.decoded}",
            f"unknown    {self.unknown}",
            f"errors     {self.errors}",
        ]
        for name, extent in sorted(self.signals.items()):
            span = "-" if extent.min is None else f"{extent.min:g} .. {extent.max:g}"
            lines.append(f"  {name:<36} {extent.n:>9}  {span}")
        listed = self.ids.shown()
        if listed:
            lines.append("ids that nothing explains: id, frames, rate, bits that change")
        lines += [
            f"  {e['id']:<10} {e['n']:>9} {e['rate_hz']:>10} Hz  {e['changing_bits']}"
            for e in listed[:most]
        ]
        if len(listed) > most:
            lines.append(f"  and {len(listed) - most} more: see --json")
        return "\n".join(lines + [f"note: {t}" for t in self.troubles])
