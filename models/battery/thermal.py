"""Thermal precursors in stored rows: what the gateway may have missed, and what creeps.

    cell drop     one cell falls by more than 0.1 V between two rows under unchanged current
    heat rate     a probe rises by 1 K/s or more over three rows, away from the others
    heat          a probe that read ordinarily within the hour is above 60 °C, apart, and moving
    insulation    below 100 ohm/V red (the law's limit for DC), below 500 ohm/V yellow

Red needs two looks in agreement: one reading alone is more often a broken wire than a fire. A probe
that jumps and then stays where it is, or is hot from the first row on, is broken. The words for a
red finding are fixed by law (standards, GB 38031); no offer is ever made on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields

import numpy as np
import numpy.typing as npt

from domain.health import Evidence, Finding, Severity
from domain.methods import Method, method_of
from firmware_contracts.durations import DAY_MS
from models.base import moment
from models.battery.pack_rows import Float32, Int, PackRows, joined
from models.battery.snapshot import resume, snapshot
from models.state import State

CAUSES = frozenset({"thermal_event", "insulation", "insulation_low"})
DROP_V = 0.1
STEADY_A = 5.0
"""A drop counts while the current changes by no more than this; by judgement."""
EMPTY_PCT = 15.0
"""Below, a weak cell falls quickly by itself: that is the cell watch's business."""
RATE_K_S = 1.0
RATE_ROWS = 3
"""A heating rate must last for three rows (GB 38031 takes 1 K/s over 3 s)."""
RATE_APART_K = 5.0
"""And the probe must part from the others by this; by judgement."""
STEP_S = 35.0
"""Rows further apart than this say nothing about what happened in between."""
HOT_C, ORDINARY_C = 60.0, 50.0
"""A hot probe, and one that read ordinarily before (docs/battery.md, Thermal precursors)."""
HOT_APART_K = 10.0
"""Above the other probes (docs/battery.md, Thermal precursors)."""
HOUR_MS = 3_600_000
RED_OHM_V, YELLOW_OHM_V = 100.0, 500.0
"""The law's limit for DC, and what an insulation monitor warns at."""
INSULATION = (
    (Method.INSULATION_BELOW_100_OHM_V, "insulation", RED_OHM_V, Severity.RED),
    (Method.INSULATION_BELOW_500_OHM_V, "insulation_low", YELLOW_OHM_V, Severity.YELLOW),
)
DEEPEST_V = 1.0
"""A cell that falls further in one step has lost its wire, not its charge."""
AGREE, LASTING = 2, 20
"""Signs for red, and rows running for insulation (docs/battery.md, Thermal precursors)."""
AGREE_MS = 600_000
"""Signs further apart do not agree."""
CALM_DAYS = 7.0
"""Days of rows without another sign after which a red finding counts as cleared by evidence."""

_PARTS = ("_last_ms", "_ordinary_ms")
_COLUMNS = tuple(f.name for f in fields(PackRows))


@dataclass(slots=True)
class _Sign:
    """One kind of sign: when it counted for the first time, and when it was last seen."""

    cause: str
    severity: Severity
    method: Method
    component: str = ""
    agree: int = AGREE
    seen: int = 0
    since_ms: int = 0
    last_ms: int = 0
    value: float = float("nan")

    def note(self, at_ms: int, value: float, component: str) -> None:
        """One more row that shows it."""
        near = at_ms - self.last_ms <= AGREE_MS
        self.seen = self.seen + 1 if near and self.seen else 1
        self.last_ms, self.value, self.component = at_ms, value, component
        if self.seen >= self.agree and not self.since_ms:
            self.since_ms = at_ms

    def state(self) -> State:
        """A snapshot for `restore`."""
        return {**asdict(self), "severity": int(self.severity), "method": self.method.value}

    @classmethod
    def restore(cls, state: State) -> _Sign:
        """The sign as it was."""
        return cls(
            **{
                **state,
                "severity": Severity(state["severity"]),
                "method": method_of(state["method"]),
            }
        )


