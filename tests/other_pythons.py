"""The other Pythons that are promised: an environment from the lock, the tests without servers.

A version is used where the machine has it, on the PATH or under ~/.pyenv/versions; else it is said
that it did not run. Nothing is downloaded but the packages that the lock names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.quick import NO_SERVERS, ROOT, SIDE_BY_SIDE

PROMISED = ("3.11", "3.12", "3.13")
OTHERS = tuple(v for v in PROMISED if v != f"{sys.version_info.major}.{sys.version_info.minor}")
ROOMS = (
    "tests/firmware_contracts",
    "tests/gateway",
    "tests/ingest",
    "tests/store",
    "tests/care",
)
LIMIT_S = 600


class NotHere(Exception):
    """This version cannot be had on this machine; the text says why."""


def interpreter(version: str) -> Path:
    """A Python of this version that starts and can make environments; NotHere without one."""
    for candidate in _candidates(version):
        probe = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run(
            [candidate, "-c", probe], capture_output=True, text=True, check=False, timeout=30
        )
        if done.returncode == 0 and done.stdout.strip() == version:
            return candidate
    raise NotHere("not on this machine")


def _candidates(version: str) -> Iterator[Path]:
    found = shutil.which(f"python{version}")
    if found:
        yield Path(found)
    yield from sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))


def run(version: str, folder: Path) -> Path:
    """Install into `folder` and run the tests; returns the file with their results."""
    python = folder / "venv" / "bin" / "python"
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    _must([interpreter(version), "-m", "venv", folder / "venv"], clean)
    pip: list[object] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _must([*pip, "--require-hashes", "-r", ROOT / "requirements-dev.lock"], clean)
    _must([*pip, "--no-deps", "--no-build-isolation", "-e", ROOT], clean)
    results = folder / "junit.xml"
    command = [str(python), "-m", "pytest", "-q", *SIDE_BY_SIDE, "--hypothesis-profile=quick"]
    marks = ["-m", f"{NO_SERVERS} and not slow", f"--junitxml={results}"]
    subprocess.run([*command, *marks, *ROOMS], cwd=ROOT, env=clean, check=False, timeout=LIMIT_S)
    return results


def _must(command: list[object], environment: dict[str, str]) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    if done.returncode:
        raise NotHere(f"its environment could not be made: {done.stderr.strip()[-300:]}")
