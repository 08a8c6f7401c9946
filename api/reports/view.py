"""A report's body as it is read: the same parts, lines and figures on the page and on paper.

Every word is there in Chinese and English; a page shows one, paper both. Nothing is said that is
not in the signed body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from api.battery.wording import answers, cells, cohort, outlook, use
from api.battery.wording.text_line import TextLine, day
from api.numbers import NO_VALUE, number
from domain.sentences.bilingual import Bilingual
from domain.sentences.catalogue import bilingual

Body = Mapping[str, Any]
TILES = ("capacity_soh", "energy_soh", "bms_soh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a report. `empty` is said where it has neither lines nor texts."""

    id: str
    title: Bilingual
    lines: Sequence[TextLine] = ()
    texts: Sequence[Bilingual] = ()
    rows: Sequence[Sequence[str]] = ()
    heads: Sequence[Bilingual] = ()
    empty: Bilingual = field(default_factory=lambda: bilingual("battery.not_told"))

    @property
    def bare(self) -> bool:
        """True where there is nothing to show but `empty`."""
        return not (self.lines or self.texts or self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The whole report."""

    tiles: Sequence[answers.Tile]
    comparison: Bilingual | None
    parts: Mapping[str, Part]


def view(body: Body, key_id: str) -> View:
    """What a report says."""
    health: Mapping[str, Any] = body["health"]
    made = (
        _vehicle(body),
        _health(health),
        _curve(body),
        _forecast(body),
        _warranty(body),
        _cells(body),
        _charging(body),
        _charges(body),
        _range(body),
        _cohort(body),
        _anomalies(body),
        _definitions(body),
        _validity(body, key_id),
    )
    return View(
        tiles=[answers.tile(name, health.get(name)) for name in TILES],
        comparison=answers.comparison(health),
        parts={part.id: part for part in made},
    )


def _part(id: str, **content: Any) -> Part:
    return Part(id=id, title=bilingual(f"report.part.{id}"), **content)


def _line(id: str, value: str | Bilingual | None) -> TextLine:
    shown = value if isinstance(value, Bilingual) else Bilingual.same(value or NO_VALUE)
    return TextLine(of=id, name=bilingual(f"report.{id}"), value=shown)


def _vehicle(body: Body) -> Part:
    found: Mapping[str, Any] = body["vehicle"]
    named = " ".join(str(found[k]) for k in ("make", "model", "model_year") if found.get(k))
    units = {"rated_capacity_ah": "Ah", "rated_energy_kwh": "kWh"}
    rated = [f"{number(found[k], 1)} {unit}" for k, unit in units.items() if found.get(k)]
    km = found.get("odometer_km")
    return _part(
        "vehicle",
        lines=[
            _line("model", named),
            _line("vin", found.get("vin_masked")),
            _line("in_service", found.get("in_service")),
            _line("odometer", None if km is None else f"{number(km, 0)} km"),
            _line("chemistry", bilingual(f"report.chemistry.{found['chemistry']}")),
            _line("rated", " / ".join(rated)),
        ],
    )


def _health(health: Mapping[str, Any]) -> Part:
    ordered = [
        *(n for n in answers.HEALTH if n in health),
        *(n for n in health if n not in answers.HEALTH),
    ]
    lines: list[TextLine] = []
    for name in ordered:
        line = answers.line(name, health[name])
        first = next((x for x in lines if x.note == line.note and line.note), None)
        as_above = None if first is None else bilingual("battery.as_for", name=first.name)
        lines.append(line if as_above is None else replace(line, note=as_above))
    return _part("health", lines=lines)


def _curve(body: Body) -> Part:
    return _part("curve", texts=outlook.segments(body.get("curve")))


def _forecast(body: Body) -> Part:
    found = body.get("forecast")
    if not found:
        return _part("forecast")
    basis = outlook.basis(found)
    return _part(
        "forecast",
        lines=[*outlook.levels(found), *outlook.changes(found)],
        texts=[outlook.evidence(found), *([basis] if basis else [])],
    )


def _warranty(body: Body) -> Part:
    ahead = body.get("forecast") or {}
    return _part(
        "warranty",
        lines=outlook.warranty(body.get("warranty"), ahead),
        empty=bilingual("battery.no_warranty"),
    )


def _cells(body: Body) -> Part:
    return _part(
        "cells", lines=cells.lines(body.get("cells")), empty=bilingual("battery.cells.none")
    )


def _charging(body: Body) -> Part:
    return _part(
        "charging", lines=use.habits(body.get("charging")), texts=use.advice(body.get("advice"))
    )


def _charges(body: Body) -> Part:
    """The charges that the capacity rests on, newest first."""
    heads = ("ended", "from_to", "amount", "gives", "at_temperature", "at_current")
    rows = [
        [
            day(w["end_ms"]) or NO_VALUE,
            f"{number(w['soc_from_pct'], 0)} – {number(w['soc_to_pct'], 0)} %",
            f"{number(w['charge_ah'], 1)} Ah",
            f"{number(w['capacity_ah'], 1)} Ah",
            f"{number(w['temperature_c'], 0)} °C",
            f"{number(w['current_a'], 0)} A",
        ]
        for w in reversed(body.get("charges") or ())
    ]
    return _part("charges", rows=rows, heads=[bilingual(f"report.charge.{h}") for h in heads])


def _range(body: Body) -> Part:
    return _part("range", lines=use.ranges(body.get("range") or {}))


def _cohort(body: Body) -> Part:
    return _part(
        "cohort", lines=cohort.lines(body.get("cohort")), empty=bilingual("battery.cohort.not_yet")
    )


def _anomalies(body: Body) -> Part:
    lines = []
    for each in body["anomalies"]:
        title = cells.title(each["cause"], each["component"])
        level = bilingual(f"web.severity.{each['severity']}")
        name = Bilingual(zh=f"{title.zh}（{level.zh}）", en=f"{title.en} ({level.en})")
        due = (each.get("due_low"), each.get("due_high"))
        lines.append(TextLine(name=name, value=cells.finding(each["values"], each["since"], due)))
    return _part("anomalies", lines=lines, empty=bilingual("battery.no_anomalies"))


def _definitions(body: Body) -> Part:
    return _part(
        "definitions",
        lines=[
            TextLine(of=name, name=answers.name(name), value=Bilingual(**pair))
            for name, pair in body["definitions"].items()
        ],
    )


def _validity(body: Body, key_id: str) -> Part:
    moments = [
        _line(id, _moment(str(body[id]))) for id in ("issued_at", "data_until", "valid_until")
    ]
    frozen = [_line(id, str(body[id])) for id in ("model_version", "inputs_digest")]
    number, key = _line("report_id", body["report_id"]), _line("key_id", key_id)
    return _part("validity", lines=[number, *moments, key, *frozen])


def _moment(text: str) -> str:
    """To the minute, in UTC."""
    return f"{text[:16].replace('T', ' ')} UTC"
