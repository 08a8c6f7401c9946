"""The table `latest`: one row per vehicle with the newest reading of every signal.

Rows are locked in the order of vehicle ids, so that workers never wait for each other in a ring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_ID
from firmware_contracts.telemetry import Int64
from store.db.arrays import Float8, Int2, Int4, Int8, Times
from store.db.pgcopy import read_arrays
from store.db.pool import Connection, Pool
from store.db.sql import queries
from store.sink.fact_rows import moment
from store.sink.latest_merge import Readings, merge

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
        with self._pool.transaction() as connection:
            row = connection.execute(_Q["one"], {"vehicle": vehicle_id}).fetchone()
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Touched:
    """Vehicles with new content, by id: their span of event times and when it came.

    `ended_ms` is the earliest end of anything that came: of a row, an event or a record.
    """

    vehicle: Int64
    tenant: Int64
    low_ms: Int64
    high_ms: Int64
    ended_ms: Int64
    received_ms: Int64


def touched(
    vehicle: Int64, tenant: Int64, first_ms: Int64, last_ms: Int64, received_ms: Int64
) -> Touched:
    """One entry per vehicle from any number of stored things."""
    order = np.argsort(vehicle, kind="stable")
    ids, begins = np.unique(vehicle[order], return_index=True)
    return Touched(
        vehicle=ids,
        tenant=tenant[order][begins],
        low_ms=np.minimum.reduceat(first_ms[order], begins),
        high_ms=np.maximum.reduceat(last_ms[order], begins),
        ended_ms=np.minimum.reduceat(last_ms[order], begins),
        received_ms=np.maximum.reduceat(received_ms[order], begins),
    )


def write(connection: Connection, told: Touched, fresh: Readings) -> None:
    """Merge new readings into the rows of the touched vehicles."""
    keys = {"tenants": Int4(told.tenant), "vehicles": Int8(told.vehicle)}
    connection.execute(_Q["touch"], keys)
    with connection.cursor(binary=True) as cursor:
        known = _known(cursor.execute(_Q["lock"], keys).fetchall())
    merged = merge(known + fresh)
    first = np.searchsorted(merged.vehicle, told.vehicle, "left")
    last = np.searchsorted(merged.vehicle, told.vehicle, "right")
    connection.execute(
        _Q["update"],
        {
            **keys,
            "low": Times(told.low_ms),
            "high": Times(told.high_ms),
            "ended": Times(told.ended_ms),
            "received": Times(told.received_ms),
            "first": Int4(first + 1),
            "last": Int4(last),
            "signals": Int8(merged.signal),
            "times": Int8(merged.time_ms),
            "readings": Float8(merged.value),
            "reasons": Int2(merged.reason),
            "sources": Int4(merged.source),
        },
    )


def _known(rows: Sequence[tuple[Any, ...]]) -> Readings:
    """Rows of query `lock`: vehicle, number of signals, five binary arrays."""
    vehicles, counts, *arrays = zip(*rows, strict=True)
    kinds = (">i8", ">i8", ">f8", ">i2", ">i4")
    signal, time_ms, value, reason, source = (
        read_arrays(column, kind)["value"] for column, kind in zip(arrays, kinds, strict=True)
    )
    return Readings(
        vehicle=np.repeat(np.array(vehicles, dtype=np.int64), np.array(counts)),
        signal=signal.astype(np.int64),
        time_ms=time_ms.astype(np.int64),
        value=value.astype(np.float64),
        reason=reason.astype(np.int64),
        source=source.astype(np.int64),
    )
