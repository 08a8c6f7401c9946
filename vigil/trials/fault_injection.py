"""Faults on purpose: a TCP proxy that cuts or stalls a line, and kill -9 at random moments.

For tests and `vigil bench`; no product process imports it.
"""

from __future__ import annotations

import random
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

CHUNK = 65_536
"""Rows at a time: bounds memory, changes no result."""


class Proxy:
    """Passes every connection on to `target`; `cut` breaks them all, `stall` lets none through.

    >>> with Proxy(("127.0.0.1", 5432)) as line:  # doctest: +SKIP
    ...     line.port, line.cut()
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._ended = False

    @property
    def port(self) -> int:
        """Where to connect instead of the target."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._flowing.set()
        self._listener.close()
        self.cut()

    def cut(self) -> int:
        """Break every connection there is, in the middle of whatever it carries; how many."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for end in pair:
                _break(end)
        return len(pairs)

    def stall(self, seconds: float) -> None:
        """Carry nothing for a while; connections stay open, as behind a dead router."""
        self._flowing.clear()
        time.sleep(seconds)
        self._flowing.set()

    def _accept(self) -> None:
        while not self._ended:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self._target, timeout=5)
        except OSError:
            _break(near)
            return
        pair = (near, far)
        with self._lock:
            self._pairs.add(pair)
        with suppress(OSError, ValueError):
            while self._pass_on(near, far):
                self._flowing.wait()
        with self._lock:
            self._pairs.discard(pair)
        for end in pair:
            _break(end)

    def _pass_on(self, near: socket.socket, far: socket.socket) -> bool:
        ready, _, _ = select.select([near, far], [], [], 0.2)
        self._flowing.wait()
        for source, sink in ((near, far), (far, near)):
            if source in ready:
                data = source.recv(CHUNK)
                if not data:
                    return False
                sink.sendall(data)
        return True


def _break(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """One kill: who, and when (seconds after the first)."""

    victim: str
    at_s: float


class Killer:
    """Calls the given kills in random order at random moments, each as often as it is listed."""

    def __init__(
        self,
        kills: Mapping[str, Callable[[], None]],
        order: Sequence[str],
        *,
        seed: int,
        pause_s: tuple[float, float],
    ) -> None:
        self._kills = kills
        self._order = list(order)
        self._random = random.Random(seed)
        self._random.shuffle(self._order)
        self._pause_s = pause_s
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)
        self.killed: list[Killed] = []
        self.trouble: Exception | None = None

    @property
    def busy(self) -> bool:
        """Some kills are still to come."""
        return self._thread.is_alive()

    def start(self) -> Killer:
        """Begin, in a thread of its own."""
        self._thread.start()
        return self

    def join(self, timeout_s: float) -> None:
        """Wait for the last kill. A kill that failed raises here."""
        self._thread.join(timeout_s)
        if self.trouble is not None:
            raise self.trouble

    def _run(self) -> None:
        try:
            self._kill_all()
        except Exception as problem:
            self.trouble = problem

    def _kill_all(self) -> None:
        began = time.monotonic()
        for victim in self._order:
            time.sleep(self._random.uniform(*self._pause_s))
            self._kills[victim]()
            self.killed.append(Killed(victim=victim, at_s=time.monotonic() - began))
