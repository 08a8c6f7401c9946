"""Ingest workers as production runs them: `vigil serve ingest`, one process each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from vigil.files import write_private
from vigil.machine import instance
from vigil.machine.embedded import process
from vigil.settings import Settings

READY_S = 30.0
"""A Python process on a busy machine needs some seconds."""


@contextmanager
def working(settings: Settings, count: int, folder: Path) -> Iterator[tuple[psutil.Process, ...]]:
    """`count` workers that listen; stopped at the end."""
    file = folder / "workers.json"
    write_private(file, instance.for_services(settings))
    ports = [process.free_port() for _ in range(count)]
    started = [_start(file, port, folder / f"ingest-{n}.log") for n, port in enumerate(ports)]
    try:
        for one, port in zip(started, ports, strict=True):
            _await(one, port, folder)
        yield tuple(psutil.Process(one.pid) for one in started)
    finally:
        for one in started:
            one.terminate()
        for one in started:
            process.stop(one, signal.SIGTERM)


def _start(file: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIL_")}
    own = {"VIGIL_CONFIG": str(file), "VIGIL_INGEST__HEALTH_PORT": str(port)}
    command = [sys.executable, "-m", "vigil", "serve", "ingest"]
    return process.launch(command, log=log, as_account=False, environment={**kept, **own})


def _await(one: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    def ready() -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            time.sleep(0.05)
            return False

    log = next(iter(sorted(folder.glob("ingest-*.log"))))
    process.await_ready(one, ready, what="an ingest worker", log=log, limit_s=READY_S)
