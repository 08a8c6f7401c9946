"""The devices in a process of their own, so that making load does not slow what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

from vigil.bench.ingest.devices import Devices, Door, Pass
from vigil.bench.ingest.mixes import MIXES, MessageMaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is loaded: messages, their non-null values, mean bytes of a payload."""

    messages: int
    values: int
    payload_bytes: float


class Load:
    """Commands for the process of the devices; `close` ends it."""

    def __init__(
        self, door: Door, tenant: str, names: Sequence[str], mix: str, start_ms: int
    ) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_run, args=(theirs, door, tenant, list(names), mix, start_ms), daemon=True
        )
        self._process.start()
        self._answer()

    def prepare(self, rounds: int) -> Prepared:
        """Make the next `rounds` messages of every device."""
        self._pipe.send(("prepare", rounds, None))
        found = self._answer()
        assert isinstance(found, Prepared)
        return found

    def send(self, *, ahead: int = 8, rate_s: float | None = None) -> Pass:
        """Send what is prepared and wait for every receipt; again, it is all duplicates."""
        self._pipe.send(("send", ahead, rate_s))
        found = self._answer()
        assert isinstance(found, Pass)
        return found

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.terminate()
        self._process.join(10)

    def _answer(self) -> object:
        found = self._pipe.recv()
        if isinstance(found, Exception):
            raise found
        return found


def _run(
    pipe: Connection, door: Door, tenant: str, names: Sequence[str], mix: str, start_ms: int
) -> None:
    try:
        devices = Devices(door, tenant, names)
        maker = MessageMaker(MIXES[mix], len(names), start_ms)
        pipe.send(None)
        while True:
            verb, number, rate_s = pipe.recv()
            if verb == "prepare":
                pipe.send(_prepare(devices, maker, len(names), number))
            else:
                pipe.send(devices.send(ahead=number, rate_s=rate_s))
    except EOFError:
        return
    except Exception as problem:
        pipe.send(problem)


def _prepare(devices: Devices, maker: MessageMaker, cars: int, rounds: int) -> Prepared:
    made = [m for _ in range(rounds) for m in maker.round(range(cars))]
    devices.load([(m.vehicle, m.seq, m.payload) for m in made])
    return Prepared(
        messages=len(made),
        values=sum(m.values for m in made),
        payload_bytes=sum(len(m.payload) for m in made) / len(made),
    )
