"""Drawings of a report as SVG, the same on the page and on paper. No words in them but figures.

curve   what was measured (left, its own time) and the years ahead (right), one scale of per cent,
        with bands of 90 %, the lines of 80 and 70 %, and the warranty's own
cells   the pack at rest: its middle 90 %, lowest and highest cell, in mV from the median
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.chart_gaps import CHARGES_GAP_MS, runs
from firmware_contracts.durations import DAY_MS, YEAR_MS

WIDTH, HEIGHT = 680.0, 240.0
_TOP, _BOTTOM = 14.0, 212.0
_PAST, _FUTURE = (44.0, 300.0), (322.0, 668.0)
_INK, _GRID, _LIMIT, _MARK = "#52606d", "#e4e7eb", "#a3101f", "#9c3f00"
_LINE, _BAND, _AHEAD, _AHEAD_BAND = "#0b6e75", "#bfe0e2", "#52606d", "#e3e8ed"
LEVELS = (80.0, 70.0)
"""Warranty levels that makers usually promise, in per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Moments in ms with low, value and high in per cent."""

    t_ms: Sequence[float]
    low: Sequence[float]
    value: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Where a series is drawn: times across, per cent up."""

    left: float
    right: float
    start_ms: float
    end_ms: float
    bottom: float
    top: float

    def x(self, t_ms: float) -> float:
        """Across."""
        width = max(self.end_ms - self.start_ms, 1.0)
        return self.left + (t_ms - self.start_ms) / width * (self.right - self.left)

    def y(self, pct: float) -> float:
        """Down."""
        return _BOTTOM - (pct - self.bottom) / (self.top - self.bottom) * (_BOTTOM - _TOP)


def curve(body: Mapping[str, Any]) -> str:
    """SVG of history and forecast; "" where nothing was measured yet."""
    past, ahead = measured(body), forecast(body)
    if not past.t_ms and not ahead.t_ms:
        return ""
    terms = body.get("warranty")
    limit = float(terms["threshold_pct"]) if isinstance(terms, Mapping) else None
    shown = [*past.low, *past.high, *ahead.low, *ahead.high, 100.0]
    bottom = min([*shown, *(x - 1 for x in LEVELS)]) - 1
    scale = {"bottom": max(bottom, 0.0), "top": min(max(shown) + 1.5, 115.0)}
    parts = []
    for series, ends, colours in (
        (past, _PAST, (_LINE, _BAND, "")),
        (ahead, _FUTURE, (_AHEAD, _AHEAD_BAND, "5 4")),
    ):
        if series.t_ms:
            start, end = series.t_ms[0], series.t_ms[-1]
            if end - start < DAY_MS:
                start, end = start - 43_200_000, end + 43_200_000
            field = Field(left=ends[0], right=ends[1], start_ms=start, end_ms=end, **scale)
            parts += _panel(field, series, colours, limit, alone=not past.t_ms)
    parts += _marks(body, past, scale)
    return _svg(WIDTH, HEIGHT, parts)


def measured(body: Mapping[str, Any]) -> Series:
    """The measured points in per cent of the rated charge."""
    found, rated = body.get("curve") or {}, body["vehicle"].get("rated_capacity_ah")
    points = found.get("points") or [] if rated else []
    share = 100 / float(rated or 1)
    return Series(
        t_ms=[p[0] for p in points],
        value=[p[1] * share for p in points],
        low=[p[2] * share for p in points],
        high=[p[3] * share for p in points],
    )


def forecast(body: Mapping[str, Any]) -> Series:
    """The years ahead, as moments."""
    found = body.get("forecast")
    if not found:
        return Series(t_ms=[], low=[], value=[], high=[])
    now_ms = datetime.fromisoformat(str(body["data_until"])).timestamp() * 1000
    return Series(
        t_ms=[now_ms + y * YEAR_MS for y in found["years"]],
        low=found["low"],
        value=found["median"],
        high=found["high"],
    )


def cells(found: Mapping[str, Any] | None) -> str:
    """SVG of the pack at rest; "" where it is not known."""
    names = ("lowest_mv", "highest_mv", "spread_5_95_mv")
    if not found or any(found.get(name) is None for name in names):
        return ""
    low, high, middle = (float(found[name]) for name in names)
    half = max(abs(low), abs(high), middle / 2, 10.0) * 1.15
    left, right = 40.0, 640.0

    def x(mv: float) -> float:
        return left + (mv + half) / (2 * half) * (right - left)

    box = (
        f'<rect x="{x(-middle / 2):.1f}" y="22" width="{x(middle) - x(0):.1f}" height="16" '
        f'rx="4" fill="{_BAND}"/>'
    )
    parts = [_stroke(left, 30, right, 30, _GRID), _stroke(x(0), 14, x(0), 46, _INK), box]
    for mv, colour in ((low, _MARK), (high, _LINE)):
        parts.append(f'<circle cx="{x(mv):.1f}" cy="30" r="5" fill="{colour}"/>')
        parts.append(_text(x(mv), 12, f"{mv:+.0f} mV", "middle"))
    parts += [_text(x(mv), 62, f"{mv:+.0f}" if mv else "0 mV", "middle") for mv in _ticks(half)]
    return _svg(680.0, 68.0, parts)


