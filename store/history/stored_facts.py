"""Columns, events and records of the store in the words of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from domain.errors import BadInput
from firmware_contracts.events import Event, EventKind
from firmware_contracts.signal import Signal
from firmware_contracts.signals import BY_NAME
from store.db.schema import COLUMN_IDS, RECORD_KINDS, RECORD_TABLES

LONGEST_RECORD = timedelta(days=400)
"""No trip, charge or rest is looked for that began longer ago than this before its end."""


def column_of(name: str) -> Signal:
    """The signal of a column; BadInput for any other name."""
    signal = BY_NAME.get(name)
    if signal is None or signal.id not in COLUMN_IDS:
        raise BadInput("signal", name, "is no column", remedy="use a scalar signal's name")
    return signal


def event_of_row(row: tuple[Any, ...]) -> Event:
    """Columns kind, UTC ms, code, component, level, active, readings, notes as an event."""
    kind, t_ms, code, component, level, active, values, notes = row
    return Event(
        kind=EventKind(kind),
        t_ms=t_ms,
        code=code,
        component=component,
        level=level,
        active=active,
        values=values,
        notes=notes,
    )


def record_of(row: Mapping[str, Any]) -> Mapping[str, object]:
    """A stored record as models read it."""
    hidden = {"tenant_id", "vehicle_id", "source_id", "origin", "received_at", "digest"}
    told = {k: v for k, v in row.items() if k not in hidden}
    return {"start": told.pop("start_ts"), "end": told.pop("end_ts"), **told}


def record_table(kind: str) -> str:
    """Where records of a kind are kept; BadInput for one that there is not."""
    if kind not in RECORD_KINDS:
        raise BadInput("kind", kind, "no such record", remedy=" or ".join(RECORD_KINDS))
    return RECORD_TABLES[RECORD_KINDS[kind]]
