"""One capacity over time: windows fused by a filter to which slow ageing is a prior, not a law.

    window_i -> C_i = Q_i / s_i  with variance (sd_Q / s)^2 + (C sd_s / s)^2
    predict     C <- C (1 - fade dt),   P <- P + (wander C)^2 dt
    update      Kalman; a surprise beyond 3 sd is believed less, in proportion
    segment     a repair record, or SUSTAINED windows in a row that all disagree the same way:
                the filter starts afresh at the first of them and says why

Sensor gain, the BMS' own table and its belief are wrong in the same way in every window: no number
of charges averages them out, so they are added to the interval at the end. What is shown never
moves by more than half of what was shown before it as an interval, except at a stated segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from domain.vehicle import Chemistry
from firmware_contracts.durations import DAY_MS, YEAR_MS

FADE = 0.015
WANDER = 0.015
"""Relative per year: typical fade of packs in use (standards section 10), and its spread."""
GAIN_SD = 0.008
"""Relative: hall sensors of traction packs are specified at 0.5-1 % of reading."""
ANCHOR_SD_PCT = {Chemistry.LFP: 1.4}
ANCHOR_SD_OTHER_PCT = 0.4
"""Points of a span that a car's own state of charge gets wrong in the same way every time."""
BELIEF_SD = {Chemistry.LFP: 0.0}
BELIEF_SD_OTHER = 0.008
"""Relative: between its corrections a gauge counts with the capacity it believes in, and a charge
quicker than those shows that belief, however wide it is. On LFP the anchors hold it already."""
SUSTAINED = 3
"""Windows in a row that agree on another capacity before it is believed; by judgement."""
KNOWN = 5
LEAST_REPEAT = {Chemistry.LFP: 1.0}
LEAST_REPEAT_OTHER = 0.15
"""Windows after which a car's own scatter is known, and the least share of variance it may have. On
LFP errors drift from one full charge to the next: that windows repeat says nothing there."""
CALM_MS = 60 * DAY_MS
"""What is shown stays near everything shown in this time; by judgement: two months."""
SUSTAINED_SHARE = 0.04
"""A change of capacity that can be believed, relative; by judgement."""
Z90 = 1.645
"""Half a 90 % interval in standard deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One window as the filter sees it: amount per 100 points and its own random sd."""

    at_ms: int
    value: float
    sd: float
    span_pct: float
    cold: bool = False
    """Measured cold: it may say that the pack holds less today, not that the pack has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What is known after a window: value with 90 % interval, and the segment it belongs to."""

    at_ms: int
    value: float
    low: float
    high: float
    sd: float
    segment: int
    windows: int


