"""`make check`: style, types, floors, and the tests that need no server."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NO_SERVERS = "not database and not timescale and not broker and not browser and not slow"
STATIC = (
    ("format", (BIN / "ruff", "format", "--check", "--quiet", ".")),
    ("style", (BIN / "ruff", "check", "--quiet", ".")),
    ("types", (BIN / "mypy",)),
    ("floors", (BIN / "lint-imports",)),
)
TESTS = ("tests", (BIN / "pytest", "-q", "-m", NO_SERVERS, "tests"))


def run(steps: tuple[tuple[str, tuple[object, ...]], ...]) -> list[str]:
    """Run every step, whatever the others say; returns the names of those that failed."""
    failed = []
    for name, command in steps:
        began = time.monotonic()
        code = subprocess.run([str(word) for word in command], cwd=ROOT, check=False).returncode
        word = "ok" if code == 0 else "FAILED"
        print(f"--- {name}: {word} ({time.monotonic() - began:.0f} s)", flush=True)
        failed += [name] if code else []
    return failed


def main() -> int:
    """Entry point."""
    name, command = TESTS
    failed = run((*STATIC, (name, (*command, *sys.argv[1:]))))
    print(f"make check: {'FAILED: ' + ', '.join(failed) if failed else 'all good'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
