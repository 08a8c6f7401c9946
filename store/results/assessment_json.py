"""Assessments, findings and series as JSON documents, there and back, without loss.

Times are ISO 8601 in UTC, severities their lower-case words, NaN is null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.health import Answer, Assessment, Estimate, Evidence, Finding, Severity, Silence
from domain.methods import method_of
from store.db.json_values import plain

Body = dict[str, Any]


def finding_body(finding: Finding) -> Body:
    """A finding as JSON."""
    return {name: plain(getattr(finding, name)) for name in finding.__slots__}


def finding_of(body: Body) -> Finding:
    """The finding behind a body."""
    return Finding(
        **{
            **body,
            "severity": Severity[body["severity"].upper()],
            "evidence": Evidence(body["evidence"]),
            "method": method_of(body["method"]),
            "chart": chart_of(body["chart"]),
            **{name: _time(body[name]) for name in ("since", "as_of", "due_low", "due_high")},
        }
    )


def chart_of(body: Mapping[str, Any]) -> dict[str, tuple[list[int], list[float]]]:
    """Series by name; a null value is NaN."""
    return {
        name: (list(ticks), [math.nan if v is None else v for v in values])
        for name, (ticks, values) in body.items()
    }


def assessment_body(assessment: Assessment) -> Body:
    """What a run said, without the columns that stand beside it."""
    return {
        "answers": {name: _answer_body(a) for name, a in assessment.answers.items()},
        "findings": [finding_body(f) for f in assessment.findings],
        "facts": plain(assessment.facts),
        "assessed_causes": sorted(assessment.assessed_causes),
    }


def assessment_of(
    vehicle_id: int, as_of: datetime, model_version: str, input_digest: str, body: Body
) -> Assessment:
    """The assessment behind a row."""
    return Assessment(
        vehicle_id=vehicle_id,
        as_of=as_of,
        model_version=model_version,
        input_digest=input_digest,
        answers={name: _answer_of(a) for name, a in body["answers"].items()},
        findings=tuple(finding_of(f) for f in body["findings"]),
        facts=body["facts"],
        assessed_causes=frozenset(body["assessed_causes"]),
    )


def _answer_body(answer: Answer) -> Body:
    return {name: plain(getattr(answer, name)) for name in answer.__slots__}


def _answer_of(body: Body) -> Answer:
    if "value" not in body:
        return Silence(**body)
    return Estimate(**{**body, "method": method_of(body["method"])})


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
