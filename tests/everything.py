"""`make test`: every test on plain PostgreSQL and mosquitto, the store's again on TimescaleDB.

    1   style, types, floors
    2   what needs no server               two at a time, with coverage
    3   all other tests                    plain PostgreSQL, mosquitto, Chromium; two at a time
    4   the store's, ingest's and replay's    each TimescaleDB that this machine can have
    5   contract, gateway, rules            each other Python that this machine has

At the end it says which editions and broker ran, lists loudly what did NOT run, and counts. With
CI=true it fails when plain PostgreSQL, TimescaleDB's Apache edition or mosquitto did not run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests import other_pythons, quick, timescale
from vigil.machine.embedded.broker import find_mosquitto

PACKAGES: dict[str, Callable[[], bool]] = {
    "mosquitto": lambda: find_mosquitto() is not None,
    "chromium": lambda: shutil.which("chromium") is not None,
    "fonts-noto-cjk": lambda: any(Path("/usr/share/fonts").rglob("*CJK*")),
}
REQUIRED_IN_CI = ("plain", "apache", "mosquitto")
COVERED = quick.ROOT / "artefacts" / "coverage.json"
COVERAGE = ("--cov", "--cov-report=json:artefacts/coverage.json")
"""Shown, not gated. Only where no server runs: processes of their own are not followed."""
SERVERS = "(database or broker or browser) and not timescale"
ALONE = ("tests/faults", "tests/house", "tests/web")
"""What kills processes, starts whole instances or drives a browser: nothing beside it."""
AGAIN = "(database and not slow and not browser) or timescale"
AGAIN_ROOMS = ("tests/store", "tests/ingest", "tests/replay")
"""Where SQL is written, and where a recording goes all the way; the API's SQL is the store's."""


@dataclass(kw_only=True)
class Tally:
    """What ran, what did not, and how it went."""

    passed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    servers: set[str] = field(default_factory=set)
    not_run: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, title: str, junit: Path) -> None:
        """Count one run's results; a run that left none counts as one failure."""
        if not junit.exists():
            self.failed += 1
            self.wrong.append(f"{title}: pytest ended without a result")
            return
        for case in ElementTree.parse(junit).iter("testcase"):
            where = f"{case.get('classname')}::{case.get('name')}"
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed += 1
                self.wrong.append(f"{title}: {where}")
            elif (skip := case.find("skipped")) is not None:
                self.skipped[f"{title}: {skip.get('message')}"] += 1
            else:
                self.passed += 1


def install_missing() -> list[str]:
    """As root on Debian install what tests need; returns what is still missing."""
    missing = [name for name, there in PACKAGES.items() if not there()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-q", "-y", *missing]):
            subprocess.run(["apt-get", *command], env=environment, stdout=sys.stderr, check=False)
    return [name for name, there in PACKAGES.items() if not there()]


def run_tests(
    title: str, marks: str, rooms: Sequence[str], tally: Tally, *flags: str, **environment: str
) -> None:
    """One pytest run, its results and the servers it really used added to the tally."""
    print(f"\n=== {title}", flush=True)
    with tempfile.TemporaryDirectory(prefix="vigil-results-") as folder:
        junit, servers = Path(folder) / "junit.xml", Path(folder) / "servers"
        command = [str(quick.BIN / "pytest"), "-q", f"--junitxml={junit}", "-m", marks, *flags]
        there = [room for room in rooms if (quick.ROOT / room).is_dir()]
        subprocess.run(
            [*command, *there, *sys.argv[1:]],
            cwd=quick.ROOT,
            env={**os.environ, **environment, "VIGIL_TEST_SERVERS": str(servers)},
            check=False,
        )
        tally.add(title, junit)
        if servers.exists():
            tally.servers |= set(servers.read_text().splitlines())


def run_on_timescale(tally: Tally) -> None:
    """The store's tests on each TimescaleDB that can be had."""
    for source in timescale.SOURCES:
        try:
            with source.open() as url:
                title = f"TimescaleDB ({source.name})"
                run_tests(title, AGAIN, AGAIN_ROOMS, tally, VIGIL_TEST_ADMIN_URL=url)
        except timescale.NotHere as reason:
            tally.not_run.append(f"TimescaleDB, {source.edition}, by {source.name}: {reason}")


def run_on_other_pythons(tally: Tally) -> None:
    """What needs no server, from the lock, on each Python that is promised and is here."""
    for version in other_pythons.OTHERS:
        print(f"\n=== Python {version}", flush=True)
        with tempfile.TemporaryDirectory(prefix="vigil-python-") as folder:
            try:
                tally.add(f"Python {version}", other_pythons.run(version, Path(folder)))
            except other_pythons.NotHere as reason:
                tally.not_run.append(f"Python {version}: {reason}")


def report(tally: Tally, seconds: float) -> int:
    """Print the end of the run; returns the exit code."""
    print("\n" + "=" * 72)
    print(f"servers that ran: {', '.join(sorted(tally.servers)) or 'none'}")
    kinds = {word for server in tally.servers for word in server.replace(",", " ").split()}
    lacking = [name for name in REQUIRED_IN_CI if name not in kinds]
    for line in (*tally.not_run, *(f"{n} x {why}" for why, n in sorted(tally.skipped.items()))):
        print(f"NOT RUN  {line}")
    for line in (f"REQUIRED BUT NOT RUN  {name}" for name in lacking):
        print(line)
    for line in tally.wrong:
        print(f"FAILED   {line}")
    in_ci = os.environ.get("CI", "").lower() in ("1", "true", "yes")
    bad = bool(tally.failed or tally.wrong or (in_ci and lacking))
    skipped = sum(tally.skipped.values())
    if COVERED.exists():
        share = json.loads(COVERED.read_text())["totals"]["percent_covered"]
        print(f"covered by the tests without servers: {share:.0f} % of all lines")
    print(f"make test: {'FAILED' if bad else 'passed'} in {seconds / 60:.1f} min")
    print(f"{tally.passed} passed, {tally.failed} failed, {skipped} skipped")
    return 1 if bad else 0


def main() -> int:
    """Entry point."""
    began, tally = time.monotonic(), Tally()
    tally.not_run += [f"{name} is missing on this machine" for name in install_missing()]
    failed = quick.run(quick.STATIC)
    tally.failed += len(failed)
    tally.wrong += [f"make check: {name}" for name in failed]
    run_tests("no server", quick.NO_SERVERS, ("tests",), tally, *quick.SIDE_BY_SIDE, *COVERAGE)
    alone = [f"--ignore={room}" for room in ALONE]
    run_tests("plain PostgreSQL", SERVERS, ("tests",), tally, *quick.SIDE_BY_SIDE, *alone)
    run_tests("plain PostgreSQL, one at a time", SERVERS, ALONE, tally)
    run_on_timescale(tally)
    run_on_other_pythons(tally)
    return report(tally, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
