"""`vigil bench start`: how long until the first page, and until the whole demo fleet is fresh."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from vigil.commands.options import AsJson, print_json

LOOK_S = 0.25
"""Between looks: finer than anybody notices."""


def start(
    cars: Annotated[int, typer.Option("--cars", help="Cars of the demo.")] = 24,
    limit_s: Annotated[float, typer.Option("--limit-s", help="Give up after so long.")] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Start a fresh demo in a folder of its own and measure.

    first_page_s: from the command to the first page of the API; fleet_fresh_s: until every car
    has data younger than 15 s. Exit code 1 when either does not come within the limit.
    """
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        found = _measure(folder / "state", cars, limit_s)
    if as_json:
        print_json(found)
    else:
        for key, value in found.items():
            typer.echo(f"{key:<14} {value}")
    raise typer.Exit(1 if None in found.values() else 0)


def _measure(data_dir: Path, cars: int, limit_s: float) -> dict[str, object]:
    import os

    own = {"VIGIL_DATA_DIR": str(data_dir), "VIGIL_API__PORT": "0", "VIGIL_DEMO__CARS": str(cars)}
    command = [sys.executable, "-m", "vigil", "run"]
    began = time.monotonic()
    with subprocess.Popen(
        command, env={**os.environ, **own}, stderr=subprocess.DEVNULL, cwd="/"
    ) as process:
        try:
            page_s = _until(lambda: _page(data_dir), began, limit_s)
            fresh_s = _until(lambda: _fresh(data_dir) >= cars, began, limit_s)
        finally:
            process.terminate()
    return {"first_page_s": page_s, "fleet_fresh_s": fresh_s, "cars": cars}


def _until(true: Callable[[], bool], began: float, limit_s: float) -> float | None:
    while not true():
        if time.monotonic() - began > limit_s:
            return None
        time.sleep(LOOK_S)
    return round(time.monotonic() - began, 1)


def _page(data_dir: Path) -> bool:
    import httpx

    try:
        answer = httpx.get(page_address(data_dir), timeout=5, follow_redirects=True)
    except (OSError, ValueError, KeyError, httpx.HTTPError):
        return False
    return answer.status_code == httpx.codes.OK


def page_address(data_dir: Path) -> str:
    """The first page anybody sees, on the port that was really taken."""
    api = json.loads((data_dir / "instance.json").read_text())["api"]
    return f"http://{api['host']}:{api['port']}/sign-in"


def _fresh(data_dir: Path) -> int:
    from domain.errors import Retry
    from vigil.machine.instance import find
    from vigil.machine.overview import look

    running = find(data_dir)
    try:
        return int(look(running)["fresh"]) if running is not None else 0
    except Retry:
        return 0


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(start)
