"""Line charts as SVG: enough for documents, no drawing library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 520, 320, 56, 40, 34, 150
COLOURS = ("#1f6f8b", "#c8553d", "#5b8e3e", "#7d5ba6", "#b8860b", "#444444")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One series. `band` (low, high) is drawn as a veil behind it."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    band: tuple[Sequence[float], Sequence[float]] | None = None


def chart(title: str, x_name: str, y_name: str, lines: Sequence[Line]) -> str:
    """The chart as SVG text; x and y ranges come from the lines and their bands."""
    xs = np.concatenate([np.asarray(line.x, dtype=float) for line in lines])
    ys = np.concatenate([np.asarray(v, dtype=float) for line in lines for v in _heights(line)])
    box = _Box(*_range(xs), *_range(ys))
    parts = [_frame(title, x_name, y_name, box)]
    for number, line in enumerate(lines):
        parts.append(_series(line, COLOURS[number % len(COLOURS)], number, box))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="11">\n{body}\n</svg>\n'
    )


@dataclass(frozen=True, slots=True)
class _Box:
    x0: float
    x1: float
    y0: float
    y1: float

    def at(self, x: float, y: float) -> str:
        px = LEFT + (x - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT)
        py = HEIGHT - BOTTOM - (y - self.y0) / (self.y1 - self.y0) * (HEIGHT - TOP - BOTTOM)
        return f"{px:.1f},{py:.1f}"


def _heights(line: Line) -> list[Sequence[float]]:
    return [line.y, *(line.band or ())]


def _range(values: np.ndarray) -> tuple[float, float]:
    low, high = float(np.min(values)), float(np.max(values))
    room = (high - low) * 0.05 or 1.0
    return low - room, high + room


def _frame(title: str, x_name: str, y_name: str, box: _Box) -> str:
    right, base = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [
        f'<text x="{LEFT}" y="20" font-size="14">{escape(title)}</text>',
        f'<path d="M{LEFT},{TOP} V{base} H{right}" fill="none" stroke="#666"/>',
        f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(x_name)}</text>",
        f'<text transform="translate(14,{(TOP + base) / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_name)}</text>",
    ]
    for tick in _ticks(box.x0, box.x1):
        x = box.at(tick, box.y0).split(",")[0]
        parts.append(f'<text x="{x}" y="{base + 14}" text-anchor="middle">{tick:g}</text>')
    for tick in _ticks(box.y0, box.y1):
        y = box.at(box.x0, tick).split(",")[1]
        parts.append(f'<text x="{LEFT - 5}" y="{y}" text-anchor="end">{tick:g}</text>')
    return "\n".join(parts)


def _ticks(low: float, high: float) -> list[float]:
    """Four to eight round numbers inside the range."""
    rough = (high - low) / 6
    power = 10 ** np.floor(np.log10(rough))
    step = float(next(m * power for m in (1, 2, 5, 10) if m * power >= rough))
    first = int(np.ceil(low / step))
    return [round(n * step, 10) for n in range(first, int(np.floor(high / step)) + 1)]


def _series(line: Line, colour: str, number: int, box: _Box) -> str:
    parts = []
    if line.band is not None:
        low, high = line.band
        way = [*zip(line.x, high, strict=True), *reversed(list(zip(line.x, low, strict=True)))]
        points = " ".join(box.at(x, y) for x, y in way)
        parts.append(f'<polygon points="{points}" fill="{colour}" opacity="0.18"/>')
    points = " ".join(box.at(x, y) for x, y in zip(line.x, line.y, strict=True))
    parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
    y = TOP + 14 * number + 8
    parts.append(
        f'<text x="{WIDTH - RIGHT + 8}" y="{y}" fill="{colour}">{escape(line.name)}</text>'
    )
    return "\n".join(parts)
