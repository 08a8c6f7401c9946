"""Frames leave as they came: to the superior platform and into the files of raw frames."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from firmware_contracts.gbt32960.frame import Command, Frame
from firmware_contracts.gbt32960.stream import Stream
from ingest.gbt32960.forward import Superior
from ingest.gbt32960.raw_frames import RawFrames
from tests.ingest.gbt32960.client import Terminal, until
from tests.ingest.gbt32960.reports import (
    VIN,
    drive,
    logout,
)
from tests.ingest.gbt32960.service import START, server


def test_frames_go_on_to_the_superior_platform_unchanged() -> None:
    heard = bytearray()

    async def superior(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            heard.extend(data)
        writer.close()

    async def upstairs(ready: list[int], done: asyncio.Event) -> None:
        above = await asyncio.start_server(superior, "127.0.0.1", 0)
        ready.append(above.sockets[0].getsockname()[1])
        await done.wait()
        above.close()

    loop = asyncio.new_event_loop()
    ready: list[int] = []
    done = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(upstairs(ready, done),))
    thread.start()
    until(lambda: ready)
    sent = drive(START, range(5))
    above = Superior(host="127.0.0.1", port=ready[0], user="vigil", password="word")
    with server(superior=above) as service, Terminal(service.port) as box:
        box.log_in()
        box.send(*sent)
        raw = b"".join(f.encode() for f in sent)
        until(lambda: raw in heard)
        box.send(logout())
        assert box.hear() is not None
        until(lambda: bytes(heard).endswith(logout().encode()))
    frames = Stream().feed(bytes(heard))
    commands = [Command.PLATFORM_LOGIN, Command.LOGIN, *[Command.REPORT] * 5, Command.LOGOUT]
    assert [f.command for f in frames] == commands
    loop.call_soon_threadsafe(done.set)
    thread.join(10)


def test_raw_frames_are_kept_with_a_blank_vin_and_dropped_at_their_term(tmp_path: Path) -> None:
    (tmp_path / "2020-01-01").mkdir()
    sent = drive(START, range(3))
    with (
        server(raw=RawFrames(tmp_path, 7)) as service,
        Terminal(service.port) as box,
    ):
        box.log_in()
        box.send(*sent)
        until(lambda: list(tmp_path.glob("*/tbox-1.gbt")))
        (file,) = tmp_path.glob("*/tbox-1.gbt")
        until(lambda: len(Stream().feed(file.read_bytes())) == 3)
    kept: list[Frame] = Stream().feed(file.read_bytes())
    assert [f.data for f in kept] == [f.data for f in sent]
    assert VIN.encode() not in file.read_bytes()
    assert not (tmp_path / "2020-01-01").exists()
