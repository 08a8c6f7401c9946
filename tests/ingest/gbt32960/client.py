"""Terminals on a real socket: one for a dialogue, thousands for a crowd."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from firmware_contracts.gbt32960.frame import Command, Frame
from firmware_contracts.gbt32960.stream import Stream
from tests.ingest.gbt32960.reports import NOW, VIN, frame, login


def until(true: Callable[[], object], limit_s: float = 20) -> None:
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Terminal:
    """One T-Box. `hear` gives the next answer; None where the line was closed."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        raw = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._line = tls.wrap_socket(raw, server_hostname="localhost") if tls else raw
        self._stream = Stream()
        self._heard: list[Frame] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, t: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._line.close()

    def send(self, *frames: Frame | bytes) -> None:
        self._line.sendall(b"".join(f if isinstance(f, bytes) else f.encode() for f in frames))

    def hear(self, limit_s: float = 10) -> Frame | None:
        self._line.settimeout(limit_s)
        while not self._heard:
            try:
                data = self._line.recv(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self._heard += self._stream.feed(data)
        return self._heard.pop(0)

    def silent(self, for_s: float = 0.3) -> bool:
        """True where nothing comes and the line stays open."""
        with contextlib.suppress(TimeoutError):
            self.hear(for_s)
            return False
        return True

    def log_in(self, vin: str = VIN, at: datetime = NOW) -> Frame | None:
        self.send(login(at, vin))
        return self.hear()


def heartbeat(vin: str = VIN) -> Frame:
    return frame(b"", Command.HEARTBEAT, vin)


async def one_of_a_crowd(
    port: int, vin: str, frames: Sequence[Frame], gate: asyncio.Semaphore
) -> tuple[int, asyncio.StreamWriter]:
    """Log in, report everything, ask for a heartbeat; answers, and the line, still open."""
    async with gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for sent in (login(NOW, vin), *frames, heartbeat(vin)):
        writer.write(sent.encode())
    await writer.drain()
    stream, answers = Stream(), 0
    while answers < 2 and (data := await asyncio.wait_for(reader.read(4096), 60)):
        answers += len(stream.feed(data))
    return answers, writer


async def crowd(
    port: int,
    vins: Sequence[str],
    reports: Callable[[str], Sequence[Frame]],
    together: Callable[[], object],
) -> int:
    """All at once; answers of all. `together` is called while everybody is still connected."""
    gate = asyncio.Semaphore(200)
    found = await asyncio.gather(*(one_of_a_crowd(port, v, reports(v), gate) for v in vins))
    together()
    for _, writer in found:
        writer.close()
    return sum(answers for answers, _ in found)


def vins(count: int) -> list[str]:
    return [f"LTESTVN01S{number:07d}" for number in range(count)]


def chunks(data: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    at = 0
    for size in sizes:
        yield data[at : at + size]
        at += size
    yield data[at:]
