"""Where cars stand among their like: the newest answers of a tenant in, ranks out.

A tenant's ranks are replaced as a whole, in one transaction: nobody sees half of two looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from firmware_contracts.signals import BY_NAME
from store.db.pool import Pool
from store.db.reach import Reach, reaching, rows
from store.db.sql import queries

_Q = queries("cohorts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """One quantity of a car among its like.

    `percentile` is the share of them that it is above, in per cent with its bounds; None where
    they are fewer than `needed`. `cohort` names the bands they share.
    """

    vehicle_id: int
    quantity: str
    rule: str
    cohort: Mapping[str, object]
    cars: int
    needed: int
    percentile: float | None
    low: float | None
    high: float | None
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRank(Rank):
    """A rank with the moment at which the tenant was ranked."""

    ranked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortMember:
    """An assessed electric car: what it is, how far it drove (km), and two of its answers."""

    id: int
    make: str
    model: str
    chemistry: str
    rated_capacity_ah: float | None
    in_service: date | None
    as_of: datetime
    km: float | None
    capacity_soh: Mapping[str, Any] | None
    resistance: Mapping[str, Any] | None


class Cohorts:
    """`seen` as vigil_api; the others as vigil_worker."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def due(self, before: datetime) -> list[int]:
        """Tenants with a car that has no rank yet, or whose ranks are older than `before`."""
        with self._pool.transaction() as connection:
            return [
                tenant for (tenant,) in connection.execute(_Q["due"], {"before": before}).fetchall()
            ]

    def members(self, tenant_id: int) -> list[CohortMember]:
        """Every assessed electric car of a tenant."""
        values = {"tenant": tenant_id, "odometer": BY_NAME["odometer_m"].id}
        with self._pool.transaction() as connection:
            return rows(connection, _Q["members"], values, CohortMember)

    def replace(self, tenant_id: int, ranks: Sequence[Rank], at: datetime) -> None:
        """These ranks instead of all that the tenant had."""
        values = [_values(tenant_id, each, at) for each in ranks]
        with self._pool.transaction() as connection, connection.cursor() as cursor:
            cursor.execute(_Q["forget"], {"tenant": tenant_id})
            cursor.executemany(_Q["keep"], values)

    def of_vehicle(self, vehicle_id: int) -> list[KeptRank]:
        """All ranks of a car, for its report."""
        with self._pool.transaction() as connection:
            return rows(connection, _Q["of_vehicle"], {"vehicle": vehicle_id}, KeptRank)

    def seen(self, reach: Reach, vehicle_id: int) -> list[KeptRank]:
        """All ranks of a car in reach."""
        with reaching(self._pool, reach) as connection:
            return rows(connection, _Q["seen"], {"vehicle": vehicle_id}, KeptRank)


def _values(tenant_id: int, rank: Rank, at: datetime) -> dict[str, Any]:
    same = ("quantity", "rule", "cars", "needed", "percentile", "low", "high", "as_of")
    return {
        "tenant": tenant_id,
        "vehicle": rank.vehicle_id,
        "cohort": Jsonb(dict(rank.cohort)),
        "ranked_at": at,
        **{name: getattr(rank, name) for name in same},
    }
