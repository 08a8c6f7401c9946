"""A job of the worker: where every car of a tenant stands among its like, kept for whoever asks.

Every ten minutes it looks; a tenant is ranked again after an hour, or when a car was assessed that
has no rank. Cars of other tenants are never looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from procrastinate import App

from domain.health import Estimate
from firmware_contracts.durations import YEAR
from models.battery.cohort import (
    MIN_COHORT,
    RULES,
    STEP_S,
    WITHIN_MODEL,
    Member,
    Place,
    places,
)
from store.db.pool import Pool
from store.results.cohorts import CohortMember, Cohorts, Rank

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
QUANTITIES: Mapping[str, Sequence[str]] = {
    "capacity_soh": tuple(RULES),
    "resistance": WITHIN_MODEL,
}
"""Quantity -> the rules that may compare it."""
NO_NUMBER, NO_COHORT = "no_number", "age_unknown"
"""Rules of cars that cannot be ranked: without a number of their own, or without an age."""


def room(app: App, pool: Pool) -> Sequence[Coroutine[Any, Any, None]]:
    """Register the job."""

    @app.periodic(cron="*/10 * * * *")
    @app.task(name="rank", queueing_lock="rank")
    def rank(timestamp: int) -> None:
        rank_all(pool, datetime.now(UTC))

    return ()


def rank_all(pool: Pool, now: datetime) -> int:
    """Rank every tenant that is due; how many ranks were kept."""
    book, kept = Cohorts(pool), 0
    for tenant in book.due(now - EVERY):
        ranks = list(ranked(book.members(tenant)))
        book.replace(tenant, ranks, now)
        kept += len(ranks)
        spoken = sum(each.percentile is not None for each in ranks)
        log.info("tenant %d: %d ranks, %d with enough others", tenant, len(ranks), spoken)
    return kept


def ranked(cars: Sequence[CohortMember]) -> Iterator[Rank]:
    """One rank of every car and quantity, silent ones too: a person is told how many there are."""
    for quantity, rules in QUANTITIES.items():
        members = [m for car in cars if (m := _member(car, quantity)) is not None]
        found, known = places(members, rules, quantity=quantity), {m.vehicle_id for m in members}
        for car in cars:
            place = found.get(car.id)
            if place is None:
                rule = NO_COHORT if car.id in known else NO_NUMBER
                yield _rank(car, quantity, rule=rule)
            else:
                yield _placed(car, quantity, place)


def _member(car: CohortMember, quantity: str) -> Member | None:
    """The car as the cohort sees it; None without a number."""
    answers = {"capacity_soh": car.capacity_soh, "resistance": car.resistance}
    told = answers[quantity] or {}
    if "value" not in told:
        return None
    born = car.in_service
    step_s = (told.get("detail") or {}).get("step_s")
    return Member(
        vehicle_id=car.id,
        model=(car.make, car.model, car.rated_capacity_ah),
        chemistry=car.chemistry,
        km=car.km,
        age_years=None if born is None else (car.as_of.date() - born) / YEAR,
        value=told["value"],
        low=told["low"],
        high=told["high"],
        kind="" if step_s is None else "short" if step_s <= STEP_S else "long",
    )


def _placed(car: CohortMember, quantity: str, place: Place) -> Rank:
    found = place.answer
    if isinstance(found, Estimate):
        return _rank(
            car,
            quantity,
            rule=place.rule,
            cohort=place.cohort,
            cars=found.windows,
            percentile=found.value,
            low=found.low,
            high=found.high,
        )
    seen = int(str(found.detail["cars"]))
    return _rank(car, quantity, rule=place.rule, cohort=place.cohort, cars=seen)


def _rank(car: CohortMember, quantity: str, **told: Any) -> Rank:
    nothing: dict[str, Any] = {
        "cohort": {},
        "cars": 0,
        "percentile": None,
        "low": None,
        "high": None,
    }
    return Rank(
        vehicle_id=car.id,
        quantity=quantity,
        as_of=car.as_of,
        needed=MIN_COHORT,
        **(nothing | told),
    )
