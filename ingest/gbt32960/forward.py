"""Frames on to a superior platform, unchanged: a platform login of ours, then frames as they came.

What waits is bounded and in memory: while the superior is away the oldest frames are dropped and
counted. Its answers are read and passed over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from firmware_contracts.backoff import Backoff
from firmware_contracts.gbt32960 import beijing
from firmware_contracts.gbt32960.frame import Command, Edition, Frame
from ingest.gbt32960.meters import GbtMeters

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Frames kept while the superior platform is away; older ones are counted and dropped."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
"""Between tries: often enough that a platform that comes back is found within a minute."""
CONNECT_S = 10.0
"""A platform that does not take a connection in ten seconds is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Superior:
    """Where to forward to. `code` stands in place of a VIN in our own frames (17 characters)."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    code: str = "VIGIL"
    edition: Edition = Edition.E2016


class Forwarder:
    """Runs in the server's loop: `put` from there, `run` as a task."""

    def __init__(self, superior: Superior, meters: GbtMeters) -> None:
        self._superior = superior
        self._meters = meters
        self._waiting: deque[bytes] = deque()
        self._filled = asyncio.Event()
        self._sequence = 0

    def put(self, frame: Frame) -> None:
        """Queue a frame; the oldest goes where there is no room."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._meters.forwarded.labels(outcome="dropped").inc()
        self._waiting.append(frame.encode())
        self._filled.set()

    async def run(self) -> None:
        """Connect, send, and again with growing pauses, until cancelled."""
        backoff = Backoff(first_s=FIRST_PAUSE_S, most_s=LONGEST_PAUSE_S)
        while True:
            try:
                await self._connected()
                backoff.reset()
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as problem:
                log.warning("superior platform: %s", problem)
            await asyncio.sleep(backoff.next_s())

    async def _connected(self) -> None:
        address = (self._superior.host, self._superior.port)
        reader, writer = await asyncio.wait_for(asyncio.open_connection(*address), CONNECT_S)
        deaf = asyncio.create_task(_pass_over(reader))
        try:
            if self._superior.user:
                writer.write(self._login().encode())
            while not deaf.done():
                await self._send(writer, deaf)
        finally:
            deaf.cancel()
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, deaf: asyncio.Task[None]) -> None:
        """The oldest frame; it leaves the queue only when the line took it."""
        if not self._waiting:
            self._filled.clear()
            filled = asyncio.create_task(self._filled.wait())
            await asyncio.wait({filled, deaf}, return_when=asyncio.FIRST_COMPLETED)
            filled.cancel()
            return
        writer.write(self._waiting[0])
        await writer.drain()
        with contextlib.suppress(IndexError):
            self._waiting.popleft()
        self._meters.forwarded.labels(outcome="sent").inc()

    def _login(self) -> Frame:
        own = self._superior
        self._sequence += 1
        data = beijing.from_utc(datetime.now(UTC)) + self._sequence.to_bytes(2, "big")
        data += own.user.encode()[:12].ljust(12, b"\0") + own.password.encode()[:20].ljust(
            20, b"\0"
        )
        return Frame(
            edition=own.edition,
            command=Command.PLATFORM_LOGIN,
            vin=own.code.encode()[:17].ljust(17, b"0"),
            data=data + b"\x01",
        )


async def _pass_over(reader: asyncio.StreamReader) -> None:
    """Read and forget, until the superior closes."""
    while await reader.read(4096):
        pass
