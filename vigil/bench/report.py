"""How long a year of one car's data takes to become a finished report."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from domain.errors import Refused
from domain.reports import SignedReport
from vigil.report.issue import issue
from vigil.report.keys import KeyRing
from vigil.report.pdf import render
from vigil.trials.field_soh import vehicle_of, window_of

Result = TypeVar("Result")


def measure(
    folder: Path, now: datetime, *, days: int, period_s: float, seed: int
) -> dict[str, object]:
    """CPU seconds from rows to signed JSON, and to the PDF; simulating is not counted.

    Where this machine cannot print Chinese `pdf_s` and `pdf_bytes` are null, and `no_pdf` says why
    and what to install.
    """
    from domain.health import Assessment
    from models.base import MODEL_VERSION, Digest, moment
    from models.battery.family import assess
    from simulators.battery.life import BatteryLife
    from simulators.battery.recording import LifeSpec

    recording = BatteryLife(spec=LifeSpec(seed=seed, days=days, period_s=period_s)).record()
    window, vehicle = window_of(recording, days), vehicle_of(recording)
    keys = KeyRing(folder).open(now)

    def finished() -> tuple[SignedReport, str]:
        verdict = assess(window, vehicle)
        digest = Digest(MODEL_VERSION, vehicle)
        digest.window(window)
        assessment = Assessment(
            vehicle_id=vehicle.id,
            as_of=moment(int(window.ticks_ms[-1])),
            model_version=MODEL_VERSION,
            input_digest=digest.text(),
            answers=verdict.answers,
            findings=verdict.findings,
            facts=verdict.facts,
            assessed_causes=verdict.causes,
        )
        signed = issue(assessment, vehicle, keys, now, address="https://localhost")
        return signed, signed.to_json()

    finished()  # imports and first-use tables are not a report's cost
    (signed, text), cpu_s = _cpu(finished)
    return {
        "days": days,
        "rows": len(window.ticks_ms),
        "period_s": period_s,
        "seed": seed,
        "cpu_s": round(cpu_s, 3),
        "json_bytes": len(text.encode()),
        **_printed(signed),
    }


def _printed(signed: SignedReport) -> dict[str, object]:
    try:
        pdf, pdf_s = _cpu(lambda: render(signed))
    except Refused as problem:
        return {"pdf_s": None, "pdf_bytes": None, "no_pdf": f"{problem}; {problem.remedy}"}
    return {"pdf_s": round(pdf_s, 3), "pdf_bytes": len(pdf)}


def _cpu(work: Callable[[], Result]) -> tuple[Result, float]:
    began = time.process_time()
    result = work()
    return result, time.process_time() - began
