"""`make check`: style, types, floors, and the quick tests that need no server.

Random tests try fewer examples here than in `make test`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

Step = tuple[str, Sequence[object]]

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NO_SERVERS = "not database and not timescale and not broker and not browser"
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")
STATIC: tuple[Step, ...] = (
    ("types", (BIN / "mypy",)),
    ("format", (BIN / "ruff", "format", "--check", "--quiet", ".")),
    ("style", (BIN / "ruff", "check", "--quiet", ".")),
    ("floors", (BIN / "lint-imports",)),
)
TESTS = (
    "tests",
    (
        BIN / "pytest",
        "-q",
        *SIDE_BY_SIDE,
        "--hypothesis-profile=quick",
        "-m",
        f"{NO_SERVERS} and not slow",
        "tests",
    ),
)


def run(steps: Sequence[Step], at_once: int = 2) -> list[str]:
    """Run every step, whatever the others say; returns the names of those that failed.

    Two at a time: the types are checked beside the tests. Each step's words come in one piece.
    """
    with ThreadPoolExecutor(at_once) as pool:
        results = [(name, pool.submit(_one, command)) for name, command in steps]
        return [name for name, result in results if not _told(name, *result.result())]


def _one(command: Sequence[object]) -> tuple[int, float, str]:
    began = time.monotonic()
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, time.monotonic() - began, done.stdout


def _told(name: str, code: int, seconds: float, words: str) -> bool:
    print(words.rstrip(), flush=True)
    print(f"--- {name}: {'ok' if code == 0 else 'FAILED'} ({seconds:.0f} s)", flush=True)
    return code == 0


def main() -> int:
    """Entry point."""
    name, command = TESTS
    failed = run(((name, (*command, *sys.argv[1:])), *STATIC))
    print(f"make check: {'FAILED: ' + ', '.join(failed) if failed else 'all good'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
