"""What one commit promises: all or nothing, nothing doubled, every value exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, LiteralString

import numpy as np
import pytest
from psycopg.rows import dict_row

from domain.readings import Outcome
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Charge, Crank, Parked, Trip
from firmware_contracts.signal import Reason, Storage
from firmware_contracts.telemetry import Burst, Gap, Origin
from store.db.pool import Pool
from store.db.schema import COLUMNS
from store.people.identity import Registry
from store.sink.sink import Telemetry
from tests.store.fleet import NOON, NOON_MS, STREAM, Car, accepted, packed, register, unbound

pytestmark = pytest.mark.database


@pytest.fixture
def sink(ingest: Pool) -> Telemetry:
    return Telemetry(ingest)


def rows(pool: Pool, query: LiteralString) -> list[tuple[object, ...]]:
    with pool.transaction() as line:
        return line.execute(query).fetchall()


def test_a_batch_is_stored_once(sink: Telemetry, worker: Pool, car: Car) -> None:
    batch = accepted(car, 0, [0, 1, 2], {"soc_pct": [50, 50.1, Reason.INVALID]})
    first = sink.commit([batch], [])
    again = sink.commit([batch, batch], [])
    assert first.epoch == 1
    assert [s.outcome for s in first.stored] == [Outcome.COMMITTED]
    assert first.stored[0].rows_stored == 3
    assert [s.outcome for s in again.stored] == [Outcome.DUPLICATE] * 2
    assert [s.rows_duplicate for s in again.stored] == [3, 3]
    found = rows(worker, "SELECT soc_pct FROM telemetry ORDER BY ts")
    assert found == [(50.0,), (pytest.approx(50.1, abs=1e-5),), (None,)]


def test_a_batch_twice_in_one_transaction_is_stored_once(
    sink: Telemetry, worker: Pool, car: Car
) -> None:
    batch = accepted(car, 0, [0, 1], {"soc_pct": [50, 51]})
    stored = sink.commit([batch, batch], []).stored
    assert [s.outcome for s in stored] == [Outcome.COMMITTED, Outcome.DUPLICATE]
    assert rows(worker, "SELECT count(*) FROM telemetry") == [(2,)]


def test_every_signal_keeps_its_extremes_and_single_steps(
    sink: Telemetry, worker: Pool, car: Car
) -> None:
    told = {
        s.name: [0, 1, 1] if s.storage is Storage.BOOLEAN else [s.low, s.high - s.scale, s.high]
        for s in COLUMNS
    }
    sink.commit([accepted(car, 0, [0, 1, 2], told)], [])
    with worker.transaction() as line:
        line.row_factory = dict_row  # type: ignore[assignment]
        found = line.execute("SELECT * FROM telemetry ORDER BY ts").fetchall()
    for signal in COLUMNS:
        raw = [round((row[signal.name] - signal.offset) / signal.scale) for row in found]  # type: ignore[call-overload]
        wanted = [round((v - signal.offset) / signal.scale) for v in told[signal.name]]
        assert raw == wanted, signal.name


def test_other_content_under_a_used_key_is_kept_and_reported(
    sink: Telemetry, worker: Pool, car: Car
) -> None:
    mine = accepted(car, 0, [0], {"soc_pct": [50]})
    clone = accepted(car, 0, [5], {"soc_pct": [70]})
    sink.commit([mine], [])
    for _ in range(2):
        stored = sink.commit([clone], []).stored
        assert stored[0].outcome is Outcome.CONFLICT
    assert rows(worker, "SELECT count(*) FROM telemetry") == [(1,)]
    assert rows(worker, "SELECT reason, payload FROM dead_letters") == [
        ("stream_conflict", b"payload 0")
    ]
    assert rows(worker, "SELECT kind, code, vehicle_id FROM events") == [
        ("security", "stream_conflict", car.vehicle_id)
    ]


def test_an_equal_row_under_another_key_is_a_duplicate_and_another_value_is_kept(
    sink: Telemetry, worker: Pool, car: Car
) -> None:
    sink.commit([accepted(car, 0, [0, 1], {"soc_pct": [50, 51]})], [])
    later = accepted(car, 1, [1, 0, 0], {"soc_pct": [51, 49, 49]})
    stored = sink.commit([later], []).stored[0]
    assert (stored.rows_stored, stored.rows_duplicate) == (1, 2)
    assert rows(worker, "SELECT soc_pct FROM telemetry ORDER BY ts, soc_pct") == [
        (49,),
        (50,),
        (51,),
    ]


def test_history_older_than_31_days_goes_to_the_import_tables_and_is_found_there(
    sink: Telemetry, worker: Pool, car: Car
) -> None:
    told: Mapping[str, Sequence[float]] = {
        "soc_pct": [50, 51],
        "latitude_deg": [39.9, 40.0],
        "longitude_deg": [116.3, 116.4],
    }
    for seq, start_ms in enumerate([NOON_MS - 400 * 86_400_000, NOON_MS - 30 * 86_400_000]):
        batch = accepted(
            car,
            seq,
            [0, 1],
            told,
            origin=Origin.IMPORT,
            start_ms=start_ms,
            cells=packed([[3900, 3901], [3900, 3902]]),
            sparse={70_000: [1.5, 2.5]},
        )
        sink.commit([batch], [])
        again = accepted(
            car,
            seq + 10,
            [0, 1],
            told,
            origin=Origin.IMPORT,
            start_ms=start_ms,
            cells=packed([[3900, 3901], [3900, 3902]]),
            sparse={70_000: [1.5, 2.5]},
            received_at=NOON + timedelta(hours=1),
        )
        assert sink.commit([again], []).stored[0].rows_duplicate == 2
    for table in ("telemetry", "cells", "positions", "rare"):
        for prefix in ("", "import_"):
            assert rows(worker, f"SELECT count(*) FROM {prefix}{table}") == [(2,)], (prefix, table)


def test_null_cells_are_null_elements_with_a_reason(
    sink: Telemetry, worker: Pool, car: Car
) -> None:
    cells = packed([[3900, Reason.INVALID, 3902], [3903, Reason.INVALID, 3904], [1, 2, 3]])
    sink.commit([accepted(car, 0, [0, 1, 2], cells=cells)], [])
    assert rows(worker, "SELECT first, readings FROM cells ORDER BY ts") == [
        (1, [3900, None, 3902]),
        (1, [3903, None, 3904]),
        (1, [1, 2, 3]),
    ]
    assert rows(
        worker,
        "SELECT signal_id, component, reason, extract(epoch FROM to_ts - from_ts)::int "
        "FROM signal_state",
    ) == [(200, 2, 2, 1)]


def test_reasons_are_runs(sink: Telemetry, worker: Pool, car: Car) -> None:
    told = [Reason.INVALID, 50, Reason.STALE, Reason.STALE, Reason.ABSENT, Reason.STALE]
    sink.commit([accepted(car, 0, range(6), {"soc_pct": told})], [])
    assert rows(
        worker,
        "SELECT reason, extract(second FROM from_ts)::int, extract(second FROM to_ts)::int "
        "FROM signal_state ORDER BY from_ts",
    ) == [(2, 0, 0), (4, 2, 3), (4, 5, 5)]


def test_rows_without_a_vehicle_wait_and_are_stored_when_it_is_known(
    sink: Telemetry, worker: Pool, car: Car
) -> None:
    whole = accepted(car, 0, [0, 1, 2], {"soc_pct": [50, 51, 52]})
    stored = sink.commit([unbound(whole, [1, 2])], []).stored[0]
    assert (stored.rows_stored, dict(stored.rows_quarantined)) == (1, {"unbound": 2})
    assert rows(worker, "SELECT reason, rows, payload, closed_at FROM dead_letters") == [
        ("unbound", {"unbound": [1, 2]}, b"payload 0", None)
    ]
    healed = sink.commit([whole], []).stored[0]
    assert (healed.rows_stored, healed.rows_duplicate) == (2, 1)
    assert rows(worker, "SELECT count(*) FROM telemetry") == [(3,)]
    assert rows(worker, "SELECT closed_at IS NULL FROM dead_letters") == [(False,)]
    assert rows(worker, "SELECT rows_stored, rows_quarantined, waits FROM ledger") == [
        (3, 0, False)
    ]
    assert sink.commit([whole], []).stored[0].outcome is Outcome.DUPLICATE


def test_events_records_bursts_and_gaps_are_stored_once(
    sink: Telemetry, worker: Pool, car: Car
) -> None:
    parts: dict[str, Any] = {
        "events": (
            Event(kind=EventKind.DTC, t_ms=NOON_MS, code="P0420"),
            Event(kind=EventKind.THERMAL, t_ms=NOON_MS + 1, values={"c": 81.5}),
        ),
        "records": (
            Trip(start_ms=NOON_MS, end_ms=NOON_MS + 60_000, distance_m=812.5, hard_brakes=2),
            Charge(start_ms=NOON_MS, end_ms=NOON_MS + 5, kind=2, charge_ah=12.25),
            Crank(start_ms=NOON_MS, end_ms=NOON_MS + 900, min_v=9.6, started=True),
            Parked(start_ms=NOON_MS, end_ms=NOON_MS + 9, coverage=0.5),
        ),
        "bursts": (
            Burst(
                signal=100,
                start_ms=NOON_MS,
                period_us=10_000,
                trigger="crank",
                values=np.array([12.5, 9.5, 10.25], dtype=np.float32),
            ),
        ),
        "gaps": (Gap(stream=STREAM, first=3, last=9),),
    }
    first = sink.commit([accepted(car, 0, [0], {"soc_pct": [50]}, **parts)], [])
    sink.commit([accepted(car, 1, [1], {"soc_pct": [50]}, **parts)], [])
    assert first.stored[0].urgent == 1
    assert rows(
        worker, "SELECT kind, code, readings, urgent, handled_at IS NULL FROM events ORDER BY ts"
    ) == [("dtc", "P0420", {}, False, False), ("thermal", "", {"c": 81.5}, True, True)]
    assert rows(worker, "SELECT distance_m, hard_brakes, energy_kwh FROM trips") == [
        (812.5, 2, None)
    ]
    assert rows(worker, "SELECT kind, charge_ah FROM charges") == [(2, 12.25)]
    assert rows(worker, "SELECT min_v, started FROM cranks") == [(9.6, True)]
    assert rows(worker, "SELECT coverage FROM parked") == [(0.5,)]
    assert rows(worker, "SELECT readings, trigger FROM bursts") == [([12.5, 9.5, 10.25], "crank")]
    assert rows(worker, "SELECT first, last FROM gaps") == [(3, 9)]


def test_two_cars_of_one_transaction_do_not_mix(
    sink: Telemetry, worker: Pool, registry: Registry, car: Car
) -> None:
    other = register(registry, "tbox-2")
    sink.commit(
        [
            accepted(car, 0, [0, 1], {"soc_pct": [50, 51]}),
            accepted(other, 0, [0, 1], {"coolant_temperature_c": [80, 81], "mil_on": [1, 0]}),
        ],
        [],
    )
    assert rows(
        worker,
        f"SELECT soc_pct, coolant_temperature_c, mil_on FROM telemetry "
        f"WHERE vehicle_id = {other.vehicle_id} ORDER BY ts",
    ) == [(None, 80, True), (None, 81, False)]


def test_nothing_of_a_refused_call_stays(sink: Telemetry, worker: Pool, car: Car) -> None:
    from domain.errors import Refused

    good = accepted(car, 0, [0], {"soc_pct": [50]})
    bad = accepted(car, 1, [1], events=(Event(kind=EventKind.DTC, t_ms=NOON_MS, code="a\0b"),))
    with pytest.raises(Refused):
        sink.commit([good, bad], [])
    for table in ("telemetry", "ledger", "latest", "events"):
        assert rows(worker, f"SELECT count(*) FROM {table}") == [(0,)], table
    assert sink.commit([replace(good)], []).stored[0].outcome is Outcome.COMMITTED


def test_a_sequence_beyond_63_bits_is_refused_and_kept_as_a_letter(
    sink: Telemetry, worker: Pool, car: Car
) -> None:
    from domain.errors import Refused
    from domain.readings import Quarantine, Rejected

    batch = accepted(car, 2**63, [0], {"soc_pct": [50]})
    with pytest.raises(Refused):
        sink.commit([batch], [])
    letter = Rejected(
        topic=batch.topic,
        payload=b"p",
        received_at=NOON,
        reason=Quarantine.POISON,
        detail="a\0b",
        stream=STREAM,
        seq=2**63,
        digest=batch.digest,
    )
    sink.commit([], [letter])
    assert rows(worker, "SELECT detail, seq FROM dead_letters") == [("a\\0b", None)]
