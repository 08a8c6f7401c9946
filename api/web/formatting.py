"""Numbers, money, times and charts as people read them. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.alerts.schemas import SeriesEvidence
from api.battery.schemas import AnswerOut
from api.chart_gaps import CHARGES_GAP_MS, READINGS_GAP_MS, runs
from api.numbers import NO_VALUE, number
from api.vehicles.schemas import VehicleOut
from domain.sentences.catalogue import sentence, sentences
from firmware_contracts.signals import BY_NAME


def money(fen: int | None) -> str:
    """Fen as yuan.

    >>> money(128000), money(4550)
    ('¥1,280', '¥45.50')
    """
    if fen is None:
        return NO_VALUE
    return f"¥{fen / 100:,.0f}" if fen % 100 == 0 else f"¥{fen / 100:,.2f}"


def moment(at: datetime | None, zone: str, lang: str) -> str:
    """Date and time in the reader's zone."""
    if at is None:
        return NO_VALUE
    local = at.astimezone(ZoneInfo(zone))
    return local.strftime("%Y年%-m月%-d日 %H:%M" if lang == "zh" else "%-d %b %Y, %H:%M")


def day(at: datetime | None, zone: str, lang: str) -> str:
    """The date alone."""
    if at is None:
        return NO_VALUE
    local = at.astimezone(ZoneInfo(zone))
    return local.strftime("%Y年%-m月%-d日" if lang == "zh" else "%-d %b %Y")


def hours(start: datetime, end: datetime, zone: str, lang: str) -> str:
    """A slot."""
    local = end.astimezone(ZoneInfo(zone))
    return f"{moment(start, zone, lang)} – {local:%H:%M}"


def clock_times(start: datetime, end: datetime, zone: str) -> str:
    """A slot whose day stands above it."""
    here = ZoneInfo(zone)
    return f"{start.astimezone(here):%H:%M}–{end.astimezone(here):%H:%M}"


def interval(answer: AnswerOut, digits: int = 1) -> str:
    """`low – high unit`."""
    low, high = number(answer.low, digits), number(answer.high, digits)
    return f"{low} – {high} {answer.unit}".strip()


def signal_name(lang: str, name: str) -> str:
    """A catalogue signal by its name, or a chart's own word, or the word as it is."""
    found = BY_NAME.get(name)
    if found is not None:
        return found.zh if lang == "zh" else found.en
    return sentence(f"series.{name}", lang)


def car_names(cars: Sequence[VehicleOut]) -> dict[str, str]:
    """The name of each car by id, with its number where two cars would be called the same."""
    plain = {c.id: f"{c.make} {c.model} {c.model_year or ''}".strip() for c in cars}
    alike = Counter(plain.values())
    return {id: f"{name} · {id}" if alike[name] > 1 else name for id, name in plain.items()}


def evidence_rows(
    lang: str, values: Mapping[str, float], limits: Mapping[str, float]
) -> list[tuple[str, str, str]]:
    """Name, value with its interval, and limit ("" where none) of everything an alert rests on,
    in the order of the message table: what matters most comes first."""
    order = {word: place for place, word in enumerate(sentences())}
    bounds = {bound for pair in BOUNDS.values() for bound in pair if set(pair) <= set(values)}
    named = sorted(set(values) - bounds, key=lambda n: (order.get(f"series.{n}", len(order)), n))
    return [
        (
            signal_name(lang, name),
            _with_bounds(name, values),
            number(limits[name], 2) if name in limits else "",
        )
        for name in named
    ]


BOUNDS = {"growth_pct_per_day": ("growth_low", "growth_high")}
"""Words of evidence that are the interval of another one."""


def _with_bounds(name: str, values: Mapping[str, float]) -> str:
    said = number(values[name], 2)
    low, high = BOUNDS.get(name, ("", ""))
    if low not in values or high not in values:
        return said
    return f"{said} ({number(values[low], 2)} – {number(values[high], 2)})"


