"""Labels: what a person's decision says about an alert, for the models that raised it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from store.db.pool import Connection
from store.db.reach import Reach
from store.db.sql import queries

_Q = queries("labels")


class AboutAnAlert(Protocol):
    """A row that names a car and, where there is one, its alert."""

    @property
    def vehicle_id(self) -> int:
        """The car."""
        ...

    @property
    def alert_id(self) -> int | None:
        """The alert; None for a due service."""
        ...

    @property
    def cause(self) -> str:
        """The alert's cause, or the due service."""
        ...

    @property
    def severity(self) -> int | None:
        """Of the alert, 0-3."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One label: `outcome` is declined, wrong, confirmed, not_found or done."""

    vehicle_id: int
    alert_id: int | None
    cause: str
    severity: int | None
    outcome: str
    reason: str
    services: list[str]
    at: datetime

    @classmethod
    def of(
        cls,
        about: AboutAnAlert,
        outcome: str,
        reason: str,
        services: Sequence[str],
        at: datetime,
    ) -> Decision:
        """A decision about the alert behind a row."""
        return cls(
            vehicle_id=about.vehicle_id,
            alert_id=about.alert_id,
            cause=about.cause,
            severity=about.severity,
            outcome=outcome,
            reason=reason,
            services=list(services),
            at=at,
        )


def add_label(connection: Connection, reach: Reach, decision: Decision) -> None:
    """Write a label down, in the name of the asking person."""
    who = {"tenant_id": reach.tenant_id, "person_id": reach.person_id}
    connection.execute(_Q["add"], asdict(decision) | who)
