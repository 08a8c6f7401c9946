"""SIGTERM and SIGINT: how a process is told to end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType


def on_end(stop: Callable[[], None]) -> None:
    """Have SIGTERM and SIGINT call `stop`; the service itself runs in the main thread, so that
    what it raises ends the process and the supervisor sees it."""

    def end(_number: int, _frame: FrameType | None) -> None:
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def until_ended(stop: Callable[[], None]) -> None:
    """Block until SIGTERM or SIGINT, then call `stop`."""
    ended = threading.Event()
    on_end(ended.set)
    ended.wait()
    stop()
