"""All signals of a recording under one choice of dialects."""

from __future__ import annotations

from collections.abc import Mapping as Choice
from dataclasses import dataclass, field

import numpy as np

from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_NAME, CELL_VOLTAGE, PROBE_TEMPERATURE
from firmware_contracts.telemetry import Float64
from vigil.replay.mapping import Mapping, PackMap, Way
from vigil.replay.table import Recording, numbered
from vigil.replay.values import Turned, contradict, turn, turn_codes

PACK_SIGNALS = {"cells": CELL_VOLTAGE, "probes": PROBE_TEMPERATURE}
HIGHEST = {"cells": "cell_voltage_max_v", "probes": "probe_max_c"}
MARGIN = {"cells": 0.5, "probes": 20.0}
"""A doubtful reading this far above the row's own maximum is a filler (V, K)."""


@dataclass(kw_only=True)
class Readings:
    """Turns on demand and remembers; `chosen` maps a signal or pack to its way."""

    recording: Recording
    mapping: Mapping
    chosen: dict[str, Way] = field(default_factory=dict)
    _turned: dict[tuple[str, Way], Turned | None] = field(default_factory=dict, repr=False)

    def ways(self, name: str) -> tuple[Way, ...]:
        """The ways in which a signal or pack may be meant; empty for what is not mapped."""
        pack = self._pack(name)
        if pack is not None:
            return pack.ways
        return next((c.ways for c in self.mapping.columns if c.signal == name), ())

    def way(self, name: str) -> Way:
        """The chosen way, the declared one where nothing was chosen."""
        return self.chosen.get(name) or next(iter(self.ways(name)), Way())

    def get(self, name: str, way: Way | None = None) -> Turned | None:
        """A signal [n] or pack [n, parts]; None where the recording does not have it."""
        key = (name, way or self.way(name))
        if key not in self._turned:
            self._turned[key] = (
                self._turn_pack(*key) if name in PACK_SIGNALS else self._turn_column(*key)
            )
        return self._turned[key]

    def values(self, name: str, way: Way | None = None) -> Float64 | None:
        """Values with NaN for null."""
        turned = self.get(name, way)
        return None if turned is None else turned.values

    def all(self) -> Choice[str, Turned]:
        """Every scalar signal the recording has, by name."""
        found = {c.signal: self.get(c.signal) for c in self.mapping.columns}
        return {name: turned for name, turned in found.items() if turned is not None}

    def raw_parts(self, name: str) -> list[Float64]:
        """Raw numbers [n] of every part; one whose column is missing between others is all NaN.
        Empty where the recording has none."""
        pack = self._pack(name)
        found = numbered(list(self.recording.columns), *pack.patterns) if pack else {}
        nothing = np.full(self.recording.rows, np.nan)
        return [
            self.recording.columns[found[n]] if n in found else nothing
            for n in range(1, max(found, default=0) + 1)
        ]

    def keep(self, name: str, way: Way) -> None:
        """Choose a way, and let go of what the others made of the same columns."""
        self.chosen[name] = way
        for key in [k for k in self._turned if k[0] == name and k[1] != way]:
            del self._turned[key]

    def _pack(self, name: str) -> PackMap | None:
        return {"cells": self.mapping.cells, "probes": self.mapping.probes}.get(name)

    def _turn_column(self, name: str, way: Way) -> Turned | None:
        column = next((c for c in self.mapping.columns if c.signal == name), None)
        raw = self.recording.column(column.column, *column.aliases) if column else None
        if column is None or raw is None or np.isnan(raw).all():
            return None
        if column.values is not None:
            return turn_codes(raw, column, BY_NAME[name])
        return turn(raw, way, BY_NAME[name])

    def _turn_pack(self, name: str, way: Way) -> Turned | None:
        """Part by part: whole packs in between would be several times the recording."""
        parts = self.raw_parts(name)
        empty = [bool(np.isnan(raw).all()) for raw in parts]
        if all(empty):
            return None
        top = self.values(HIGHEST[name]) if way.doubtful else None
        values = np.empty((self.recording.rows, len(parts)))
        reasons = np.empty(values.shape, dtype=np.uint8)
        for i, raw in enumerate(parts):
            turned = turn(raw, way, PACK_SIGNALS[name])
            if top is not None:
                turned = contradict(turned, raw, way, top, MARGIN[name])
            values[:, i] = turned.values
            reasons[:, i] = Reason.NOT_SUPPORTED if empty[i] else turned.reasons
        return Turned(values=values, reasons=reasons)
