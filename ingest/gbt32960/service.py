"""The GB/T server as one process: its loop, the batcher's thread, the store behind it."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import BadInput, VigilError
from domain.ports import TelemetrySink
from domain.readings import Committed
from ingest.batcher import Batcher, Limits
from ingest.committer import Committer, Message
from ingest.delivery import Delivery
from ingest.gbt32960.forward import Forwarder, Superior
from ingest.gbt32960.meters import GbtMeters
from ingest.gbt32960.options import Options
from ingest.gbt32960.ports import AlarmHistory, Terminals
from ingest.gbt32960.raw_frames import RawFrames
from ingest.gbt32960.server import GbtDelivery, GbtServer, utc_now
from ingest.meters import Meters
from ingest.patience import Patience
from ingest.pipeline import Pipeline

log = logging.getLogger(__name__)

ROOM_SHARE = 0.8
"""The queue counts as full from here on: 65 KiB a frame at most, so its bytes stay bounded too."""

DRAIN_S = 5.0
"""How long a stop waits for the store: less than what a supervisor gives a process to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Where to listen, and for TLS with which files (PEM); `ca_file` asks for certificates."""

    host: str = "0.0.0.0"
    port: int = 32960
    cert_file: Path | None = None
    key_file: Path | None = None
    ca_file: Path | None = None

    def context(self) -> ssl.SSLContext | None:
        """The TLS context; None for plain TCP. BadInput where a file is missing or wrong."""
        if self.cert_file is None:
            return None
        try:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.cert_file, self.key_file)
            if self.ca_file is not None:
                context.load_verify_locations(self.ca_file)
                context.verify_mode = ssl.CERT_REQUIRED
        except OSError as problem:
            raise BadInput(
                "gbt32960.cert_file", str(self.cert_file), str(problem), remedy="name PEM files"
            ) from problem
        return context


class GbtService:
    """Runs from `start` to `stop`; `ready` is the truth for a health port."""

    def __init__(
        self,
        *,
        sink: TelemetrySink,
        terminals: Terminals,
        history: AlarmHistory,
        options: Options,
        line: Listener,
        limits: Limits | None = None,
        superior: Superior | None = None,
        raw: RawFrames | None = None,
        meters: Meters | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.meters = meters or Meters()
        self._limits = limits or Limits()
        self._own = GbtMeters(self.meters.registry)
        self._line = line
        self._raw = raw
        self._stop = threading.Event()
        self._store_answers = True
        self._batcher = Batcher(self._limits)
        patience = Patience(self._stop, self._troubled)
        pipeline = Pipeline(self._batcher, Decoded(), Committer(sink, patience), self, patience)
        self._forwarder = None if superior is None else Forwarder(superior, self._own)
        self._server = GbtServer(
            options=options,
            terminals=terminals,
            history=history,
            offer=self._batcher.offer,
            room=self._room,
            meters=self._own,
            forwarder=self._forwarder,
            now=now,
        )
        self._loop = asyncio.new_event_loop()
        self._threads = [
            threading.Thread(target=pipeline.run, name="batcher", daemon=True),
            threading.Thread(target=self._turn, name="gbt32960", daemon=True),
        ]
        self._listening = threading.Event()
        self._failure: Exception | None = None

    @property
    def port(self) -> int:
        """The port that was really taken."""
        return self._server.port

    @property
    def ready(self) -> Mapping[str, bool]:
        """What must hold for this process to do its work."""
        return {
            "listening": self._server.port != 0,
            "store": self._store_answers,
            "batcher": self._threads[0].is_alive(),
        }

    def start(self) -> None:
        """Listen; raises what keeps the port from being taken."""
        for thread in self._threads:
            thread.start()
        self._listening.wait()
        if self._failure is not None:
            self.stop()
            raise self._failure

    def stop(self) -> None:
        """End every connection and store what was read; what the store does not take in time was
        never answered."""
        if self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self._server.close(), self._loop).result(timeout=5)
        self._drain()
        self._batcher.stop()
        self._stop.set()
        self._threads[0].join(timeout=10)
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._threads[1].join(timeout=10)

    def _drain(self) -> None:
        """Terminals without answers let go of what TCP took: a restart must not lose it."""
        ended = time.monotonic() + DRAIN_S
        while self._batcher.waiting and self._store_answers and time.monotonic() < ended:
            time.sleep(0.01)

    def _turn(self) -> None:
        """The loop's thread."""
        asyncio.set_event_loop(self._loop)
        try:
            tls = self._line.context()
            self._loop.run_until_complete(
                self._server.listen(self._line.host, self._line.port, tls)
            )
        except Exception as problem:
            self._failure = problem
            self._listening.set()
            return
        tasks = [self._loop.create_task(self._server.tend())]
        if self._forwarder is not None:
            tasks.append(self._loop.create_task(self._forwarder.run()))
        kind = "TCP" if tls is None else "TLS"
        log.info("terminals are taken in over %s on %s:%d", kind, self._line.host, self.port)
        self._listening.set()
        self._loop.run_forever()
        _end(self._loop)

    def _room(self) -> bool:
        return self._batcher.waiting < ROOM_SHARE * self._limits.queue_messages

    def send(self, group: Sequence[Delivery], commits: Sequence[Committed]) -> None:
        """After the commit, on the batcher's thread: raw frames, answers, counters."""
        deliveries = [d for d in group if isinstance(d, GbtDelivery)]
        if self._raw is not None:
            self._keep_raw(self._raw, deliveries)
        if self._loop.is_running():
            outcomes = {(s.device, s.stream, s.seq): s.outcome for c in commits for s in c.stored}
            answered = self._server.answer(deliveries, outcomes)
            asyncio.run_coroutine_threadsafe(answered, self._loop)
        self.meters.queue.set(self._batcher.waiting)
        self.meters.committed(commits)
        self.meters.commit_seconds.observe(
            (datetime.now(UTC) - group[0].received_at).total_seconds()
        )

    def _keep_raw(self, raw: RawFrames, deliveries: Sequence[GbtDelivery]) -> None:
        """A full disk costs raw frames, never rows or answers."""
        try:
            for one in deliveries:
                raw.keep(one.device.name, one.frames, one.received_at)
        except OSError as problem:
            log.error("raw frames are not kept: %s", problem)

    def _troubled(self, trouble: VigilError | None) -> None:
        self._store_answers = trouble is None
        if trouble is not None:
            self.meters.troubled(trouble)


class Decoded:
    """`ingest.pipeline.Judge` for frames: the server has made messages of them already."""

    def messages_of(self, deliveries: Sequence[Delivery]) -> list[Message]:
        """The messages that the deliveries carry."""
        return [d.message for d in deliveries if isinstance(d, GbtDelivery)]


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still runs in a stopped loop, and close it."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
