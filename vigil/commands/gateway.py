"""`vigil gateway`: the car's own commands, as `vigil-gateway` has them."""

from __future__ import annotations

import typer

from gateway.cli import app


def register(parent: typer.Typer) -> None:
    """Mount the commands."""
    parent.add_typer(app, name="gateway")
