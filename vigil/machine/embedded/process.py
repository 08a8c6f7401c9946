"""A server process of ours: started on a leash, waited for, stopped, killed.

As root it runs as an existing account without rights. It never makes an account and never opens
a folder that was closed: where the account cannot reach the data folder, the server's files lie
in a folder of their own that it can reach.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import GiveUp

ACCOUNTS = ("postgres", "nobody")
LEASH = Path(__file__).with_name("leash.py")
STATE_FOLDERS = (Path("/var/lib"), Path(tempfile.gettempdir()))


class ServerDidNotStart(GiveUp):
    """An embedded server ended or stayed silent; the message carries the end of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who runs the server."""

    name: str
    uid: int
    gid: int

    def reaches(self, path: Path) -> bool:
        """True when every folder above and including `path` lets this account through."""
        chain = (path, *path.parents) if path.is_dir() else tuple(path.parents)
        return all(self._enters(folder) for folder in chain if folder.exists())

    def _enters(self, folder: Path) -> bool:
        stat = folder.stat()
        if stat.st_uid == self.uid:
            return bool(stat.st_mode & 0o100)
        if stat.st_gid == self.gid:
            return bool(stat.st_mode & 0o010)
        return bool(stat.st_mode & 0o001)


def account() -> Account | None:
    """The account for servers when we are root; None when we are somebody already."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=found.pw_uid, gid=found.pw_gid)
    raise GiveUp(
        "servers must not run as root and there is no account to use",
        remedy=f"start as an ordinary user, or add one of: {', '.join(ACCOUNTS)}",
    )


def home(data_dir: Path, name: str) -> Path:
    """A folder for one server's files, owned by its account, made when missing.

    It is `data_dir/name` where the account can reach it, else a folder named after the digest
    of that path under /var/lib or the temporary folder.
    """
    wanted = data_dir.absolute() / name
    data_dir.mkdir(parents=True, exist_ok=True)
    runner = account()
    if runner is None:
        wanted.mkdir(mode=0o700, exist_ok=True)
        return wanted
    if not runner.reaches(data_dir.absolute()):
        wanted = _reachable(wanted, runner)
    wanted.mkdir(mode=0o700, exist_ok=True)
    os.chown(wanted, runner.uid, runner.gid)
    return wanted


def _reachable(wanted: Path, runner: Account) -> Path:
    digest = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
    for folder in STATE_FOLDERS:
        if folder.is_dir() and runner.reaches(folder) and os.access(folder, os.W_OK):
            return folder / f"vigil-{wanted.name}-{digest}"
    raise GiveUp(
        f"account {runner.name} can reach neither {wanted.parent} nor a folder for state",
        remedy="set VIGIL_DATA_DIR to a folder that other accounts may enter",
    )


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """True when something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def launch(
    command: Sequence[str],
    *,
    log: Path,
    end: str = "SIGTERM",
    as_account: bool = True,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` on the leash, its words in `log`; `end` is what it gets when we die."""
    runner = account() if as_account else None
    rights = [] if runner is None else ["--uid", str(runner.uid), "--gid", str(runner.gid)]
    leash = [sys.executable, "-I", str(LEASH), "--parent", str(os.getpid()), "--signal", end]
    with log.open("ab") as words:
        return subprocess.Popen(
            [*leash, *rights, "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            cwd="/",
            env=environment,
            start_new_session=True,
        )


def await_ready(
    process: subprocess.Popen[bytes],
    ready: Callable[[], bool],
    *,
    what: str,
    log: Path,
    limit_s: float,
) -> None:
    """Wait until `ready()`; ServerDidNotStart when the process ends first or the time is over."""
    deadline = time.monotonic() + limit_s
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process, signal.SIGKILL)
            raise ServerDidNotStart(
                f"{what} did not start: {tail(log)}", remedy=f"read {log} and start again"
            )
        time.sleep(0.02)


def tail(log: Path, lines: int = 5) -> str:
    """The last lines of a log as one line of text."""
    if not log.exists():
        return "it wrote no log"
    return " | ".join(log.read_text(errors="replace").splitlines()[-lines:])


def stop(process: subprocess.Popen[bytes], signum: signal.Signals, limit_s: float = 20.0) -> None:
    """Ask with `signum`, insist with SIGKILL after `limit_s`."""
    if process.poll() is not None:
        return
    process.send_signal(signum)
    try:
        process.wait(limit_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
