"""Line charts as SVG: enough for documents, no drawing library.

Readable on light and dark pages: the ink follows the reader's colour scheme, the ground is clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 60, 44, 36, 176
COLOURS = ("#2b8fb3", "#d9694f", "#6aa84f", "#9a7fd1", "#c9962b", "#8a8f98")
STYLE = """<style>
text{fill:#24292f}.grid{stroke:#8a8f98;stroke-opacity:.25}.axis{stroke:#8a8f98;fill:none}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}}
</style>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One series. `band` (low, high) is drawn as a veil behind a line, and as bars behind marks."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    band: tuple[Sequence[float], Sequence[float]] | None = None
    marks: bool = False
    dashed: bool = False


def chart(title: str, x_name: str, y_name: str, lines: Sequence[Curve]) -> str:
    """The chart as SVG text; x and y ranges come from the lines and their bands."""
    xs = np.concatenate([np.asarray(line.x, dtype=float) for line in lines])
    ys = np.concatenate([np.asarray(v, dtype=float) for line in lines for v in _heights(line)])
    box = _Box(*_range(xs), *_range(ys))
    parts = [STYLE, _frame(title, x_name, y_name, box)]
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(_marks(line, colour, box) if line.marks else _path(line, colour, box))
        parts.append(_legend(line, colour, number))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="11">\n<title>{escape(title)}</title>\n'
        f"{body}\n</svg>\n"
    )


@dataclass(frozen=True, slots=True)
class _Box:
    x0: float
    x1: float
    y0: float
    y1: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a value lies on the page."""
        px = LEFT + (x - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT)
        py = HEIGHT - BOTTOM - (y - self.y0) / (self.y1 - self.y0) * (HEIGHT - TOP - BOTTOM)
        return px, py

    def points(self, xs: Sequence[float], ys: Sequence[float]) -> str:
        """A polyline's points."""
        places = (self.at(x, y) for x, y in zip(xs, ys, strict=True))
        return " ".join(f"{px:.1f},{py:.1f}" for px, py in places)


def _heights(line: Curve) -> list[Sequence[float]]:
    return [line.y, *(line.band or ())]


def _range(values: np.ndarray) -> tuple[float, float]:
    low, high = float(np.min(values)), float(np.max(values))
    room = (high - low) * 0.05 or 1.0
    return low - room, high + room


def _frame(title: str, x_name: str, y_name: str, box: _Box) -> str:
    right, base = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [
        f'<text x="{LEFT}" y="20" font-size="14">{escape(title)}</text>',
        f'<path class="axis" d="M{LEFT},{TOP} V{base} H{right}"/>',
        f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 10}" text-anchor="middle">'
        f"{escape(x_name)}</text>",
        f'<text transform="translate(16,{(TOP + base) / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_name)}</text>",
    ]
    for tick in _ticks(box.x0, box.x1):
        x, _ = box.at(tick, box.y0)
        parts.append(f'<path class="grid" d="M{x:.1f},{TOP} V{base}"/>')
        parts.append(f'<text x="{x:.1f}" y="{base + 15}" text-anchor="middle">{tick:g}</text>')
    for tick in _ticks(box.y0, box.y1):
        _, y = box.at(box.x0, tick)
        parts.append(f'<path class="grid" d="M{LEFT},{y:.1f} H{right}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    return "\n".join(parts)


def _ticks(low: float, high: float) -> list[float]:
    """Four to eight round numbers inside the range."""
    rough = (high - low) / 6
    power = 10 ** np.floor(np.log10(rough))
    step = float(next(m * power for m in (1, 2, 5, 10) if m * power >= rough))
    first = int(np.ceil(low / step))
    return [round(n * step, 10) for n in range(first, int(np.floor(high / step)) + 1)]


def _path(line: Curve, colour: str, box: _Box) -> str:
    parts = []
    if line.band is not None:
        low, high = line.band
        outline = box.points([*line.x, *reversed(line.x)], [*high, *reversed(low)])
        parts.append(f'<polygon points="{outline}" fill="{colour}" opacity="0.2"/>')
    parts.append(
        f'<polyline points="{box.points(line.x, line.y)}" fill="none" stroke="{colour}" '
        f'stroke-width="1.8"{_dashes(line)}/>'
    )
    return "\n".join(parts)


def _dashes(line: Curve) -> str:
    return ' stroke-dasharray="5 3"' if line.dashed else ""


def _marks(line: Curve, colour: str, box: _Box) -> str:
    parts = []
    low, high = line.band or (line.y, line.y)
    for x, y, a, b in zip(line.x, line.y, low, high, strict=True):
        (px, py), (_, top), (_, base) = box.at(x, y), box.at(x, b), box.at(x, a)
        parts.append(
            f'<path d="M{px:.1f},{top:.1f} V{base:.1f}" stroke="{colour}" stroke-opacity="0.5"/>'
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="2.6" fill="{colour}"/>'
        )
    return "\n".join(parts)


def _legend(line: Curve, colour: str, number: int) -> str:
    x, y = WIDTH - RIGHT + 10, TOP + 17 * number + 8
    return (
        f'<path d="M{x},{y - 4} h16" stroke="{colour}" stroke-width="3"{_dashes(line)}/>'
        f'<text x="{x + 22}" y="{y}">{escape(line.name)}</text>'
    )
