"""The TCP and TLS side: one asyncio loop, one task a connection. It reads, writes and decides
nothing: rules are in `sessions`, rows in `intake`.

Back-pressure: while the store is behind, connections are not read, and the terminals wait.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from domain.errors import Retry
from domain.identity import Device
from domain.readings import Accepted, Outcome, Quarantine, Rejected
from domain.urgent import judge
from firmware_contracts.gbt32960.frame import Command, Flag, Frame
from firmware_contracts.gbt32960.stream import Stream
from firmware_contracts.topics import parse
from ingest.delivery import Delivery
from ingest.gbt32960.alarm_book import AlarmBook
from ingest.gbt32960.forward import Forwarder
from ingest.gbt32960.intake import accept, reject, topic_of
from ingest.gbt32960.meters import GbtMeters
from ingest.gbt32960.moments import LONGEST_S, Moment, Moments
from ingest.gbt32960.options import Kick, Options
from ingest.gbt32960.pace import Pace
from ingest.gbt32960.ports import AlarmHistory, Terminals
from ingest.gbt32960.sessions import (
    DeadLetter,
    Enter,
    Keep,
    Leave,
    Refuse,
    Rules,
    Say,
    Session,
    Step,
)

log = logging.getLogger(__name__)

READ_BYTES = 64 * 1024
MOST_UNREAD_ANSWERS = 64 * 1024
"""Bytes of answers that a terminal leaves unread before its connection ends."""
SILENT_S = 10.0
"""A frame that is not complete after this long is passed over."""
FRESH_S = 60.0
"""Bindings older than this are asked for again."""
RETRY_S = 0.5
LAST_WORDS_S = 2.0
"""At the end: for reports that are read and not yet handed on."""
T = TypeVar("T")
Key = tuple[str, bytes | None, int | None]
"""Device, stream and sequence of a message in a commit."""


def utc_now() -> datetime:
    """The time of reception."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    """One line and what is remembered of it; times are of a monotonic clock, in seconds."""

    writer: asyncio.StreamWriter
    since: float
    last_byte_at: float
    session: Session = field(default_factory=Session)
    stream: Stream = field(default_factory=Stream)
    moments: dict[int, Moments] = field(default_factory=dict)
    asked: dict[int, float] = field(default_factory=dict)
    paces: dict[int, Pace] = field(default_factory=dict)
    counted: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GbtDelivery(Delivery):
    """A message on its way to the store, and whom to answer when it is there."""

    message: Accepted | Rejected
    frames: tuple[Frame, ...] = field(repr=False)
    device: Device
    connection: Connection | None = None

    @property
    def urgent(self) -> bool:
        """True where an event must be judged at once."""
        message = self.message
        return isinstance(message, Accepted) and any(map(judge, message.batch.events))


class GbtServer:
    """Everything here runs in one loop; `offer` takes deliveries, `room` says whether it can."""

    def __init__(
        self,
        *,
        options: Options,
        terminals: Terminals,
        history: AlarmHistory,
        offer: Callable[[Delivery], None],
        room: Callable[[], bool],
        meters: GbtMeters,
        forwarder: Forwarder | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._options = options
        self._terminals = terminals
        self._alarms = AlarmBook(history)
        self._offer = offer
        self._room = room
        self._meters = meters
        self._forwarder = forwarder
        self._clock = clock
        self._now = now
        self._rules = Rules(options, now)
        self._open: set[Connection] = set()
        self._where: dict[int, Connection] = {}
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that was really taken; 0 while it does not listen."""
        sockets = self._server.sockets if self._server is not None else ()
        return int(sockets[0].getsockname()[1]) if sockets else 0

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Take the port; returns at once."""
        self._server = await asyncio.start_server(
            self._connected, host, port, ssl=tls, limit=READ_BYTES, backlog=1024
        )

    async def tend(self) -> None:
        """Once a second: what waits too long, lines that are silent too long."""
        while True:
            await asyncio.sleep(1.0)
            for connection in list(self._open):
                try:
                    await self._tend(connection)
                except Exception:  # one line's trouble is not the others'
                    log.exception("a connection could not be tended")
                    self._end(connection, "failed")

    async def close(self) -> None:
        """Stop listening, end every connection, and hand on what they still held."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._open):
            connection.writer.close()
        ended = self._clock() + LAST_WORDS_S
        while self._open and self._clock() < ended:
            await asyncio.sleep(0.01)

    async def answer(
        self, deliveries: Iterable[GbtDelivery], outcomes: Mapping[Key, Outcome]
    ) -> None:
        """After the commit, by what it did; what it left out stays with its sender, unanswered."""
        for delivery in deliveries:
            flag = _flag(delivery.message, outcomes)
            for frame in delivery.frames if delivery.connection and flag else ():
                for reply in self._rules.stored(frame, flag or Flag.ERROR):
                    self._say(delivery.connection, reply)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        now = self._clock()
        connection = Connection(writer=writer, since=now, last_byte_at=now)
        if len(self._open) >= self._options.most_connections:
            self._meters.closed.labels(reason="too_many").inc()
            writer.close()
            return
        self._open.add(connection)
        self._meters.connections.set(len(self._open))
        try:
            await self._read(reader, connection)
        except (ConnectionError, TimeoutError, ssl.SSLError):
            pass  # the terminal went away: it comes again
        except Exception:
            log.exception("a connection failed")
        finally:
            await self._gone(connection)

    async def _read(self, reader: asyncio.StreamReader, connection: Connection) -> None:
        while data := await reader.read(READ_BYTES):
            connection.last_byte_at = self._clock()
            for frame in connection.stream.feed(data):
                await self._frame(connection, frame)
            if self._too_much_garbage(connection):
                return self._end(connection, "garbage")
            if connection.writer.is_closing():
                return None
        return None

    def _too_much_garbage(self, connection: Connection) -> bool:
        """Count what was no frame; True where it is more than a torn line explains."""
        stream, (garbage, broken) = connection.stream, connection.counted
        self._meters.garbage.inc(stream.garbage - garbage)
        self._meters.broken.inc(stream.broken - broken)
        connection.counted = (stream.garbage, stream.broken)
        return stream.garbage > self._options.most_garbage

    async def _frame(self, connection: Connection, frame: Frame) -> None:
        name = Command(frame.command).name.lower() if frame.command in _COMMANDS else "other"
        self._meters.frames.labels(edition=frame.edition.year, command=name).inc()
        device = None
        if self._rules.needs_device(connection.session, frame):
            device = await self._ask(self._terminals.device, self._options.tenant, frame.vin_text)
        steps = self._rules.steps(connection.session, frame, device)
        if self._forwarder is not None and any(isinstance(step, _FORWARDED) for step in steps):
            self._forwarder.put(frame)
        for step in steps:
            if not await self._take(connection, step):
                return

    async def _take(self, connection: Connection, step: Step) -> bool:
        """One step; False where those that follow are void."""
        match step:
            case Say():
                self._say(connection, step.frame)
            case Enter():
                return self._enter(connection, step.device)
            case Leave():
                await self._flush(connection, step.device)
                self._left(connection, step.device.id)
            case Refuse():
                return self._refuse(connection, step)
            case DeadLetter():
                await self._bury(step)
            case Keep():
                await self._keep(connection, step)
        return True

    async def _ask(self, question: Callable[..., T], *arguments: object) -> T:
        """The store's answer, off the loop; waits while it does not answer."""
        while True:
            try:
                return await asyncio.to_thread(question, *arguments)
            except Retry as trouble:
                log.warning("the store does not answer: %s", trouble)
                await asyncio.sleep(RETRY_S)

    def _say(self, connection: Connection | None, frame: Frame) -> None:
        if connection is None or connection.writer.is_closing():
            return
        if connection.writer.transport.get_write_buffer_size() > MOST_UNREAD_ANSWERS:
            self._end(connection, "deaf")
            return
        connection.writer.write(frame.encode())

    def _enter(self, connection: Connection, device: Device) -> bool:
        """One connection a vehicle: by the standard the older one ends."""
        other = self._where.get(device.id)
        if other is not None and other is not connection:
            if self._options.kick is Kick.NEW and other in self._open:
                self._meters.refused.labels(reason="vin_duplicate").inc()
                self._end(connection, "vin_duplicate")
                return False
            self._end(other, "kicked")
        self._where[device.id] = connection
        self._meters.vehicles.set(len(self._where))
        connection.asked[device.id] = self._clock()
        return True

    def _left(self, connection: Connection, device_id: int) -> None:
        if self._where.get(device_id) is connection:
            del self._where[device_id]
            self._meters.vehicles.set(len(self._where))

    def _refuse(self, connection: Connection, step: Refuse) -> bool:
        self._meters.refused.labels(reason=step.reason).inc()
        if step.end:
            self._end(connection, step.reason)
        return not step.end

    async def _bury(self, step: DeadLetter) -> None:
        message = reject((step.frame,), step.device, self._now(), Quarantine.UNREADABLE, step.why)
        await self._deliver(None, message, (step.frame,), step.device)

    async def _keep(self, connection: Connection, step: Keep) -> None:
        if step.report.signature is not None:
            self._meters.unverified.inc()
        if step.report.rest:
            self._meters.unknown_types.inc()
        await self._pace(connection, step.device)
        device = await self._fresh(connection, step.device, step.frame)
        if device.revoked:
            self._refuse(connection, Refuse(reason="revoked", end=True))
            return
        moments = connection.moments.setdefault(device.id, Moments())
        for moment in moments.add(step.frame, step.report, self._clock()):
            await self._store(connection, moment, device)

    async def _pace(self, connection: Connection, device: Device) -> None:
        """A vehicle that reports faster than its share is read more slowly: the others wait for
        nobody. A platform speaks for many and is not held back here."""
        if connection.session.platform:
            return
        pace = connection.paces.setdefault(device.id, Pace(self._options.reports_s))
        while (wait_s := pace.wait_s(self._clock())) > 0:
            await asyncio.sleep(wait_s)

    async def _fresh(self, connection: Connection, device: Device, frame: Frame) -> Device:
        """The device with bindings not older than a minute; as it was where it is gone."""
        now = self._clock()
        if now - connection.asked.setdefault(device.id, now) < FRESH_S:
            return device
        connection.asked[device.id] = now
        found = await self._ask(self._terminals.device, self._options.tenant, frame.vin_text)
        if found is not None and frame.vin in connection.session.vehicles:
            connection.session.vehicles[frame.vin] = found
        return found or device

    async def _store(self, connection: Connection | None, moment: Moment, device: Device) -> None:
        if self._alarms.asks(moment, device):
            events = await self._ask(self._alarms.events, moment, device)
        else:
            events = self._alarms.events(moment, device)
        message = accept(moment, device, self._now(), events)
        await self._deliver(connection, message, moment.frames, device)

    async def _deliver(
        self,
        connection: Connection | None,
        message: Accepted | Rejected,
        frames: tuple[Frame, ...],
        device: Device,
    ) -> None:
        while not self._room():
            await asyncio.sleep(0.01)
        self._offer(
            GbtDelivery(
                topic=topic_of(device),
                payload=message.payload,
                received_at=message.received_at,
                message=message,
                frames=frames,
                device=device,
                connection=connection,
            )
        )

    async def _tend(self, connection: Connection) -> None:
        now = self._clock()
        for vin, device in list(connection.session.vehicles.items()):
            waits = connection.moments.get(device.id)
            for moment in waits.flush(now - LONGEST_S) if waits else ():
                await self._store(connection, moment, connection.session.vehicles.get(vin, device))
        silent_s = now - connection.last_byte_at
        if connection.stream.held and silent_s > SILENT_S:
            for frame in connection.stream.expire():
                await self._frame(connection, frame)
        if silent_s > self._options.idle_s:
            self._end(connection, "silent")
        elif not connection.session.open and now - connection.since > self._options.login_s:
            self._end(connection, "no_login")

    async def _flush(self, connection: Connection, device: Device) -> None:
        """Pages that wait for neighbours are stored as they are."""
        waits = connection.moments.pop(device.id, None)
        for moment in waits.flush() if waits else ():
            await self._store(None, moment, device)

    async def _gone(self, connection: Connection) -> None:
        for device in list(connection.session.vehicles.values()):
            await self._flush(connection, device)
            self._left(connection, device.id)
        self._open.discard(connection)
        self._meters.connections.set(len(self._open))
        connection.writer.close()

    def _end(self, connection: Connection, reason: str) -> None:
        """Close a connection; what is written already still goes out."""
        if not connection.writer.is_closing():
            self._meters.closed.labels(reason=reason).inc()
            connection.writer.close()


def _flag(message: Accepted | Rejected, outcomes: Mapping[Key, Outcome]) -> Flag | None:
    if isinstance(message, Rejected):
        return Flag.ERROR
    outcome = outcomes.get(key_of(message))
    if outcome is None:
        return None
    return Flag.OK if outcome in (Outcome.COMMITTED, Outcome.DUPLICATE) else Flag.ERROR


def key_of(message: Accepted) -> Key:
    """Topic's device, stream and sequence: what a commit names."""
    return parse(message.topic).device, message.batch.stream, message.batch.seq


_COMMANDS = frozenset(Command)
_FORWARDED = (Enter, Keep, Leave)
"""Steps of frames that go on to a superior platform: logins, reports and logouts, as they come."""
