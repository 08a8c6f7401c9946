"""A signed body as words and numbers ready to print, every label in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api import words as text
from domain.causes import cause
from domain.reports import SignedReport
from vigil.report.words import FIELDS, HABITS, QUANTITIES, SEVERITIES, TITLES, Pair

Row = tuple[Pair, str]


def page(report: SignedReport, fonts: list[str]) -> dict[str, object]:
    """What the template lays out."""
    body: Mapping[str, Any] = report.body
    return {
        "title": TITLES["title"], "titles": TITLES, "fonts": fonts,
        "headline": _headline(body),
        "vehicle": _vehicle(body["vehicle"]),
        "health": [_health(name, body["health"][name]) for name in QUANTITIES
                   if name in body["health"]],
        "comparison": _comparison(body.get("comparison")),
        "charging": _charging(body.get("charging")),
        "parts": [_anomalies(body), _range(body), _warranty(body), _cells(body), _cohort(body)],
        "definitions": [
            {"name": QUANTITIES[name], **words} for name, words in body["definitions"].items()
        ],
        "validity": _validity(report),
        "url": body["verify_url"],
        "foot": f"{body['report_id']} · {report.key_id}",
    }  # fmt: skip


def _headline(body: Mapping[str, Any]) -> dict[str, object]:
    found = body["health"].get("capacity_soh", {"silent": "unknown", "missing": "unknown"})
    if "value" not in found:
        return {"number": "—", "name": QUANTITIES["capacity_soh"], "lines": _silence(found)}
    level = f"{found['level'] * 100:.0f}"
    return {
        "number": f"{found['value']:.1f} %",
        "name": QUANTITIES["capacity_soh"],
        "lines": [
            (f"{level}%区间：{found['low']:.1f}% 至 {found['high']:.1f}%",
             f"{level} % interval: {found['low']:.1f} % to {found['high']:.1f} %"),
            (f"依据{found['windows']}次充电，数据覆盖{found['coverage'] * 100:.0f}%",
             f"From {found['windows']} charges, {found['coverage'] * 100:.0f} % of them observed"),
        ],
    }  # fmt: skip


def _vehicle(found: Mapping[str, Any]) -> list[Row]:
    named = " ".join(str(found[k]) for k in ("make", "model", "model_year") if found.get(k))
    units = {"rated_capacity_ah": "Ah", "rated_energy_kwh": "kWh"}
    rated = [f"{found[name]:g} {unit}" for name, unit in units.items() if found[name]]
    km = found["odometer_km"]
    values = {
        "vin_masked": found["vin_masked"], "model": named or None,
        "in_service": found["in_service"], "odometer_km": f"{km:,.0f} km" if km else None,
        "chemistry": found["chemistry"].upper(),
        "rated": " / ".join(rated) or None,
    }  # fmt: skip
    return [(FIELDS[name], value or "—") for name, value in values.items()]


def _health(name: str, found: Mapping[str, Any]) -> dict[str, object]:
    if "value" not in found:
        zh, en = _silence(found)[0]
        return {
            "name": QUANTITIES[name],
            "value": "—",
            "interval": TITLES["silent"][0],
            "how": f"{zh} {en}",
        }
    unit = found["unit"]
    told = found["low"] == found["high"]
    interval = "—" if told else f"{found['low']:.1f} … {found['high']:.1f} {unit}"
    return {
        "name": QUANTITIES[name],
        "value": f"{found['value']:.1f} {unit}",
        "interval": interval,
        "how": f"{found['method']}; n = {found['windows']}",
    }


def _silence(found: Mapping[str, Any]) -> list[Pair]:
    missing = text.both(f"missing.{found['missing']}")
    return [(f"还需要：{missing['zh']}", f"Still needed: {missing['en']}")]


def _comparison(found: Mapping[str, Any] | None) -> Pair | None:
    if found is None:
        return None
    says, measure = found["bms_says_pct"], found["we_measure_pct"]
    return (
        f"车辆自报 {says:.0f}%，我们实测 {measure:.1f}%。",
        f"The car says {says:.0f} %, we measure {measure:.1f} %.",
    )


def _charging(found: Mapping[str, Any] | None) -> list[Row]:
    if not found:
        return []
    return [
        (pair, f"{format(found[name] * factor, form)}{unit}")
        for name, (pair, unit, factor, form) in HABITS.items()
        if found.get(name) is not None
    ]


def _part(title: str, rows: list[Pair], empty: str = "not_known") -> dict[str, object]:
    return {"title": TITLES[title], "rows": rows, "empty": TITLES[empty]}


def _anomalies(body: Mapping[str, Any]) -> dict[str, object]:
    rows = []
    for each in body["anomalies"]:
        known, severity = cause(each["cause"]), SEVERITIES[each["severity"]]
        since, part = each["since"][:10], each["component"]
        rows.append((f"{known.zh}（{part}，{severity[0]}，自{since}）",
                     f"{known.en} ({part}, {severity[1]}, since {since})"))  # fmt: skip
    return _part("anomalies", rows, "none")


def _range(body: Mapping[str, Any]) -> dict[str, object]:
    rows = []
    for name, each in body["range"].items():
        if "value" in each:
            at = each["detail"].get("ambient_c", name.removeprefix("range_"))
            words = f"{each['value']:.0f} km ({each['low']:.0f}–{each['high']:.0f})"
            rows.append((f"{at}°C：{words}", ""))
    return _part("range", rows)


def _warranty(body: Mapping[str, Any]) -> dict[str, object]:
    terms = body["warranty"]
    if terms is None:
        return _part("warranty", [])
    rows = [(f"{terms['years']:g}年 / {terms['km']:,.0f} km，阈值{terms['threshold_pct']:g}%",
             f"{terms['years']:g} years / {terms['km']:,.0f} km, {terms['threshold_pct']:g} % "
             f"({terms['source']})")]  # fmt: skip
    ahead = (body.get("forecast") or {}).get("warranty") or {}
    if ahead.get("probability_below") is not None:
        share = ahead["probability_below"] * 100
        words = "<1" if share < 1 else ">99" if share > 99 else f"{share:.0f}"
        zh = f"质保结束时低于阈值的概率：{words}%"
        rows.append((zh, f"Chance of being below it when the warranty ends: {words} %"))
    return _part("warranty", rows)


def _cells(body: Mapping[str, Any]) -> dict[str, object]:
    return _part("cells", [(f"{k}：{v}", "") for k, v in _scalars(body["cells"])])


def _cohort(body: Mapping[str, Any]) -> dict[str, object]:
    return _part("cohort", [(f"{k}：{v}", "") for k, v in _scalars(body["cohort"])])


def _scalars(found: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    return [(k, v) for k, v in (found or {}).items() if isinstance(v, str | int | float)][:6]


def _validity(report: SignedReport) -> list[Row]:
    body: Mapping[str, Any] = report.body
    names = ("report_id", "issued_at", "data_until", "valid_until", "model_version",
             "inputs_digest")  # fmt: skip
    rows = [(FIELDS[name], _short(name, str(body[name]))) for name in names]
    return [*rows, (FIELDS["key_id"], report.key_id)]


def _short(name: str, value: str) -> str:
    """Moments to the minute (UTC); a digest whole."""
    return f"{value[:16].replace('T', ' ')} UTC" if name.endswith(("_at", "_until")) else value
