"""Any order, doubling, grouping or loss of batches ends in the same tables."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier

from domain.errors import Refused
from domain.ports import TelemetrySink
from domain.readings import Accepted, Quarantine, Rejected
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Charge, Trip
from firmware_contracts.signal import Reason
from firmware_contracts.telemetry import Gap, Origin
from store.db.pool import Pool
from store.people.identity import Registry
from store.sink.sink import Telemetry
from tests.databases import Database
from tests.store.contents import EMPTY, contents
from tests.store.fleet import NOON, NOON_MS, STREAM, Car, accepted, packed, register, unbound
from tests.store.stores import Store, in_memory

Message = Accepted | Rejected
N = 9


def messages(car: Car, other: Car) -> list[Message]:
    """Nine messages with everything in them that order could spoil."""
    old = NOON_MS - 200 * 86_400_000
    first = accepted(
        car,
        0,
        [0, 1, 2],
        {"soc_pct": [50, Reason.INVALID, Reason.INVALID], "gear": [1, 2, 3]},
        cells=packed([[3900, Reason.INVALID], [3901, Reason.INVALID], [3902, 3903]]),
        events=(Event(kind=EventKind.THERMAL, t_ms=NOON_MS),),
        records=(Trip(start_ms=NOON_MS, end_ms=NOON_MS + 9, distance_m=1.5),),
    )
    equal_rows = accepted(
        car,
        1,
        [2, 1, 3],
        {"soc_pct": [Reason.INVALID, Reason.INVALID, 53], "gear": [3, 2, 4]},
        cells=packed([[3902, 3903], [3901, Reason.INVALID], [3904, 3905]]),
        events=(Event(kind=EventKind.THERMAL, t_ms=NOON_MS),),
    )
    same_time = accepted(car, 2, [1, 1], {"soc_pct": [60, 61], "lv_voltage_v": [12.5, 12.25]})
    history = accepted(
        car,
        3,
        [5, 4],
        {"soc_pct": [10, 11], "latitude_deg": [39.5, 39.25]},
        start_ms=old,
        origin=Origin.IMPORT,
        records=(Charge(start_ms=old, end_ms=old + 5, charge_ah=2),),
    )
    waits = unbound(accepted(car, 4, [7, 8, 9], {"gear": [1, 2, 3]}), [1])
    twin = accepted(other, 0, [0, 1], {"soc_pct": [90, 91]}, sparse={70_000: [1, 2]})
    same_car = replace(
        twin, batch=replace(twin.batch, seq=1), vehicle_ids=first.vehicle_ids[:2].copy()
    )
    said = accepted(other, 2, gaps=(Gap(stream=STREAM, first=7, last=9),))
    torn = Rejected(
        topic=first.topic,
        payload=b"torn",
        received_at=NOON,
        reason=Quarantine.UNREADABLE,
        detail="torn",
    )
    return [first, equal_rows, same_time, history, waits, twin, same_car, said, torn]


def deliver(sink: TelemetrySink, told: Sequence[Message]) -> None:
    sink.commit(
        [m for m in told if isinstance(m, Accepted)], [m for m in told if isinstance(m, Rejected)]
    )


order = st.lists(st.integers(0, N - 1), max_size=14)
groups = st.lists(st.integers(1, 5), min_size=1, max_size=14)


def chopped(order: Sequence[int], sizes: Sequence[int]) -> list[Sequence[int]]:
    found, at = [], 0
    for size in [*sizes, len(order)]:
        found.append(order[at : at + size])
        at += size
    return [group for group in found if group]


def empty(admin_url: str, tables: Sequence[str]) -> None:
    with psycopg.connect(admin_url) as admin:
        names = [SQL(".").join(map(Identifier, name.split("."))) for name in tables]
        admin.execute(SQL("TRUNCATE {} CASCADE").format(SQL(", ").join(names)))


KEPT = {
    "tenants",
    "centres",
    "devices",
    "vehicles",
    "bindings",
    "tenures",
    "device_marks",
    "mandates",
}


@pytest.mark.database
def test_tables_do_not_know_in_which_way_batches_came(
    database: Database, ingest: Pool, worker: Pool
) -> None:
    registry = Registry(worker)
    told = messages(register(registry), register(registry, "tbox-2"))
    poison = accepted(
        register(registry, "tbox-3"),
        0,
        events=(Event(kind=EventKind.DTC, t_ms=NOON_MS, code="a\0b"),),
    )
    sink = Telemetry(ingest)
    deliver(sink, told)
    wanted = contents(database.admin_url)
    filled = [name for name, rows in wanted.items() if rows]
    written = [n for n in wanted if n.split(".")[1] not in KEPT | EMPTY and n.startswith("public")]
    assert len(filled) > 15

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        order=order, sizes=groups, fails=st.sets(st.integers(0, 14)), last=st.permutations(range(N))
    )
    def check(order: list[int], sizes: list[int], fails: set[int], last: list[int]) -> None:
        empty(database.admin_url, written)
        with psycopg.connect(database.admin_url, autocommit=True) as admin:
            admin.execute("UPDATE device_marks SET high_ts = '-infinity'")
        for number, group in enumerate(chopped(order, sizes)):
            sent: list[Message] = [told[i] for i in group]
            with suppress(Refused):
                deliver(sink, [*sent, poison] if number in fails else sent)
        for group in chopped(last, sizes):
            deliver(sink, [told[i] for i in group])
        found = contents(database.admin_url)
        for table, rows in wanted.items():
            assert found[table] == rows, table

    check()


def _read(store: Store, cars: Sequence[Car]) -> list[object]:
    windows = []
    for car in cars:
        for start in (NOON.replace(year=2025), NOON.replace(hour=0)):
            window = store.windows.read(
                car.vehicle_id,
                ["soc_pct", "gear", "lv_voltage_v"],
                start,
                NOON.replace(hour=23),
                cells=True,
            )
            assert window.cells is not None
            windows += [
                window.ticks_ms.tolist(),
                *(repr(c.values.tolist()) for c in window.columns.values()),
                *(c.reasons.tolist() for c in window.columns.values()),
                window.cells.reasons.tolist(),
            ]
    return windows


@settings(max_examples=150, deadline=None)
@given(order=order, sizes=groups, last=st.permutations(range(N)))
def test_windows_of_the_twin_do_not_know_it_either(
    order: list[int], sizes: list[int], last: list[int]
) -> None:
    def filled(groups: list[Sequence[int]]) -> list[object]:
        store = in_memory()
        cars = [register(store.registry), register(store.registry, "tbox-2")]
        told = messages(*cars)
        for group in groups:
            deliver(store.sink, [told[i] for i in group])
        return _read(store, cars)

    assert filled([range(N)]) == filled([*chopped(order, sizes), *chopped(last, sizes)])
