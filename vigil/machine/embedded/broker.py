"""The embedded MQTT broker: mosquitto where there is one, else amqtt.

mosquitto gets its configuration at start: loopback, a password for every role, the access list of
`firmware_contracts.topics`, TCP_NODELAY, and limits. amqtt is for looking around only: MQTT
3.1.1, no shared subscriptions, no sessions; `demo_only` is then true and the terminal says so.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import GiveUp
from firmware_contracts import topics
from vigil.machine.embedded import process as proc

ITERATIONS = 10_000
"""Passwords are drawn at random, 192 bits: stretching them adds nothing."""
LIMITS = """\
set_tcp_nodelay true
retain_available false
max_packet_size 2097152
max_inflight_messages 200
max_queued_messages 20000
max_queued_bytes 268435456
persistent_client_expiration 1d
"""
READERS = {"telemetry": "ingest", "event": "ingest", "status": "ingest", "reply": "control"}
WRITERS = {"receipt": "ingest", "collect": "control", "cmd": "control"}


def find_mosquitto() -> str | None:
    """mosquitto by the PATH or where Debian and Homebrew put it."""
    return shutil.which("mosquitto") or shutil.which(
        "mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
    )


def cars_access(who: str = "%u") -> str:
    """mosquitto's access file for the cars' listener: each device only its own topics.

    `who` is the pattern that stands for a device's identity, `tenant/device`: %u (user name: the
    certificate's common name) or %c (client id, where all devices of a demo share one password).
    No role of ours has a word here: a certificate that names one gets nothing.
    """
    lines = [f"pattern write {topics.ROOT}/{who}/{leaf}" for leaf in topics.UP]
    lines += [f"pattern read {topics.ROOT}/{who}/{leaf}" for leaf in topics.DOWN]
    return "\n".join(lines) + "\n"


def services_access() -> str:
    """mosquitto's access file for the services' listener: each role its direction, cars nothing."""
    parts = []
    for role in ("ingest", "control"):
        lines = [f"user {role}"]
        lines += [f"topic read {topics.every(leaf)}" for leaf, r in READERS.items() if r == role]
        lines += [f"topic write {topics.every(leaf)}" for leaf, r in WRITERS.items() if r == role]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def password_line(user: str, password: str) -> str:
    """One line of mosquitto's password file ($7$: PBKDF2 with SHA-512)."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    hidden = [base64.b64encode(part).decode() for part in (salt, digest)]
    return f"{user}:$7${ITERATIONS}${hidden[0]}${hidden[1]}\n"


@dataclass(kw_only=True)
class Broker:
    """One broker of ours. Without `passwords` it takes everybody: for tests only."""

    data_dir: Path
    port: int = 0
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    kind: str = ""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    extra: str = ""

    @property
    def home(self) -> Path:
        """Folder of the broker's files."""
        return proc.home(self.data_dir, "broker")

    @property
    def log(self) -> Path:
        """The broker's own log."""
        return self.home / "broker.log"

    @property
    def demo_only(self) -> bool:
        """True for amqtt: one ingest worker, MQTT 3.1.1, nothing kept."""
        return self.kind == "amqtt"

    def start(self) -> Broker:
        """Start and wait until it takes connections; ServerDidNotStart tells why not."""
        self.port = self.port or proc.free_port()
        mosquitto = find_mosquitto()
        self.kind = "mosquitto" if mosquitto else "amqtt"
        command = self._mosquitto(mosquitto) if mosquitto else self._amqtt()
        self.process = proc.launch(command, log=self.log, as_account=mosquitto is not None)
        proc.await_ready(
            self.process, lambda: proc.answers(self.port), what=self.kind, log=self.log, limit_s=30
        )
        return self

    def stop(self) -> None:
        """Ask it to end."""
        if self.process is not None:
            proc.stop(self.process, signal.SIGTERM)
            self.process = None

    def kill(self, *, wipe: bool = False) -> None:
        """kill -9, as the fault tests do it; `wipe` also throws its files away."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        if wipe:
            (self.home / "mosquitto.db").unlink(missing_ok=True)

    def _mosquitto(self, program: str) -> list[str]:
        lines = [f"listener {self.port} 127.0.0.1", "persistence true"]
        lines += [f"persistence_location {self.home}/", "autosave_interval 60", "log_dest stderr"]
        lines += ["log_type error", "log_type warning", "log_type notice", LIMITS + self.extra]
        if self.passwords:
            hidden = "".join(password_line(user, word) for user, word in self.passwords.items())
            lines += ["allow_anonymous false", f"password_file {self._file('passwords', hidden)}"]
            lines += [f"acl_file {self._file('access', cars_access('%c') + services_access())}"]
        else:
            lines += ["allow_anonymous true"]
        return [program, "-c", str(self._file("mosquitto.conf", "\n".join(lines) + "\n"))]

    def _amqtt(self) -> list[str]:
        if not _has_amqtt():
            raise GiveUp(
                "no MQTT broker on this machine",
                remedy="apt-get install mosquitto (brew install mosquitto on macOS), "
                "or set VIGIL_MQTT__URL",
            )
        return [sys.executable, "-m", "vigil.machine.embedded.amqtt_server", str(self.port)]

    def _file(self, name: str, content: str) -> Path:
        """A file that only the broker's account reads."""
        path = self.home / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(content)
        runner = proc.account()
        if runner is not None:
            os.chown(path, runner.uid, runner.gid)
        return path


def _has_amqtt() -> bool:
    import importlib.util

    return importlib.util.find_spec("amqtt") is not None


if __name__ == "__main__":
    sys.stdout.write({"cars": cars_access, "services": services_access}[sys.argv[1]]())
