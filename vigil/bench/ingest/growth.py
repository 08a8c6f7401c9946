"""What a value costs as the fleet and the store grow: intake and sink in this process, no broker.

Every group of 200 messages is of 200 different cars, as it is where 100,000 cars report in turn.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from domain.readings import Accepted
from firmware_contracts.topics import Topic
from ingest.directory import CachedDirectory
from ingest.intake import Intake
from store.db.pool import Pool
from store.people.identity import Directory
from store.sink.sink import Telemetry
from vigil.bench.ingest.cpu import Parts
from vigil.bench.ingest.fleet import Fleet, enrol
from vigil.bench.ingest.mixes import MIXES, MessageMaker
from vigil.settings import Settings

GROUP = 200
"""Messages of one transaction, as in production."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One point: so many cars, so many values stored when it began."""

    vehicles: int
    stored_values: int
    cpu_us_per_value: float | None

    def as_json(self) -> dict[str, object]:
        """The keys that others read."""
        return {
            "vehicles": self.vehicles,
            "stored_values": self.stored_values,
            "cpu_us_per_value": self.cpu_us_per_value,
        }


def grow(
    settings: Settings,
    parts: Parts,
    fleets: Sequence[int],
    *,
    messages: int,
    start_ms: int,
    stored: int,
) -> list[Growth]:
    """A point for each size of fleet; `stored` values are there already."""
    found: list[Growth] = []
    urls = {role: settings.database.url_for(role) for role in ("worker", "ingest")}
    with Pool.open(urls["worker"], name="bench") as own, Pool.open(urls["ingest"]) as pool:
        for vehicles in fleets:
            fleet = enrol(own, vehicles)
            point, values = _point(pool, parts, fleet, messages, start_ms, stored)
            found.append(point)
            stored += values
    return found


def _point(
    pool: Pool, parts: Parts, fleet: Fleet, messages: int, start_ms: int, stored: int
) -> tuple[Growth, int]:
    """Each group's CPU is that of judging and storing it; making its messages is left out."""
    maker = MessageMaker(MIXES["gbt"], len(fleet.names), start_ms)
    intake = Intake(CachedDirectory(Directory(pool), ttl_s=3600))
    sink, values, worker_s = Telemetry(pool), 0, 0.0
    order = np.random.default_rng(1).permutation(len(fleet.names))
    database = parts.used(()).database
    for first in range(0, messages, GROUP):
        cars = [int(order[n % len(order)]) for n in range(first, first + GROUP)]
        made = list(maker.round(cars))
        values += sum(m.values for m in made)
        topics = [
            str(Topic(tenant=fleet.tenant, device=fleet.names[c], leaf="telemetry")) for c in cars
        ]
        began, now = time.process_time(), datetime.now(UTC)
        judged = [intake.judge(t, m.payload, now) for t, m in zip(topics, made, strict=True)]
        sink.commit([j for j in judged if isinstance(j, Accepted)], [])
        worker_s += time.process_time() - began
    after = parts.used(()).database
    used = None if database is None or after is None else after - database + worker_s
    cost = None if used is None else round(1e6 * used / values, 4)
    point = Growth(vehicles=len(fleet.names), stored_values=stored, cpu_us_per_value=cost)
    return point, values