def scaled(point: Point, factor: float) -> Point:
    """The same point in another unit."""
    return replace(
        point,
        value=point.value * factor,
        low=point.low * factor,
        high=point.high * factor,
        sd=point.sd * factor,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """From when the pack counts as another one, and why: "first", "repair" or "evidence"."""

    number: int
    since_ms: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The whole history: one point per window, ascending, and the segments."""

    points: tuple[Point, ...]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    at_ms: int
    value: float
    variance: float
    windows: int
    surprise: float
    """Sum of squared innovations over their variance."""
    spans: float
    doubters: tuple[Sight, ...] = ()
    doubt: float = 0.0
    before: float = 0.0
    repeats: float = 1.0
    """Value and repeatability when the doubt began."""


def sight(
    at_ms: int,
    amount: float,
    amount_sd: float,
    span_pct: float,
    span_sd_pct: float,
    *,
    cold: bool = False,
) -> Sight:
    """A window's ratio with the bias of a noisy denominator taken out (first order)."""
    relative = span_sd_pct / span_pct
    value = 100 * amount / span_pct * (1 - relative**2)
    sd = float(np.hypot(100 * amount_sd / span_pct, value * relative))
    return Sight(at_ms=at_ms, value=value, sd=max(sd, 1e-6), span_pct=span_pct, cold=cold)


def fuse(sights: Sequence[Sight], chemistry: Chemistry, repairs_ms: Sequence[int] = ()) -> Track:
    """Filter all windows by time; empty tracks for no windows."""
    points: list[Point] = []
    segments: list[Segment] = []
    state: _State | None = None
    least = LEAST_REPEAT.get(chemistry, LEAST_REPEAT_OTHER)
    waiting = sorted(repairs_ms)
    for seen in sights:
        repaired = [t for t in waiting if t <= seen.at_ms]
        waiting = waiting[len(repaired) :]
        if state is None or repaired:
            reason = "repair" if repaired and state is not None else "first"
            since = repaired[-1] if reason == "repair" else seen.at_ms
            segments.append(Segment(number=len(segments), since_ms=since, reason=reason))
            state = _begin([seen], least)
        else:
            state = _step(state, seen, least)
            if len(state.doubters) >= SUSTAINED and _sustained(state):
                since = state.doubters[0].at_ms
                segments.append(Segment(number=len(segments), since_ms=since, reason="evidence"))
                state = _begin(state.doubters, least)
        points.append(_shown(state, chemistry, len(segments) - 1, points))
    return Track(points=tuple(points), segments=tuple(segments))


def _begin(sights: Sequence[Sight], least: float) -> _State:
    """A fresh state from the first windows of a segment."""
    first = sights[0]
    state = _State(
        at_ms=first.at_ms,
        value=first.value,
        variance=first.sd**2,
        windows=1,
        surprise=0.0,
        spans=first.span_pct,
    )
    for seen in sights[1:]:
        state = _step(state, seen, least)
    return replace(state, doubters=(), doubt=0.0)


def _step(state: _State, seen: Sight, least: float) -> _State:
    years = max(seen.at_ms - state.at_ms, 0) / YEAR_MS
    value = state.value * (1 - FADE * years)
    variance = state.variance + (WANDER * value) ** 2 * years
    innovation = seen.value - value
    total = variance + seen.sd**2
    z = innovation / total**0.5
    noise = seen.sd**2 * max(1.0, (z / 3) ** 2) if abs(z) > 3 else seen.sd**2
    gain = variance / (variance + noise)
    before, repeats = (
        (state.before, state.repeats) if state.doubters else (value, _repeats(state, least))
    )
    suspicion = (seen.value - before) / (total**0.5 * repeats)
    doubters = _doubters(state, seen, suspicion)
    return _State(
        at_ms=seen.at_ms,
        value=value + gain * innovation,
        variance=(1 - gain) * variance,
        windows=state.windows + 1,
        surprise=state.surprise + min(z * z, 9.0),
        spans=state.spans + seen.span_pct,
        doubters=doubters,
        doubt=float(np.sign(suspicion)) if doubters else 0.0,
        before=value if len(doubters) == 1 else before,
        repeats=repeats,
    )


def _doubters(state: _State, seen: Sight, z: float) -> tuple[Sight, ...]:
    """Windows in a row that disagree in the same direction by more than 2 sd of this car's."""
    if seen.cold:
        return state.doubters
    if abs(z) <= 2:
        return ()
    return (*state.doubters, seen) if state.doubt == np.sign(z) else (seen,)


def _repeats(state: _State, least: float) -> float:
    """How well this car's windows repeat, against what their own errors would allow: at most 1."""
    if state.windows < KNOWN:
        return 1.0
    return float(np.sqrt(np.clip(state.surprise / (state.windows - 1), least, 1.0)))


def _sustained(state: _State) -> bool:
    mean = float(np.mean([abs(d.value - state.before) for d in state.doubters]))
    return mean > SUSTAINED_SHARE * state.before


def _shown(state: _State, chemistry: Chemistry, segment: int, before: Sequence[Point]) -> Point:
    scatter = max(state.surprise / max(state.windows - 1, 1), 1.0)
    span = state.spans / state.windows
    common = ANCHOR_SD_PCT.get(chemistry, ANCHOR_SD_OTHER_PCT) / span
    belief = BELIEF_SD.get(chemistry, BELIEF_SD_OTHER)
    same = GAIN_SD**2 + common**2 + belief**2
    sd = float(np.sqrt(state.variance * scatter + state.value**2 * same))
    value, low, high = state.value, state.value - Z90 * sd, state.value + Z90 * sd
    floor, ceiling = _calm(state.at_ms, segment, before)
    value = min(max(value, floor), ceiling)
    low, high = min(low, value), max(high, value)
    return Point(
        at_ms=state.at_ms,
        value=value,
        low=low,
        high=high,
        sd=sd,
        segment=segment,
        windows=state.windows,
    )


def _calm(at_ms: int, segment: int, before: Sequence[Point]) -> tuple[float, float]:
    """Bounds that keep what is shown near everything shown in the last weeks of this segment."""
    floor, ceiling = -np.inf, np.inf
    for back, point in enumerate(reversed(before)):
        if point.segment != segment or (back and point.at_ms < at_ms - CALM_MS):
            break
        most = 0.45 * (point.high - point.low)
        low, high = max(floor, point.value - most), min(ceiling, point.value + most)
        if low > high:
            break
        floor, ceiling = low, high
    return float(floor), float(ceiling)
