"""Write the lock files: every transitive package with the hashes of all its files, for any machine.

requirements.lock              the service, with what builds it
requirements-dev.lock          the same and what the tests need
deploy/car/requirements.lock   the gateway alone

Where packages come from is the caller's pip configuration; no address is written down.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
PARTS = {
    "requirements.lock": ["pyproject.toml", "deploy/build.in", "--extra", "all"],
    "requirements-dev.lock": [
        "pyproject.toml", "deploy/build.in", "--extra", "all", "--extra", "dev",
        "--extra", "mf4", "--extra", "serial",
    ],
    "deploy/car/requirements.lock": ["deploy/car/pyproject.toml"],
}  # fmt: skip
OPTIONS = (
    "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate",
    "--python-version", "3.11", "--upgrade",
)  # fmt: skip


def main() -> int:
    """Write all; the first failure ends it."""
    for lock, sources in PARTS.items():
        command = [str(UV), "pip", "compile", *sources, *OPTIONS, "--quiet", "-o", lock]
        done = subprocess.run([*command, *sys.argv[1:]], cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
        print(f"{lock}: {(ROOT / lock).read_text().count('==')} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
