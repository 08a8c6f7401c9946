"""One replay from end to end: read, check, register, send, account, wait for the models."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from domain.alerts import Alert
from domain.errors import StoreUnavailable
from domain.health import Answer, Assessment, Silence
from domain.identity import public_id
from firmware_contracts.telemetry import TelemetryBatch
from store.db.pool import Pool
from store.people.identity import Registry
from store.results.alerts import Alerts
from store.results.assessments import Assessments
from store.results.jobs import ask
from store.results.urgent import UrgentEvents
from store.sink.stream_account import accounts_of, open_offers
from vigil.machine.attach import attach_or_start
from vigil.replay import checks, send
from vigil.replay.account import Account, account
from vigil.replay.batches import batches, stream_of
from vigil.replay.mapping import Mapping as Meaning
from vigil.replay.readings import Readings
from vigil.replay.register import Binding, register
from vigil.replay.table import read
from vigil.settings import Settings

LOOK_S = 0.2
SETTLE_S = 600.0
OFFERS_S = 20.0
"""Between looks, and how long models and offers may take after the last row."""
SERVICES = ("ingest", "urgent", "worker", "offers")
MANY = 100_000
"""More than any store has."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRequest:
    """What the command line asks for. `say` hears progress, line by line."""

    file: Path
    mapping: Meaning
    device: str | None = None
    vehicle: str | None = None
    speed: float | None = None
    wait: bool = True
    say: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a replay did; `settled` False: the models had not finished when it returned."""

    binding: Binding
    account: Account
    checked: tuple[checks.Checked, ...]
    alerts: tuple[Alert, ...]
    seconds: float
    settled: bool
    nulls: Mapping[str, int] = field(default_factory=dict)
    assessment: Assessment | None = None
    offers: int = 0

    def as_json(self) -> Mapping[str, Any]:
        """The keys that others read, and more."""
        return {
            "rows_in": self.account.rows_in,
            "rows_stored": self.account.stored,
            "rows_quarantined": dict(self.account.quarantined),
            "rows_duplicate": self.account.duplicate,
            "identity": self.account.identity,
            "seconds": round(self.seconds, 3),
            "alerts": [alert_json(alert, self.binding) for alert in self.alerts],
            "offers": self.offers,
            "device": self.binding.device.name,
            "vehicle": self.binding.name,
            "assessed": self.settled,
            "answers": {
                name: answer_json(answer)
                for name, answer in (self.assessment.answers if self.assessment else {}).items()
            },
            "readings_null": dict(self.nulls),
            "checks": [
                {
                    "check": c.check,
                    "of": c.of,
                    "against": c.against,
                    "ok": c.ok,
                    "chosen": c.chosen,
                    "detail": c.detail,
                }
                for c in self.checked
            ],
        }


def alert_json(alert: Alert, binding: Binding) -> Mapping[str, Any]:
    """An alert with its time in the vehicle's own zone."""
    zone = ZoneInfo(binding.vehicle.zone if binding.vehicle else "UTC")
    return {
        "vehicle": public_id(alert.vehicle_id),
        "cause": alert.cause,
        "component": alert.component,
        "severity": alert.severity.word,
        "since": alert.since.astimezone(zone).isoformat(),
        "historical": alert.historical,
        "rescue": alert.rescue,
        "occurrences": alert.occurrences,
    }


def answer_json(answer: Answer) -> Mapping[str, Any]:
    """An estimate with its interval, or why there is none and what is missing."""
    if isinstance(answer, Silence):
        return {"silent": answer.reason, "missing": answer.missing}
    shown = {name: round(getattr(answer, name), 4) for name in ("value", "low", "high")}
    return {**shown, "unit": answer.unit, "method": answer.method.value}


