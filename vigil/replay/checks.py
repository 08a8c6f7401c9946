"""Cross-checks between columns: they choose the dialect in which a source makes sense.

check       holds when
maximum     the highest part of a pack is what the source says it is
mean        the mean of the parts is what the source says it is
total       cells in series add up to the pack's voltage (relative)
median      the median lies in a plausible span
direction   charge flows into the battery when its state of charge rises
distance    the odometer moves as far as the speed says (factor)
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from firmware_contracts.telemetry import Float64
from vigil.replay.mapping import Check, Way
from vigil.replay.readings import Readings

STEP_MS = 120_000
"""Rows further apart than this say nothing about what happened between them."""
STILL_A = 1.0
MIN_VOTES = 20
AGREE = 0.6
"""Steps that vote on a sign or unit, and the share that decides: fewer prove nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`ok` None: the recording lacks what the check needs."""

    check: str
    of: str
    against: str
    ok: bool | None
    chosen: str
    detail: str

    @property
    def sentence(self) -> str:
        """For people, in one line."""
        verdict = {True: "holds", False: "DOES NOT HOLD", None: "not possible"}[self.ok]
        choice = f"; taken {self.chosen}" if self.chosen else ""
        about = f"{self.of} against {self.against}" if self.against else self.of
        return f"{self.check} of {about}: {verdict} ({self.detail}){choice}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """How far from holding: `size` 0 is perfect, at most 1 holds, None cannot be said."""

    size: float | None
    detail: str

    @property
    def ok(self) -> bool | None:
        """True within tolerance."""
        return None if self.size is None else self.size <= 1.0


NOTHING = Residual(size=None, detail="a column is missing or says too little")


def run(readings: Readings) -> list[Checked]:
    """Every check of the mapping in order; fills `readings.chosen`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # rows that are all null
        return [_run(readings, check) for check in readings.mapping.checks]


def _run(readings: Readings, check: Check) -> Checked:
    name = check.chooses or ""
    ways = _candidates(readings, check) if name and name not in readings.chosen else ()
    if not ways:
        residual, chosen = _residual(readings, check, readings.way(check.of)), ""
    else:
        found = [(_residual(readings, check, way), way) for way in ways]
        residual, way = min(found, key=lambda pair: _order(pair[0]))
        chosen = ""
        if residual.ok:
            readings.keep(name, way)
            chosen = f"{name} {way.name}"
    return Checked(
        check=check.check,
        of=check.of,
        against=check.against,
        ok=residual.ok,
        chosen=chosen,
        detail=residual.detail,
    )


def _candidates(readings: Readings, check: Check) -> tuple[Way, ...]:
    ways = readings.ways(check.of)
    if check.check != "direction":
        return ways
    turned = (way.model_copy(update={"sign": -way.sign, "name": "turned"}) for way in ways)
    return (*ways, *turned)


def _order(residual: Residual) -> float:
    return np.inf if residual.size is None else residual.size


def _residual(readings: Readings, check: Check, way: Way) -> Residual:
    values = readings.values(check.of, way)
    return NOTHING if values is None else RULES[check.check](readings, check, way, values)


def _against(readings: Readings, check: Check, way: Way) -> Float64 | None:
    """The other side: a mapped signal, else a witness, which is in the source's own dialect."""
    if readings.ways(check.against):
        return readings.values(check.against)
    raw = readings.recording.column(check.against)
    return None if raw is None else way.sign * (raw * way.scale + way.offset)


def _compared(
    readings: Readings, check: Check, way: Way, own: Float64, *, relative: bool = False
) -> Residual:
    other = _against(readings, check, way)
    if other is None:
        return NOTHING
    off = own / other - 1 if relative else own - other
    median = float(np.nanmedian(np.abs(off)))
    if np.isnan(median):
        return NOTHING
    shown = f"{median:.2%} apart" if relative else f"{median:.3g} apart"
    return Residual(size=median / check.tolerance, detail=f"median {shown}")


def _maximum(readings: Readings, check: Check, way: Way, values: Float64) -> Residual:
    return _compared(readings, check, way, np.nanmax(values, axis=1))


def _mean(readings: Readings, check: Check, way: Way, values: Float64) -> Residual:
    return _compared(readings, check, way, np.nanmean(values, axis=1))


def _total(readings: Readings, check: Check, way: Way, values: Float64) -> Residual:
    return _compared(readings, check, way, values.sum(axis=1), relative=True)


def _median(readings: Readings, check: Check, way: Way, values: Float64) -> Residual:
    """Null values count against a way: a wrong unit throws most values out of range."""
    assert check.between is not None
    low, high = check.between
    valid = float(np.isfinite(values).mean())
    median = float(np.nanmedian(values)) if np.isfinite(values).any() else np.nan
    inside = low <= median <= high and valid >= 0.5
    return Residual(size=0.5 if inside else 2.0, detail=f"median {median:.4g}")


def _direction(readings: Readings, check: Check, way: Way, values: Float64) -> Residual:
    """Votes of neighbouring rows between which the state of charge moved under current."""
    soc = readings.values(check.against)
    if soc is None:
        return NOTHING
    order = np.argsort(readings.recording.times_ms, kind="stable")
    step_ms = np.diff(readings.recording.times_ms[order])
    moved, current = np.diff(soc[order]), values[order][:-1]
    telling = (step_ms > 0) & (step_ms <= STEP_MS) & (np.abs(moved) > 0)
    telling &= np.abs(current) > STILL_A
    votes = np.sign(moved[telling]) == np.sign(current[telling])
    if len(votes) < MIN_VOTES:
        return NOTHING
    share = float(votes.mean())
    return Residual(
        size=(1 - share) / (1 - AGREE), detail=f"{share:.0%} of {len(votes)} steps agree"
    )


def _distance(readings: Readings, check: Check, way: Way, values: Float64) -> Residual:
    """Recordings with gaps drive unseen: the tolerance is a factor, to catch wrong units."""
    speed = readings.values(check.against)
    if speed is None:
        return NOTHING
    order = np.argsort(readings.recording.times_ms, kind="stable")
    step_ms = np.diff(readings.recording.times_ms[order])
    near = (step_ms > 0) & (step_ms <= STEP_MS)
    integral_m = float(np.nansum((speed[order][:-1] / 3.6 * step_ms / 1000)[near]))
    moved_m = float(np.nansum(np.clip(np.diff(values[order]), 0, None)[near]))
    if integral_m < 10_000 or moved_m <= 0:
        return NOTHING
    factor = moved_m / integral_m
    return Residual(
        size=float(abs(np.log(factor)) / np.log(check.tolerance)), detail=f"factor {factor:.2f}"
    )


RULES: dict[str, Callable[[Readings, Check, Way, Float64], Residual]] = {
    "maximum": _maximum,
    "mean": _mean,
    "total": _total,
    "median": _median,
    "direction": _direction,
    "distance": _distance,
}