def evidence_chart(
    lang: str, series: Sequence[SeriesEvidence], limits: dict[str, float]
) -> str | None:
    """The evidence of an alert as a chart; None where there is none.

    Series with their own times are laid on the union of all times, with holes.
    """
    drawn = [s for s in series if s.t_ms]
    if not drawn:
        return None
    times = sorted({t for s in drawn for t in s.t_ms})
    lines = [{"label": signal_name(lang, s.name), "y": _on(times, s.t_ms, s.values)} for s in drawn]
    shown = [
        {"label": f"{sentence('web.limit', lang)} {number(value, 2)}", "y": value}
        for name, value in limits.items()
        if len(drawn) == 1 and _unit(name) == _unit(drawn[0].name) and _near(value, drawn[0].values)
    ]
    return _spec(times, lines, shown, gap_ms=READINGS_GAP_MS)


def _unit(name: str) -> str:
    """What a word of evidence measures: a limit is drawn only over its own kind.

    >>> _unit("deviation_mv"), _unit("deficit_pct"), _unit("z")
    ('mv', 'pct', 'z')
    """
    return name.rpartition("_")[2]


def _on(
    times: Sequence[int], own: Sequence[int], values: Sequence[float | None]
) -> list[float | None]:
    known = dict(zip(own, values, strict=True))
    return [known.get(t) for t in times]


def _near(limit: float, values: Sequence[float | None]) -> bool:
    known = [v for v in values if v is not None]
    spread = max(known) - min(known) if known else 0.0
    room = 2 * spread + 1e-9
    return bool(known) and min(known) - room <= limit <= max(known) + room


def band_chart(
    lang: str,
    label: str,
    points: Sequence[Mapping[str, float]],
    *,
    unit: str = "%",
    limits: Mapping[str, float] | None = None,
    marks_ms: Sequence[float] = (),
) -> str | None:
    """Points with t_ms, value, low, high (a forecast or a curve kept in an assessment's facts);
    `limits` are level lines by label, `marks_ms` moments to mark."""
    if len(points) < 2:
        return None
    columns = {key: [round(p[key], 3) for p in points] for key in ("value", "low", "high")}
    line = {"label": sentence(label, lang), "unit": unit, "y": columns["value"]}
    return _spec(
        [round(p["t_ms"]) for p in points],
        [line | {"low": columns["low"], "high": columns["high"]}],
        [{"label": name, "y": y} for name, y in (limits or {}).items()],
        [ms / 1000 for ms in marks_ms],
        gap_ms=CHARGES_GAP_MS,
    )


def series_chart(
    lang: str,
    name: str,
    t: Sequence[datetime],
    mean: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
) -> str | None:
    """A signal over time with the range inside each bucket."""
    if not t:
        return None
    line = {"label": signal_name(lang, name), "unit": BY_NAME[name].unit, "y": list(mean)}
    return _spec(
        [round(x.timestamp() * 1000) for x in t],
        [line | {"low": list(low), "high": list(high)}],
        gap_ms=READINGS_GAP_MS,
    )


def _spec(
    times_ms: Sequence[int],
    series: Sequence[Mapping[str, Any]],
    limits: Sequence[Mapping[str, object]] = (),
    marks_s: Sequence[float] = (),
    *,
    gap_ms: float,
) -> str:
    """What app.js draws. A hole longer than `gap_ms` gets a moment without values in its middle:
    curve and band end there and begin anew behind it."""
    parts = runs(times_ms, gap_ms)
    holes = {
        part.start: (times_ms[part.start - 1] + times_ms[part.start]) / 2 for part in parts[1:]
    }
    spec = {
        "x": [t / 1000 for t in _with_holes(times_ms, holes)],
        "series": [
            {**one}
            | {key: _with_holes(one[key], dict.fromkeys(holes)) for key in COLUMNS & one.keys()}
            for one in series
        ],
        "limits": list(limits),
        "marks": list(marks_s),
    }
    return json.dumps(spec)


COLUMNS = frozenset({"y", "low", "high"})


def _with_holes(column: Sequence[Any], holes: Mapping[int, float | None]) -> list[Any]:
    """The column with the value of a hole set before each place that follows one."""
    found: list[Any] = []
    for place, value in enumerate(column):
        if place in holes:
            found.append(holes[place])
        found.append(value)
    return found


def since_epoch(ms: float) -> datetime:
    """UTC moment of milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC)
