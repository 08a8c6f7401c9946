"""One car says far too much; the others are heard as if it were silent."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.notify.channels import LogChannel
from care.notify.service import notify
from domain.readings import Quarantine, Rejected
from firmware_contracts import codec, wire
from firmware_contracts import telemetry_pb2 as pb
from firmware_contracts.errors import TooLarge
from firmware_contracts.events import Event, EventKind
from gateway.envelope import BatchContent, parts
from ingest.intake import Intake
from store.db.pool import Pool
from store.results.urgent import UrgentEvents
from store.sink.dead_letter_rows import EVIDENCE_BYTES, refused_letter
from store.sink.sink import Telemetry
from tests.api.world import World, add_alert, build
from tests.attacks.boxes import car_of
from tests.databases import Database
from tests.ingest.parts import NOW, Register, batch, device
from tests.store.fleet import Car, accepted
from vigil.processes.urgent import judge

FLOOD = 10_000


def thermal(n: int) -> Event:
    return Event(kind=EventKind.THERMAL, t_ms=int(NOW.timestamp() * 1000) + n, level=3)


def flooded(field: str, count: int) -> bytes:
    """A small message whose `field` says something so many times."""
    body = pb.Body.FromString(codec.encode(batch([1, 2, 3])))
    for n in range(count):
        if field == "sparse":
            body.sparse.rows.append(0)
            body.sparse.signals.append(70_000 + n)
            body.sparse.values.append(1.0)
        elif field == "labels":
            body.labels[str(n)] = ""
        else:
            getattr(body, field).add()
    return codec.seal(body.SerializeToString())


@pytest.mark.finding("S11")
@pytest.mark.parametrize("field", ["events", "records", "gaps", "bursts", "labels", "sparse"])
def test_unseal_refuses_what_no_car_can_mean_before_it_is_read(field: str) -> None:
    payload = flooded(field, FLOOD)
    assert len(payload) < 200_000
    with pytest.raises(TooLarge, match=r"at most|more than"):
        codec.unseal(payload)


@pytest.mark.finding("S11", "S12")
def test_what_can_never_be_stored_is_a_letter_of_a_kilobyte() -> None:
    intake, topic = Intake(Register(device())), "v1/demo/box-1/telemetry"
    flood = intake.judge(topic, flooded("events", FLOOD), NOW)
    assert isinstance(flood, Rejected)
    assert flood.reason is Quarantine.TOO_LARGE
    refused = intake.judge(topic, secrets.token_bytes(1_900_000), NOW)
    assert isinstance(refused, Rejected)
    assert isinstance(refused, Rejected)
    letter = refused_letter(refused)
    assert len(letter["payload"]) == EVIDENCE_BYTES < len(refused.payload)
    assert len(letter["digest"]) == 16


@given(st.integers(0, 1700), st.integers(0, 2600))
def test_parts_of_a_long_silence_can_all_be_sent(events: int, bursts: int) -> None:
    content = BatchContent(events=[thermal(n) for n in range(events)])
    found = list(parts(content))
    assert [e for part in found for e in part.events] == list(content.events)
    assert all(len(part.events) <= wire.MOST["events"] for part in found)


@pytest.fixture
def world(database: Database) -> World:
    return build(database)


def say(pool: Pool, car: Car, seq: int, events: list[Event]) -> None:
    sink = Telemetry(pool)
    for first in range(0, len(events), wire.MOST["events"]):
        part = tuple(events[first : first + wire.MOST["events"]])
        stream = car.device_id.to_bytes(16, "big")
        sink.commit([accepted(car, seq + first, stream=stream, events=part)], [])


@pytest.mark.database
@pytest.mark.finding("S3")
def test_ten_thousand_events_of_one_car_are_one_message_and_hold_nobody_up(world: World) -> None:
    noisy, quiet = car_of(world, "mine"), car_of(world, "petrol")
    with psycopg.connect(world.database.admin_url, autocommit=True) as admin:
        admin.execute("UPDATE alert_changes SET notify = false")
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    with world.database.pool("vigil_ingest") as door:
        flood = [replace(thermal(0), t_ms=now_ms - FLOOD + n) for n in range(FLOOD)]
        say(door, noisy, 0, flood)
        say(door, quiet, 0, [Event(kind=EventKind.CRASH, t_ms=now_ms, level=3)])
    with world.database.pool("vigil_worker") as pool:
        queue = UrgentEvents(pool, judge)
        handled = queue.take(20)
        red = _red_of(world, "petrol")
        assert red, "the other car's red waits behind the flood"
        while queue.take(20):
            pass
        assert handled >= 2
        occurrences = _occurrences(world, "mine")
        assert occurrences == FLOOD
        channels, now = {"log": LogChannel()}, datetime.now(UTC)
        first = notify(pool, channels, now)
        again = notify(pool, channels, now + timedelta(seconds=5))
        late = notify(pool, channels, now + timedelta(minutes=6))
        later = notify(pool, channels, now + timedelta(minutes=7))
    assert again.queued == 0
    assert later.queued == 0
    assert first.queued > 0
    assert late.queued > 0, "nobody acknowledged: managers hear of it, once"
    assert _most_of_one(world) == 1, "a person hears of an alert once, whatever the car says"
    assert _changes(world, "mine") < 100


def _most_of_one(world: World) -> int:
    """The most messages that one person got about one alert."""
    query = (
        "SELECT max(n) FROM (SELECT count(*) AS n FROM notifications n"
        " JOIN alert_changes c ON c.tenant_id = n.tenant_id AND c.id = n.change_id"
        " GROUP BY n.person_id, c.alert_id) x"
    )
    return _one(world, query)


def _one(world: World, query: str, *values: object) -> int:
    with psycopg.connect(world.database.admin_url) as admin:
        row = admin.execute(query, values).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _red_of(world: World, car: str) -> int:
    query = "SELECT count(*) FROM alerts WHERE vehicle_id = %s AND severity = 3 AND cause = 'crash'"
    return _one(world, query, world.cars[car])


def _occurrences(world: World, car: str) -> int:
    query = "SELECT max(occurrences) FROM alerts WHERE vehicle_id = %s"
    return _one(world, query, world.cars[car])


def _changes(world: World, car: str) -> int:
    return _one(world, "SELECT count(*) FROM alert_changes WHERE vehicle_id = %s", world.cars[car])


@pytest.mark.database
@pytest.mark.finding("S3")
def test_a_red_that_comes_anew_is_told_anew_and_a_flapping_yellow_is_not(world: World) -> None:
    """A new red alert is a new episode, however soon; below red the cause is what is told."""
    channels = {"log": LogChannel()}
    with psycopg.connect(world.database.admin_url, autocommit=True) as admin:
        admin.execute("UPDATE alert_changes SET notify = false")
        admin.execute("UPDATE alerts SET state = 'resolved', closed_at = now()")
    heard = {}
    with world.database.pool("vigil_worker") as pool:
        for cause, severity in (("crash", 3), ("tyre_pressure", 1)):
            told = []
            for _ in range(2):
                add_alert(world, "mine", cause, severity, at=datetime.now(UTC))
                told.append(notify(pool, channels, datetime.now(UTC)).queued > 0)
                with psycopg.connect(world.database.admin_url, autocommit=True) as admin:
                    admin.execute("UPDATE alerts SET state = 'resolved', closed_at = now()")
            heard[cause] = told
    assert heard == {"crash": [True, True], "tyre_pressure": [True, False]}
