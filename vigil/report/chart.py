"""The curve of a report as SVG: measured points with bands, the years ahead, the warranty line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 640.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 12.0, 12.0, 28.0
_YEAR_MS = 365.25 * 86_400_000
_INK, _LINE, _BAND, _AHEAD, _LIMIT = "#1f2933", "#0b6e4f", "#bfe3d4", "#dfe7ee", "#b42318"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Years from now (negative: past) with low, value and high in per cent."""

    years: Sequence[float]
    low: Sequence[float]
    value: Sequence[float]
    high: Sequence[float]


def curve(body: Mapping[str, object]) -> str:
    """SVG of the report's curve; an empty frame where nothing was measured yet."""
    past, ahead = _past(body), _ahead(body)
    xs = [*past.years, *ahead.years, -0.5, 0.5]
    warranty = body.get("warranty")
    limit = float(str(warranty["threshold_pct"])) if isinstance(warranty, Mapping) else 75.0
    ys = [*past.low, *past.high, *ahead.low, 100.0, limit]
    span = (min(xs), max(xs), max(min(ys) - 3, 0.0), min(max(ys) + 2, 110.0))
    parts = [_axes(span), _band(ahead, span, _AHEAD), _band(past, span, _BAND)]
    parts += [_path(ahead, span, "#7b8794", "4 3"), _path(past, span, _LINE, "")]
    if isinstance(warranty, Mapping):
        parts.append(_level(limit, span))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}">'
        f"{''.join(parts)}</svg>"
    )


def _past(body: Mapping[str, object]) -> Series:
    found, vehicle = body.get("curve"), body["vehicle"]
    points = found["points"] if isinstance(found, Mapping) else []
    rated = vehicle.get("rated_capacity_ah") if isinstance(vehicle, Mapping) else None
    if not points or not rated:
        return Series(years=[], low=[], value=[], high=[])
    now_ms = datetime.fromisoformat(str(body["data_until"])).timestamp() * 1000
    share = 100 / float(rated)
    return Series(
        years=[(float(p[0]) - now_ms) / _YEAR_MS for p in points],
        low=[float(p[2]) * share for p in points],
        value=[float(p[1]) * share for p in points],
        high=[float(p[3]) * share for p in points],
    )


def _ahead(body: Mapping[str, object]) -> Series:
    found = body.get("forecast")
    if not isinstance(found, Mapping):
        return Series(years=[], low=[], value=[], high=[])
    return Series(years=found["years"], low=found["low"], value=found["median"], high=found["high"])


Span = tuple[float, float, float, float]


def _at(x: float, y: float, span: Span) -> tuple[float, float]:
    x0, x1, y0, y1 = span
    across = _LEFT + (x - x0) / (x1 - x0) * (WIDTH - _LEFT - _RIGHT)
    down = HEIGHT - _BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - _TOP - _BOTTOM)
    return across, down


def _axes(span: Span) -> str:
    lines = []
    for pct in range(0, 111, 10):
        if span[2] <= pct <= span[3]:
            _, y = _at(span[0], pct, span)
            lines.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}" '
                         'stroke="#e4e7eb"/>')  # fmt: skip
            lines.append(_text(_LEFT - 6, y + 4, f"{pct} %", "end"))
    for year in range(int(span[0]) - 1, int(span[1]) + 2):
        if span[0] <= year <= span[1]:
            x, _ = _at(year, span[2], span)
            lines.append(_text(x, HEIGHT - 9, f"{year:+d}" if year else "0", "middle"))
    return "".join(lines)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" fill="{_INK}" '
        f'text-anchor="{anchor}">{words}</text>'
    )


def _band(series: Series, span: Span, colour: str) -> str:
    if len(series.years) < 2:
        return ""
    up = [_at(x, y, span) for x, y in zip(series.years, series.high, strict=True)]
    down = [_at(x, y, span) for x, y in zip(series.years, series.low, strict=True)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*up, *reversed(down)])
    return f'<polygon points="{points}" fill="{colour}"/>'


def _path(series: Series, span: Span, colour: str, dashes: str) -> str:
    points = " ".join(
        "{:.1f},{:.1f}".format(*_at(x, y, span))
        for x, y in zip(series.years, series.value, strict=True)
    )
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-dasharray="{dashes}"/>'
    )


def _level(pct: float, span: Span) -> str:
    _, y = _at(span[0], pct, span)
    return (
        f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}" '
        f'stroke="{_LIMIT}" stroke-dasharray="6 3"/>'
    )
