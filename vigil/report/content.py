"""What a battery health report says: one assessment, frozen, as plain JSON.

Nothing is computed here that an assessment did not say. What it kept silent about is written down
as silence with what is missing. Numbers are rounded to what they are worth, then signed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.battery.wording.answers import HEALTH
from api.battery.wording.cells import SYSTEMS
from domain.causes import cause
from domain.health import Answer, Assessment, Estimate, Finding
from domain.identity import public_id
from domain.reports import FORMAT, masked_vin
from domain.sentences.names import certainty_id
from domain.vehicle import Vehicle

RANGES = "range_"
CHARGES = 12
"""So many of the newest charges that the capacity rests on are named one by one."""
FEWEST_OUTSIDE = 10
"""A report leaves the tenant: a rank among fewer cars than this would tell on them."""
VALID = timedelta(days=90)
"""A battery changes little in a quarter."""
DEFINITIONS = {
    "capacity_soh": {
        "zh": "可放出电量（Ah）与额定电量之比，由实际充电过程测得，不含内阻损失。",
        "en": "Charge the pack holds (Ah) against its rated charge, measured on real charges; "
        "resistance is not in it.",
    },
    "energy_soh": {
        "zh": "可用能量（kWh）与额定能量之比，折算至25 °C、C/3放电。",
        "en": "Energy the pack gives (kWh) against its rated energy, brought to 25 °C and C/3.",
    },
    "bms_soh": {
        "zh": "车辆自报的健康度，仅转述，未经核验。",
        "en": "What the car itself reports; repeated, not verified.",
    },
    "onboard_soce": {
        "zh": "车载SOCE监视值（如车辆提供）。",
        "en": "The on-board certified-energy monitor, where the car has one.",
    },
    "resistance": {
        "zh": "由电流阶跃测得的电池包内阻，折算至25°C。",
        "en": "Pack resistance from current steps, normalised to 25 °C.",
    },
    "resistance_trend": {
        "zh": "内阻每年的变化，只比较同样长的电流阶跃。",
        "en": "How resistance changes in a year; only equal steps of current are compared.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the assessment does not know: identity, distance, cohort, and where to verify."""

    report_id: str
    issued_at: datetime
    verify_url: str
    vin: str | None = None
    odometer_km: float | None = None
    cohort: Mapping[str, Mapping[str, object]] | None = None


def body(assessment: Assessment, vehicle: Vehicle, frame: Frame) -> dict[str, object]:
    """The report's body, ready for canonical signing."""
    facts = assessment.facts
    answers = assessment.answers
    health = {n: _answer(answers[n]) for n in HEALTH if n in answers}
    return {
        "format": FORMAT,
        "report_id": frame.report_id,
        "issued_at": frame.issued_at.isoformat(),
        "valid_until": (frame.issued_at + VALID).isoformat(),
        "data_until": assessment.as_of.isoformat(),
        "verify_url": frame.verify_url,
        "vehicle": _vehicle(vehicle, frame),
        "definitions": {n: words for n, words in DEFINITIONS.items() if n in health},
        "health": health,
        "range": {n: _answer(a) for n, a in answers.items() if n.startswith(RANGES)},
        "comparison": _comparison(answers),
        "curve": _plain(facts.get("capacity_curve")),
        "charging": _plain(facts.get("habits")),
        "charges": _charges(facts.get("capacity_windows")),
        "advice": _plain(facts.get("advice")),
        "cells": _plain(facts.get("cells")),
        "forecast": _plain(facts.get("forecast")),
        "cohort": _cohort(frame.cohort),
        "warranty": _warranty(vehicle),
        "anomalies": [_finding(f) for f in assessment.findings if _of_battery(f)],
        "model_version": assessment.model_version,
        "inputs_digest": assessment.input_digest,
    }


def _vehicle(vehicle: Vehicle, frame: Frame) -> dict[str, object]:
    return {
        "id": public_id(vehicle.id),
        "vin_masked": masked_vin(frame.vin),
        "make": vehicle.make or None,
        "model": vehicle.model or None,
        "model_year": vehicle.model_year,
        "in_service": vehicle.in_service.isoformat() if vehicle.in_service else None,
        "chemistry": vehicle.chemistry.value,
        "rated_capacity_ah": vehicle.rated_capacity_ah,
        "rated_energy_kwh": vehicle.rated_energy_kwh,
        "odometer_km": _plain(frame.odometer_km),
    }


def _answer(answer: Answer) -> dict[str, object]:
    if not isinstance(answer, Estimate):
        return {"silent": answer.reason, "missing": answer.missing, "detail": _plain(answer.detail)}
    return {
        "value": _plain(answer.value),
        "low": _plain(answer.low),
        "high": _plain(answer.high),
        "level": answer.level,
        "unit": answer.unit,
        "method": answer.method.value,
        "windows": answer.windows,
        "coverage": _plain(answer.coverage),
        "detail": _plain(answer.detail),
    }


def _comparison(answers: Mapping[str, Answer]) -> dict[str, object] | None:
    """The car says X, we measure Y; None unless both spoke."""
    told, measured = answers.get("bms_soh"), answers.get("capacity_soh")
    if not isinstance(told, Estimate) or not isinstance(measured, Estimate):
        return None
    return {
        "bms_says_pct": _plain(told.value),
        "we_measure_pct": _plain(measured.value),
        "agrees": bool(measured.low <= told.value <= measured.high),
    }


def _warranty(vehicle: Vehicle) -> dict[str, object] | None:
    terms = vehicle.warranty
    if terms is None:
        return None
    return {
        "years": terms.years,
        "km": terms.km,
        "threshold_pct": terms.threshold_pct,
        "source": terms.source,
        "kind": terms.kind,
    }


def _charges(windows: object) -> object:
    """The newest charges that the capacity rests on."""
    return _plain(windows[-CHARGES:]) if isinstance(windows, list) else []


def _cohort(ranks: Mapping[str, Mapping[str, object]] | None) -> object:
    """The ranks, without any among too few cars to leave the tenant."""
    if ranks is None:
        return None
    hidden = {"percentile": None, "low": None, "high": None}
    return {
        quantity: _plain(rank if int(str(rank["cars"])) >= FEWEST_OUTSIDE else {**rank, **hidden})
        for quantity, rank in ranks.items()
    }


def _of_battery(finding: Finding) -> bool:
    """A standing finding of the traction battery or its high-voltage system."""
    return not finding.recovered and cause(finding.cause).system in SYSTEMS


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "cause": finding.cause,
        "component": finding.component,
        "severity": finding.severity.word,
        "since": finding.since.isoformat(),
        "certainty": certainty_id(finding.confidence),
        "values": _plain(finding.values),
        "experimental": finding.experimental,
        "method": finding.method.value,
        "due_low": _plain(finding.due_low),
        "due_high": _plain(finding.due_high),
    }


def _plain(value: object) -> object:
    """JSON with rounded numbers; what is not finite is null."""
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return _plain(value.item()) if hasattr(value, "item") else str(value)
