"""Where a car stands among its like, and who the like are.

    rule             same
    model_age_km     make, model, rated capacity, chemistry, age band, distance band
    model_age        the same without distance
    chemistry_age_km chemistry, age band, distance band
    chemistry_age    chemistry, age band

The first rule with MIN_COHORT others speaks; where none has, the answer is silence with how many
the widest found. Resistances of different packs are not comparable, so resistance stops at the
model, and only equal steps are compared. A rank without enough others is no rank, and would tell
on them: few cars are never shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from domain.health import Answer, Estimate, Silence
from domain.methods import Method
from models.base import Array

MIN_COHORT = 20
"""Fewer others give a rank that is nearly chance (docs/battery.md, Cohort)."""
LEVEL = 0.9
"""Of the interval of a rank."""
AGE_YEARS = (0, 2, 4, 6, 8, 12)
"""Lower ends of the bands of age and distance (docs/battery.md, Cohort)."""
DISTANCE_KM = (0, 30_000, 60_000, 100_000, 160_000, 250_000)
"""See AGE_YEARS; km."""
STEP_S = 5.0
"""Steps of current up to this long count as short: ohms and charge transfer, no diffusion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One car's newest answer to a quantity; None where it is not known. `kind` parts what cannot
    be compared at all (short and long steps of current)."""

    vehicle_id: int
    model: tuple[str, str, float | None]
    chemistry: str
    age_years: float | None
    km: float | None
    value: float
    low: float
    high: float
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a car hears: the rule that spoke (the widest one where all were silent), the bands it
    was compared in, and its percentile or why there is none."""

    rule: str
    cohort: Mapping[str, object]
    answer: Answer


def band(value: float | None, edges: Sequence[float]) -> tuple[float, float | None] | None:
    """The half-open band a value falls into; the last has no end.

    >>> band(3.2, AGE_YEARS), band(13, AGE_YEARS), band(None, AGE_YEARS)
    ((2, 4), (12, None), None)
    """
    if value is None or not value >= edges[0]:
        return None
    at = int(np.searchsorted(edges, value, side="right"))
    return edges[at - 1], edges[at] if at < len(edges) else None


def _model(m: Member) -> dict[str, object]:
    make, model, rated = m.model
    return {"make": make, "model": model, "rated_ah": rated} if model else {}


def _chemistry(m: Member) -> dict[str, object]:
    return {} if m.chemistry == "unknown" else {"chemistry": m.chemistry}


def _age(m: Member) -> dict[str, object]:
    found = band(m.age_years, AGE_YEARS)
    return {} if found is None else {"age_years": list(found)}


def _distance(m: Member) -> dict[str, object]:
    found = band(m.km, DISTANCE_KM)
    return {} if found is None else {"km": list(found)}


Part = Callable[[Member], dict[str, object]]
RULES: Mapping[str, Sequence[Part]] = {
    "model_age_km": (_model, _chemistry, _age, _distance),
    "model_age": (_model, _chemistry, _age),
    "chemistry_age_km": (_chemistry, _age, _distance),
    "chemistry_age": (_chemistry, _age),
}
"""From narrow to wide. A car of which a part is not known belongs to no cohort of that rule."""
WITHIN_MODEL = ("model_age_km", "model_age")


def places(members: Sequence[Member], rules: Sequence[str], *, quantity: str) -> dict[int, Place]:
    """Every member's place, by vehicle. Sorting each cohort once, whatever its size."""
    told: dict[int, Place] = {}
    for rule in rules:
        for bands, group in _groups(members, rule):
            waiting = [m for m in group if _unranked(told.get(m.vehicle_id))]
            found = _among([m.value for m in group], waiting, own=True, quantity=quantity)
            for member, answer in zip(waiting, found, strict=True):
                told[member.vehicle_id] = Place(rule=rule, cohort=bands, answer=answer)
    return told


def _groups(
    members: Sequence[Member], rule: str
) -> Iterable[tuple[dict[str, object], list[Member]]]:
    """The cohorts of a rule with the bands they share."""
    found: dict[tuple[str, ...], tuple[dict[str, object], list[Member]]] = {}
    for member in members:
        parts = [part(member) for part in RULES[rule]]
        if all(parts):
            bands = {name: value for part in parts for name, value in part.items()}
            key = (member.kind, *map(str, bands.values()))
            found.setdefault(key, (bands, []))[1].append(member)
    return found.values()


def _unranked(place: Place | None) -> bool:
    return place is None or isinstance(place.answer, Silence)


def percentile(value: float, others: Sequence[float], *, quantity: str) -> Answer:
    """Share of the cohort that this value is above, in per cent, with Clopper-Pearson's interval.

    `others` are the same quantity of comparable cars, this one left out.
    """
    known = np.asarray(others, dtype=np.float64)
    alone = Member(
        vehicle_id=0,
        model=("", "", None),
        chemistry="",
        age_years=None,
        km=None,
        value=value,
        low=value,
        high=value,
    )
    return _among(known[~np.isnan(known)], [alone], own=False, quantity=quantity)[0]


def _among(
    cohort: Sequence[float] | Array, members: Sequence[Member], *, own: bool, quantity: str
) -> list[Answer]:
    """The places of members in a cohort, `own` when their own values are in it. The interval holds
    both that the others are a sample (Clopper-Pearson) and that a member's own value has one."""
    n = len(cohort) - own
    if n < MIN_COHORT:
        few = Silence(
            reason="cohort_too_small",
            missing="more_cars_like_this",
            detail={"cars": n, "needed": MIN_COHORT},
        )
        return [few] * len(members)
    values = np.sort(np.asarray(cohort, dtype=np.float64))
    at = np.array([[m.value, m.low, m.high] for m in members]).reshape(-1, 3)
    first = np.searchsorted(values, at[:, 0], side="left")
    last = np.searchsorted(values, at[:, 0], side="right") - own
    low_at = np.searchsorted(values, at[:, 1], side="left")
    high_at = np.searchsorted(values, at[:, 2], side="right") - own
    tail = (1 - LEVEL) / 2
    share = (first + last) / 2 / n
    low = np.where(low_at == 0, 0.0, beta.ppf(tail, np.maximum(low_at, 1), n - low_at + 1))
    high = np.where(high_at == n, 1.0, beta.ppf(1 - tail, high_at + 1, np.maximum(n - high_at, 1)))
    return [
        Estimate(
            value=100 * s,
            low=100 * min(a, s),
            high=100 * max(b, s),
            unit="%",
            level=LEVEL,
            method=Method.COHORT_RANK,
            windows=n,
            coverage=1.0,
            detail={"quantity": quantity},
        )
        for s, a, b in zip(share.tolist(), low.tolist(), high.tolist(), strict=True)
    ]
