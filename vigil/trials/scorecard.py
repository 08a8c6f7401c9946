"""Alerts against planted truth: what was found, how long before, and what was cried for nothing.

Nothing else in the product reads the truth file. A planted fault counts once it has begun; it is
detected when an alert of its car names one of its causes (and its part, where both name one) after
its onset. Every other alert of yellow or above is a false alarm. Intervals are exact: binomial by
Clopper and Pearson (1934), Poisson by Garwood (1936), central at 90 %.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from scipy.stats import beta, chi2

from domain.alerts import Alert
from domain.errors import BadInput
from domain.health import Severity

LEVEL = 0.9
"""Level of the exact intervals."""
MONTH_DAYS = 30.4375
"""The mean month."""
_SLACK = timedelta(hours=12)  # an alert is dated by the window that showed it
_BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Finer where alerts say they are sure."""

# What an alert about a planted fault may be called. The last resort of each is named too: a leak
# that is only seen as low pressure was still seen.
CAUSES: Mapping[str, frozenset[str]] = {
    "weak_cell": frozenset({"weak_cell", "self_discharge", "internal_short", "cell_imbalance"}),
    "twelve_volt_sulphation": frozenset({"twelve_volt_sulphation", "twelve_volt_weak"}),
    "thermostat_stuck_open": frozenset({"thermostat_open", "thermostat", "dtc_p0128"}),
    "slow_puncture": frozenset({"slow_puncture", "tyre_leak", "tyre_pressure"}),
}
_PARTS = ("cell", "tyre")
"""Kinds of component whose number or wheel must agree; other parts there is one of in a car."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One fault of the truth file."""

    car: str
    kind: str
    component: str
    onset: datetime
    fails: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A truth file: cars with their faults, and since when they were watched."""

    start: datetime
    cars: tuple[str, ...]
    planted: tuple[Planted, ...]


def read_truth(path: Path) -> Truth:
    """The file that simulated fleets write; BadInput when it cannot be used."""
    try:
        content = json.loads(path.read_text("utf-8"))
        cars: Mapping[str, Sequence[Mapping[str, str]]] = content["cars"]
        planted = tuple(
            Planted(
                car=name,
                kind=fault["kind"],
                component=fault["component"],
                onset=datetime.fromisoformat(fault["onset"]),
                fails=datetime.fromisoformat(fault["fails"]),
            )
            for name, faults in cars.items()
            for fault in faults
        )
        return Truth(
            start=datetime.fromisoformat(content["start"]), cars=tuple(cars), planted=planted
        )
    except FileNotFoundError as error:
        raise BadInput(
            "truth", str(path), "no such file", remedy="start the demo first: make run"
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            "truth",
            str(path),
            f"not a truth file ({error})",
            remedy="give the truth.json of a simulated fleet",
        ) from error


def matches(fault: Planted, alert: Alert) -> bool:
    """True where this alert is about this fault of the same car."""
    if alert.cause not in CAUSES.get(fault.kind, frozenset({fault.kind})):
        return False
    return alert.since >= fault.onset - _SLACK and _same_part(fault.component, alert.component)


def _same_part(planted: str, told: str) -> bool:
    kind, _, place = planted.partition("_")
    if kind not in _PARTS or not told:
        return True
    if kind == "cell":
        number = re.search(r"(\d+)$", told)
        return number is None or int(number.group(1)) == int(place)
    return place in told


def score(truth: Truth, alerts: Mapping[str, Sequence[Alert]], now: datetime) -> dict[str, object]:
    """The card; `alerts` maps each car of the truth to all alerts it ever had, closed ones too."""
    begun = [fault for fault in truth.planted if fault.onset <= now]
    found = {fault: _first(fault, alerts.get(fault.car, ())) for fault in begun}
    serious = [
        (car, alert)
        for car, told in alerts.items()
        for alert in told
        if alert.severity >= Severity.YELLOW
    ]
    false = [(car, alert) for car, alert in serious if not _planted(truth, car, alert)]
    months = len(truth.cars) * (now - truth.start) / timedelta(days=MONTH_DAYS)
    faults = _by_kind(found)
    return {
        "faults": faults,
        "false_alarms_per_1000_vehicle_months": _rate(len(false), months, 1000),
        "alerts_per_vehicle_month": _rate(len(serious), months, 1),
        "calibration": _calibration(truth, serious),
        "intervals": {
            **{
                f"faults.{kind}.detected": _binomial(f["detected"], f["n"])
                for kind, f in faults.items()
            },
            "false_alarms_per_1000_vehicle_months": _poisson(len(false), months, 1000),
            "alerts_per_vehicle_month": _poisson(len(serious), months, 1),
        },
        "exposure_vehicle_months": round(months, 3),
        "interval_level": LEVEL,
        "missed": [_line(fault) for fault, alert in found.items() if alert is None],
        "false_alarms": dict(Counter(alert.cause for _, alert in false)),
        "alerts_by_severity": dict(Counter(alert.severity.word for _, alert in serious)),
    }


def _first(fault: Planted, alerts: Sequence[Alert]) -> Alert | None:
    told = [alert for alert in alerts if matches(fault, alert)]
    return min(told, key=lambda alert: alert.since, default=None)


def _planted(truth: Truth, car: str, alert: Alert) -> bool:
    return any(fault.car == car and matches(fault, alert) for fault in truth.planted)


def _by_kind(found: Mapping[Planted, Alert | None]) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for kind in sorted({fault.kind for fault in found}):
        told = {fault: alert for fault, alert in found.items() if fault.kind == kind}
        leads = [
            (fault.fails - alert.since) / timedelta(days=1)
            for fault, alert in told.items()
            if alert is not None
        ]
        out[kind] = {
            "n": len(told),
            "detected": len(leads),
            "lead_days_median": round(median(leads), 2) if leads else None,
        }
    return out


def _calibration(truth: Truth, told: Sequence[tuple[str, Alert]]) -> list[dict[str, object]]:
    out: list[dict[str, object]] = []
    for low, high in pairwise(_BINS):
        inside = [
            (alert.confidence, _planted(truth, car, alert))
            for car, alert in told
            if low <= alert.confidence < high or (high == 1.0 and alert.confidence == 1.0)
        ]
        if inside:
            n = len(inside)
            out.append(
                {
                    "bin": f"{low:.2f}-{high:.2f}",
                    "predicted": round(sum(p for p, _ in inside) / n, 4),
                    "observed": round(sum(right for _, right in inside) / n, 4),
                    "n": n,
                }
            )
    return out


def _line(fault: Planted) -> dict[str, str]:
    return {
        "vehicle": fault.car,
        "kind": fault.kind,
        "component": fault.component,
        "onset": fault.onset.isoformat(),
    }


def _rate(count: int, months: float, per: float) -> float | None:
    return None if months <= 0 else round(per * count / months, 4)


def _binomial(hits: int, n: int) -> list[float]:
    tail = (1 - LEVEL) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, n - hits + 1))
    high = 1.0 if hits == n else float(beta.ppf(1 - tail, hits + 1, n - hits))
    return [round(low, 4), round(high, 4)]


def _poisson(count: int, months: float, per: float) -> list[float] | None:
    if months <= 0:
        return None
    tail = (1 - LEVEL) / 2
    low = 0.0 if count == 0 else float(chi2.ppf(tail, 2 * count)) / 2
    high = float(chi2.ppf(1 - tail, 2 * count + 2)) / 2
    return [round(per * low / months, 4), round(per * high / months, 4)]
