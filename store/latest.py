"""The table `latest`: one row per vehicle with the newest reading of every signal.

Rows are locked in the order of vehicle ids, so that workers never wait for each other in a ring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_ID
from firmware_contracts.telemetry import Int64
from store.facts import moment
from store.freshest import Readings, merge
from store.pool import Connection, Pool
from store.sql import queries

_Q = queries("latest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One signal's newest reading; `value` None exactly where `reason` is not VALID."""

    at: datetime
    value: float | None
    reason: Reason
    source_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestState:
    """What a vehicle said last. `readings` by signal name; ids unknown to us as `signal_<id>`."""

    at: datetime
    first_at: datetime
    received_at: datetime
    version: int
    readings: Mapping[str, Reading] = field(default_factory=dict)


class Latest:
    """Reads the newest state of vehicles."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def of(self, vehicle_id: int) -> LatestState | None:
        """The vehicle's state; None when it never reported."""
        with self._pool.transaction() as line:
            row = line.execute(_Q["one"], {"vehicle": vehicle_id}).fetchone()
        return None if row is None else state(row)


def state(row: tuple[Any, ...]) -> LatestState:
    """A row of query `one` as a state."""
    at, first_at, received_at, version, *columns = row
    readings = {
        _name(signal): Reading(
            at=moment(time_ms),
            value=None if reason else value,
            reason=Reason(reason),
            source_id=source,
        )
        for signal, time_ms, value, reason, source in zip(*columns, strict=True)
    }
    return LatestState(
        at=at, first_at=first_at, received_at=received_at, version=version, readings=readings
    )


def _name(signal: int) -> str:
    return BY_ID[signal].name if signal in BY_ID else f"signal_{signal}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A vehicle with new content: its span of event times and when it came."""

    tenant_id: int
    low: datetime
    high: datetime
    received_at: datetime


def write(line: Connection, touched: Mapping[int, Touched], fresh: Readings) -> None:
    """Merge new readings into the rows of the touched vehicles."""
    vehicles = sorted(touched)
    if not vehicles:
        return
    keys = {"tenants": [touched[v].tenant_id for v in vehicles], "vehicles": vehicles}
    line.execute(_Q["touch"], keys)
    known = [_flat(row) for row in line.execute(_Q["lock"], keys).fetchall()]
    merged = merge(_sum([*known, fresh]))
    bounds = np.searchsorted(merged.vehicle, [*vehicles, np.iinfo(np.int64).max])
    with line.cursor() as cursor:
        cursor.executemany(
            _Q["update"],
            [
                _parameters(vehicle, touched[vehicle], merged, slice(low, high))
                for vehicle, low, high in zip(vehicles, bounds[:-1], bounds[1:], strict=True)
            ],
        )


def _flat(row: tuple[object, ...]) -> Readings:
    vehicle, signals, times, values, reasons, sources = row
    ids: Int64 = np.array(signals, dtype=np.int64)
    return Readings(
        vehicle=np.full(ids.shape, vehicle, dtype=np.int64),
        signal=ids,
        time_ms=np.array(times, dtype=np.int64),
        value=np.array(values, dtype=np.float64),
        reason=np.array(reasons, dtype=np.int64),
        source=np.array(sources, dtype=np.int64),
    )


def _sum(parts: list[Readings]) -> Readings:
    return Readings(
        **{n: np.concatenate([getattr(p, n) for p in parts]) for n in Readings.__slots__}
    )


def _parameters(
    vehicle: int, touched: Touched, merged: Readings, where: slice
) -> dict[str, object]:
    return {
        "tenant": touched.tenant_id, "vehicle": vehicle, "low": touched.low,
        "high": touched.high, "received": touched.received_at,
        "signals": merged.signal[where].tolist(), "times": merged.time_ms[where].tolist(),
        "readings": merged.value[where].tolist(), "reasons": merged.reason[where].tolist(),
        "sources": merged.source[where].tolist(),
    }  # fmt: skip