def replay(settings: Settings, request: ReplayRequest) -> Outcome:
    """Do it. Raises BadInput for what the file or the options get wrong, Retry errors when the
    servers stay away; run again it goes on where it was."""
    began = time.monotonic()
    readings = Readings(recording=read(request.file, request.mapping), mapping=request.mapping)
    checked = tuple(checks.run(readings))
    for one in checked:
        request.say(one.sentence)
    with ExitStack() as stack:
        working = stack.enter_context(attach_or_start(settings, services=SERVICES))
        pool = stack.enter_context(Pool.open(working.database.url_for("worker"), name="replay"))
        binding = register(Registry(pool), readings, device=request.device, vehicle=request.vehicle)
        request.say(f"device {binding.device.name}, vehicle {binding.name or 'none'}")
        settled = _send_and_account(working, pool, request, readings, binding)
        assessed = request.wait and _await_models(pool, binding, request.say)
        offers = _await_offers(pool, binding) if assessed else 0
        alerts = Alerts(pool).open_alerts(binding.vehicle.id) if binding.vehicle else []
        latest = Assessments(pool).latest(binding.vehicle.id) if binding.vehicle else None
    return Outcome(
        binding=binding,
        account=settled,
        checked=checked,
        alerts=tuple(alerts),
        seconds=time.monotonic() - began,
        settled=assessed,
        nulls=_nulls(readings),
        assessment=latest,
        offers=offers,
    )


def _send_and_account(
    settings: Settings, pool: Pool, request: ReplayRequest, readings: Readings, binding: Binding
) -> Account:
    stream = stream_of(readings.recording.digest, readings.mapping.digest)
    key = (binding.device.tenant_id, binding.device.id, stream)
    before = patiently(lambda: accounts_of(pool, *key))
    sent: dict[int, int] = {}

    def counted(batch: TelemetryBatch) -> TelemetryBatch:
        sent[batch.seq] = batch.rows
        return batch

    sender = send.Sender(
        settings.data_dir / "replay" / f"{binding.device.name}-{stream.hex()[:12]}.outbox",
        send.link(settings.mqtt, binding.device.tenant, binding.device.name),
        stream,
        progress=_Counter(request.say),
    )
    sender.send(map(counted, batches(readings)), speed=request.speed)
    after = patiently(lambda: accounts_of(pool, *key))
    return account(readings.recording.rows, sent, before, after)


class _Counter:
    """Says every few seconds how many batches have their receipt."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._next = say, time.monotonic() + 2

    def __call__(self, receipted: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 2
            self._say(f"{receipted} batches receipted")


def patiently(action: Callable[[], T], limit_s: float = 120.0) -> T:
    """What `action` returns, tried again while the database is away."""
    deadline = time.monotonic() + limit_s
    while True:
        try:
            return action()
        except StoreUnavailable:
            if time.monotonic() > deadline:
                raise
        time.sleep(LOOK_S)


def _await_models(pool: Pool, binding: Binding, say: Callable[[str], None]) -> bool:
    """Until no urgent event waits and this vehicle's data are all assessed."""
    if binding.vehicle is None:
        return True
    vehicle = binding.vehicle.id
    book, queue = Assessments(pool), UrgentEvents(pool, lambda _event, _alerts: ())

    def open_work() -> bool:
        return bool(queue.waiting()[0]) or vehicle in book.versions(MANY)

    say("every row has its receipt; waiting for the assessment")
    if patiently(open_work):
        ask(pool.url, vehicle)
    deadline = time.monotonic() + SETTLE_S
    while patiently(open_work):
        if time.monotonic() > deadline:
            say("the assessment is not there yet; look again later with `vigil status`")
            return False
        time.sleep(LOOK_S)
    return True


def _await_offers(pool: Pool, binding: Binding) -> int:
    """Open offers of the vehicle, once every alert was decided on; an instance without the
    service that makes offers is not waited for long."""
    if binding.vehicle is None:
        return 0
    vehicle = binding.vehicle
    deadline = time.monotonic() + OFFERS_S
    while True:
        offers, undecided = patiently(lambda: open_offers(pool, vehicle.tenant_id, vehicle.id))
        if not undecided or time.monotonic() > deadline:
            return offers
        time.sleep(LOOK_S)


def _nulls(readings: Readings) -> dict[str, int]:
    """How many readings became null, by signal; silent ones left out."""
    found = {name: turned.reasons for name, turned in readings.all().items()}
    for pack in ("cells", "probes"):
        turned = readings.get(pack)
        if turned is not None:
            found[pack] = turned.reasons
    return {name: int((r != 0).sum()) for name, r in found.items() if (r != 0).any()}
