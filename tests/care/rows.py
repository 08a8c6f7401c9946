"""Rows of the store as tests of the business write them: everything usual, but for what matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from store.people.rows.alerts import QueueRow
from store.people.rows.cars import CohortCar
from store.people.rows.work import OrderRow

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ORDER = OrderRow(
    id=5,
    offer_id=4,
    vehicle_id=1,
    make="Demo",
    model="EV",
    cause="weak_cell",
    alert_id=2,
    state="received",
    services=["battery_inspection"],
    agreed_fen=30_000,
    start_at=NOW,
    end_at=NOW,
    outcome=None,
    rating=None,
)
WAITING = QueueRow(
    id=2,
    vehicle_id=1,
    make="Demo",
    model="EV",
    powertrain="bev",
    cause="weak_cell",
    component="cell 17",
    severity=2,
    confidence=0.8,
    since=NOW,
    due_low=None,
    historical=False,
    acknowledged_at=None,
    snoozed_until=None,
    seen_at=NOW,
    offer_id=None,
    offer_state=None,
    order_id=None,
    order_state=None,
    rescue_id=None,
)


def order(**changes: Any) -> OrderRow:
    """A received work order."""
    return replace(ORDER, **changes)


def waiting(**changes: Any) -> QueueRow:
    """An open orange alert that nobody has touched."""
    return replace(WAITING, **changes)


def cohort_car(number: int, soh: float | None) -> CohortCar:
    """A car of one model; `soh` in per cent."""
    answer = {} if soh is None else {"value": soh, "low": soh - 2, "high": soh + 2}
    return CohortCar(
        id=number,
        make="Demo",
        model="EV",
        model_year=2022,
        powertrain="bev",
        answers={"capacity_soh": answer},
    )
