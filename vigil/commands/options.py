"""Options that many commands share, and the settings they lead to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from vigil import settings as config
from vigil.settings import Settings

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder of state (VIGIL_DATA_DIR, default .vigil)."),
]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="TOML file (VIGIL_CONFIG, default vigil.toml).")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def settings_for(
    data_dir: Path | None = None, file: Path | None = None, **flags: dict[str, Any]
) -> Settings:
    """The settings as flags, environment and file give them."""
    return config.load(
        flags={"data_dir": str(data_dir) if data_dir else None, **flags}, config=file
    )


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))
