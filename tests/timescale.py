"""Real TimescaleDB servers for tests: where this machine can get one, and the reason where not.

url       VIGIL_TEST_TIMESCALE_URL, an administrator's URL
docker    the community edition from its image, where a Docker daemon answers
chroot    the Apache edition from Debian 13, where we are root on Debian
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from vigil.machine.embedded import process

ROOT = Path(__file__).resolve().parent.parent
IMAGE = "timescale/timescaledb:2.19.3-pg17"
SCRIPT = ROOT / "deploy" / "timescale" / "chroot.sh"
BINARIES = "/usr/lib/postgresql/17/bin"
OPTIONS = {
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "dynamic_shared_memory_type": "mmap",
    "shared_memory_type": "mmap",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "max_connections": "200",
}


class NotHere(Exception):
    """This machine cannot have that server; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One way to get a TimescaleDB; `open` yields an administrator's URL or raises NotHere."""

    name: str
    edition: str
    open: Callable[[], AbstractContextManager[str]]


def state_folder() -> Path:
    """Where what takes long to make is kept between runs, outside the checkout."""
    given = os.environ.get("VIGIL_TEST_STATE")
    return Path(given) if given else Path("/var/cache/vigil")


@contextmanager
def by_url() -> Iterator[str]:
    given = os.environ.get("VIGIL_TEST_TIMESCALE_URL")
    if not given:
        raise NotHere("VIGIL_TEST_TIMESCALE_URL is not set")
    yield given


@contextmanager
def by_docker() -> Iterator[str]:
    if (
        shutil.which("docker") is None
        or subprocess.run(
            ["docker", "info"], capture_output=True, timeout=30, check=False
        ).returncode
    ):
        raise NotHere("no Docker daemon answers")
    password = secrets.token_urlsafe(16)
    command = ["docker", "run", "--rm", "-d", "-p", "127.0.0.1::5432"]
    command += ["-e", f"POSTGRES_PASSWORD={password}", IMAGE]
    container = _said(*command)
    try:
        address = _said("docker", "port", container, "5432/tcp").splitlines()[0]
        url = f"postgresql://postgres:{password}@{address}/postgres"
        _await_answer(url)
        yield url
    finally:
        subprocess.run(["docker", "rm", "-f", container], capture_output=True, check=False)


@contextmanager
def by_chroot() -> Iterator[str]:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotHere("needs root on Debian or Ubuntu")
    if shutil.which("debootstrap") is None:
        subprocess.run(["apt-get", "install", "-q", "-y", "debootstrap"], check=False)
    root = state_folder() / "trixie"
    made = subprocess.run([SCRIPT, root], stdout=sys.stderr, check=False)
    if made.returncode:
        raise NotHere(f"deploy/timescale/chroot.sh failed with {made.returncode}")
    with running_in(root) as url:
        yield url


@contextmanager
def running_in(root: Path) -> Iterator[str]:
    """A fresh server inside the folder, run by the folder's own postgres account."""
    uid, gid = _postgres_ids(root)
    place = f"/var/lib/postgresql/vigil-{secrets.token_hex(4)}"
    outside, log = root / place.lstrip("/"), root / f"{place.lstrip('/')}.log"
    outside.mkdir(mode=0o700)
    os.chown(outside, uid, gid)
    password = secrets.token_urlsafe(16)
    (outside / "password").write_text(password)
    (outside / "password").chmod(0o644)
    inside = [f"{BINARIES}/initdb", "-D", f"{place}/data", "-U", "postgres", "--encoding=UTF8"]
    inside += ["--auth=scram-sha-256", f"--pwfile={place}/password", "--locale=C"]
    if _launch(root, inside, uid, gid, log).wait(120):
        raise NotHere(f"initdb in {root} failed: {process.tail(log)}")
    port = process.free_port()
    switches = [w for k, v in {**OPTIONS, "port": port}.items() for w in ("-c", f"{k}={v}")]
    command = [f"{BINARIES}/postgres", "-D", f"{place}/data", *switches]
    server = _launch(root, command, uid, gid, log)
    try:
        url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        _await_answer(url)
        yield url
    finally:
        process.stop(server, signal.SIGINT)
        shutil.rmtree(outside, ignore_errors=True)
        log.unlink(missing_ok=True)


def _launch(
    root: Path, command: list[str], uid: int, gid: int, log: Path
) -> subprocess.Popen[bytes]:
    leash = [sys.executable, "-I", str(process.LEASH), "--parent", str(os.getpid())]
    leash += ["--uid", str(uid), "--gid", str(gid), "--root", str(root), "--signal", "SIGINT"]
    with log.open("ab") as words:
        return subprocess.Popen(
            [*leash, "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            start_new_session=True,
        )


def _postgres_ids(root: Path) -> tuple[int, int]:
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == "postgres":
            return int(uid), int(gid)
    raise NotHere(f"{root} has no postgres account")


def _await_answer(url: str, limit_s: float = 60.0) -> None:
    deadline = time.monotonic() + limit_s
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError as problem:
            if time.monotonic() > deadline:
                raise NotHere(f"TimescaleDB does not answer: {problem}") from problem
            time.sleep(0.2)


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHere(f"{' '.join(command[:2])}: {done.stderr.strip()}")
    return done.stdout.strip()


SOURCES = (
    Source(name="VIGIL_TEST_TIMESCALE_URL", edition="as given", open=by_url),
    Source(name="docker", edition="community", open=by_docker),
    Source(name="chroot", edition="apache", open=by_chroot),
)