@dataclass(slots=True)
class ThermalWatch:
    """Streaming: rows in time order. `name` renders a numbered part: ("cell", 7) -> "V_7"."""

    name: Callable[[str, int], str]
    _signs: dict[Method, _Sign] = field(default_factory=dict)
    _tail: PackRows | None = None
    _ordinary_ms: Int | None = None
    """When each probe was last seen below ORDINARY_C, [probes]; 0 for never."""
    _last_ms: int = 0

    def state(self) -> State:
        """A snapshot for `restore`: signs so far and the last rows."""
        return {
            **snapshot(self, _PARTS),
            "tail": None if self._tail is None else snapshot(self._tail, _COLUMNS),
            "signs": {kind.value: sign.state() for kind, sign in self._signs.items()},
        }

    @classmethod
    def restore(cls, state: State, name: Callable[[str, int], str]) -> ThermalWatch:
        """The watch as it was. `name` is no part of a state."""
        watch = cls(name)
        resume(watch, state, _PARTS)
        if state["tail"] is not None:
            watch._tail = PackRows(**{column: state["tail"][column] for column in _COLUMNS})
        for kind, sign in state["signs"].items():
            watch._signs[method_of(kind)] = _Sign.restore(sign)
        return watch

    def update(self, rows: PackRows) -> None:
        """Fold rows in; the last rows of a piece are kept so that its border hides nothing."""
        if not len(rows):
            return
        whole = rows if self._tail is None else _after(self._tail, rows)
        self._heat(whole, len(whole) - len(rows))
        self._drops(whole, len(whole) - len(rows))
        self._insulation(rows)
        self._tail = whole.take(slice(max(len(whole) - RATE_ROWS, 0), None))
        self._last_ms = int(rows.t_ms[-1])

    def findings(self) -> list[Finding]:
        """Signs that were seen often enough, red first; a sign long gone is marked recovered."""
        found = [self._finding(sign) for sign in self._signs.values() if sign.since_ms]
        return sorted(found, key=lambda f: (-f.severity, f.since, f.cause))

    def _finding(self, sign: _Sign) -> Finding:
        calm = self._last_ms - sign.last_ms > CALM_DAYS * DAY_MS
        return Finding(
            cause=sign.cause,
            component=sign.component,
            severity=sign.severity,
            since=moment(sign.since_ms),
            as_of=moment(self._last_ms),
            confidence=0.8,
            method=sign.method,
            values={"value": round(sign.value, 3), "rows": float(sign.seen)},
            recovered=calm,
            evidence=Evidence.LITERATURE,
        )

    def _note(
        self, kind: Method, cause: str, severity: Severity, at: list[tuple[int, float, str]]
    ) -> None:
        for at_ms, value, component in at:
            sign = self._signs.setdefault(kind, _Sign(cause, severity, kind))
            sign.note(at_ms, value, component)

    def _heat(self, rows: PackRows, new: int) -> None:
        probes = rows.probes_c
        if not probes.shape[1] or len(rows) < 2:
            return
        ordinary = self._ordinary(rows)
        step_s = np.diff(rows.t_ms) / 1000
        close = ((step_s > 0) & (step_s <= STEP_S))[:, None]
        self._hot(rows, new, close & (rows.t_ms[1:, None] - ordinary[:-1] <= HOUR_MS))
        fast = close & (np.diff(probes, axis=0) >= RATE_K_S * step_s[:, None])
        fast = fast[2:] & fast[1:-1] & fast[:-2]
        at, probe = np.nonzero(fast)
        self._report(rows, at + RATE_ROWS, probe, new, RATE_APART_K, Method.FAST_HEATING)

    def _ordinary(self, rows: PackRows) -> Int:
        """When each probe was last below ORDINARY_C, seen from every row: [n, probes]."""
        before = self._ordinary_ms
        if before is None or len(before) != rows.probes_c.shape[1]:
            before = np.zeros(rows.probes_c.shape[1], dtype=np.int64)
        at = np.where(rows.probes_c < ORDINARY_C, rows.t_ms[:, None], before)
        at = np.maximum.accumulate(at, axis=0)
        self._ordinary_ms = at[-1]
        return at

    def _hot(self, rows: PackRows, new: int, believed: npt.NDArray[np.bool_]) -> None:
        """Hot in two rows running, with another reading: a stuck probe does not move."""
        hot = rows.probes_c > HOT_C
        if hot.any():
            moved = rows.probes_c[1:] != rows.probes_c[:-1]
            at, probe = np.nonzero(hot[1:] & hot[:-1] & moved & believed)
            self._report(rows, at + 1, probe, new, HOT_APART_K, Method.HOT_PROBE)

    def _report(
        self, rows: PackRows, at: Int, probe: Int, new: int, apart_k: float, kind: Method
    ) -> None:
        """Note the probes that stand `apart_k` above the middle of the pack; one a row."""
        found: dict[int, tuple[int, float, str]] = {}
        for i, p in zip(at.tolist(), probe.tolist(), strict=True):
            value = float(rows.probes_c[i, p])
            if i >= new and value - _median(rows.probes_c[i]) >= apart_k:
                found[i] = (int(rows.t_ms[i]), value, self.name("probe", p + 1))
        self._note(kind, "thermal_event", Severity.RED, list(found.values()))

    def _drops(self, rows: PackRows, new: int) -> None:
        """A cell alone falls at steady current and stays down in the next row."""
        cells = rows.cells_v
        if cells.shape[1] < 4 or len(rows) < 3:
            return
        step_s = np.diff(rows.t_ms) / 1000
        calm = (step_s > 0) & (step_s <= STEP_S) & (np.abs(np.diff(rows.current_a)) <= STEADY_A)
        calm[:-1] &= calm[1:]  # until the row that confirms it
        calm &= ~(rows.soc_pct[:-1] < EMPTY_PCT)
        fall = cells[:-1] - cells[1:]
        candidates = np.flatnonzero(calm & (np.fmax.reduce(fall, axis=1) > DROP_V))
        found = []
        for i in candidates:
            cell = int(np.nanargmax(fall[i]))
            stays = i + 2 < len(rows) and cells[i, cell] - cells[i + 2, cell] > DROP_V
            alone = fall[i, cell] - _median(fall[i]) > DROP_V and fall[i, cell] < DEEPEST_V
            beside = fall[i, max(cell - 1, 0) : cell + 2]
            wire = bool(np.nanmin(beside) < -DROP_V / 2)  # a neighbour rose: their shared wire
            if i + 2 >= new and stays and alone and not wire:
                found += [
                    (int(rows.t_ms[j]), float(fall[i, cell]), self.name("cell", cell + 1))
                    for j in (i + 1, i + 2)
                ]
        self._note(Method.UNEXPLAINED_VOLTAGE_DROP, "thermal_event", Severity.RED, found)

    def _insulation(self, rows: PackRows) -> None:
        """Ohms per volt over rows in a row: monitors show anything while they test themselves."""
        per_volt = 1000 * rows.insulation_kohm / rows.voltage_v
        known = (rows.voltage_v > 60) & (rows.insulation_kohm > 0)
        at, per_volt = rows.t_ms[known], per_volt[known]
        for kind, cause, limit, severity in INSULATION:
            below = per_volt < limit
            if kind not in self._signs and not below.any():
                continue
            sign = self._signs.setdefault(kind, _Sign(cause, severity, kind, agree=LASTING))
            for i in range(len(at)):
                if below[i]:
                    sign.note(int(at[i]), float(per_volt[i]), "pack")
                else:
                    sign.seen = 0


def _median(values: Float32) -> float:
    known = np.sort(values[~np.isnan(values)])
    return float(known[(len(known) - 1) // 2]) if len(known) else float("nan")


def _after(tail: PackRows, rows: PackRows) -> PackRows:
    """Tail and rows as one; a pack of another size starts afresh."""
    same = (
        tail.cells_v.shape[1] == rows.cells_v.shape[1]
        and tail.probes_c.shape[1] == rows.probes_c.shape[1]
    )
    return joined([tail, rows]) if same else rows
