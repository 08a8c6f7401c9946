"""`make bench`: every `vigil bench` command, one JSON line each; exit code 1 when one fails."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import typer

from vigil.commands import bench


def names() -> list[str]:
    """Names of the commands of the group."""
    app = typer.Typer()
    bench.register(app)
    group = app.registered_groups[0].typer_instance
    assert group is not None
    commands = group.registered_commands
    return [each.name or each.callback.__name__ for each in commands if each.callback]


def main() -> int:
    """Entry point; names given as arguments choose."""
    vigil = Path(sys.executable).parent / "vigil"
    failed = []
    for name in sys.argv[1:] or names():
        done = subprocess.run(
            [vigil, "bench", name, "--json"], stdout=subprocess.PIPE, text=True, check=False
        )
        try:
            print(json.dumps({"bench": name, **json.loads(done.stdout)}), flush=True)
        except ValueError:
            failed.append(name)
            print(json.dumps({"bench": name, "failed": done.returncode}), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