def _ticks(half: float) -> list[float]:
    step = next(s for s in (5, 10, 20, 50, 100, 200, 500, 1000, 10_000) if half / s <= 4)
    return [k * step for k in range(-int(half / step), int(half / step) + 1)]


def _panel(
    field: Field, series: Series, colours: tuple[str, str, str], limit: float | None, *, alone: bool
) -> list[str]:
    line, band, dashes = colours
    parts = []
    for tick in range(0, 120, 5):
        if field.bottom <= tick <= field.top:
            parts.append(_stroke(field.left, field.y(tick), field.right, field.y(tick), _GRID))
            if field.left == _PAST[0] or alone:
                parts.append(_text(field.left - 5, field.y(tick) + 4, f"{tick}%", "end"))
    parts += [_text(x, _BOTTOM + 16, word, "middle") for x, word in _times(field)]
    for pct in LEVELS:
        if field.bottom < pct:
            parts.append(_stroke(field.left, field.y(pct), field.right, field.y(pct), _MARK, "2 3"))
    for run in _runs(series):
        parts += [_area(field, run, band), _path(field, run, line, dashes)]
    if limit is not None and limit > field.bottom:
        y = field.y(limit)
        parts.append(_stroke(field.left, y, field.right, y, _LIMIT, "8 4"))
    return parts


def _times(field: Field) -> list[tuple[float, str]]:
    """Some dates across: months of a short past, years of a long one or of the future."""
    first = datetime.fromtimestamp(field.start_ms / 1000, UTC)
    years = (field.end_ms - field.start_ms) / YEAR_MS
    step = 1 if years < 0.5 else 3 if years < 2 else 12 if years < 6 else 24
    found: list[tuple[float, str]] = []
    month = first.year * 12 + first.month - 1
    while len(found) < 14:
        month += 1
        if month % step:
            continue
        at = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
        if at.timestamp() * 1000 > field.end_ms:
            break
        word = f"{at.year}" if step >= 12 else f"{at.year}-{at.month:02d}"
        found.append((field.x(at.timestamp() * 1000), word))
    return found or [((field.left + field.right) / 2, f"{first:%Y-%m-%d}")]


def _marks(body: Mapping[str, Any], past: Series, scale: Mapping[str, float]) -> list[str]:
    """An upright line where a new segment begins."""
    if len(past.t_ms) < 2:
        return []
    left, right = _PAST
    field = Field(left=left, right=right, start_ms=past.t_ms[0], end_ms=past.t_ms[-1], **scale)
    starts = [s[1] for s in (body.get("curve") or {}).get("segments") or () if s[0] > 0]
    inside = [ms for ms in starts if field.start_ms <= ms <= field.end_ms]
    return [_stroke(field.x(ms), _TOP, field.x(ms), _BOTTOM, _MARK, "4 3") for ms in inside]


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}">'
        f"{''.join(parts)}</svg>"
    )


def _stroke(x1: float, y1: float, x2: float, y2: float, colour: str, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dashed}/>'
    )


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" fill="{_INK}" '
        f'text-anchor="{anchor}">{words}</text>'
    )


def _runs(series: Series) -> list[Series]:
    """The stretches of a series without a hole between them: nothing is drawn across one."""
    columns = (series.t_ms, series.low, series.value, series.high)
    cut = [
        [column[run.start : run.stop] for column in columns]
        for run in runs(series.t_ms, CHARGES_GAP_MS)
    ]
    return [Series(t_ms=t, low=low, value=value, high=high) for t, low, value, high in cut]


def _area(field: Field, series: Series, colour: str) -> str:
    """The band; of a lone point its interval, upright."""
    if len(series.t_ms) == 1:
        x = field.x(series.t_ms[0])
        return _stroke(x, field.y(series.low[0]), x, field.y(series.high[0]), colour)
    up = [(field.x(t), field.y(v)) for t, v in zip(series.t_ms, series.high, strict=True)]
    down = [(field.x(t), field.y(v)) for t, v in zip(series.t_ms, series.low, strict=True)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*up, *reversed(down)])
    return f'<polygon points="{points}" fill="{colour}" fill-opacity="0.7"/>'


def _path(field: Field, series: Series, colour: str, dashes: str) -> str:
    at = [(field.x(t), field.y(v)) for t, v in zip(series.t_ms, series.value, strict=True)]
    if len(at) == 1:
        return f'<circle cx="{at[0][0]:.1f}" cy="{at[0][1]:.1f}" r="4" fill="{colour}"/>'
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-dasharray="{dashes}"/>'
    )
