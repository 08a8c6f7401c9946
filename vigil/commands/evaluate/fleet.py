"""What commands on simulated fleets share: their options, and progress on the way."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Annotated, TypeVar

import typer

Scored = TypeVar("Scored")
Cars = Annotated[int, typer.Option(min=1, help="Cars to simulate; about half are LFP.")]
Seed = Annotated[int, typer.Option(help="Seed of the fleet.")]
Days = Annotated[int, typer.Option(min=30, max=730, help="Days of data per car.")]
Jobs = Annotated[int, typer.Option(min=1, help="Processes.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
CORES = max(os.cpu_count() or 1, 1)


def gathered(scored: Iterable[Scored], cars: int) -> list[Scored]:
    """Every scored car; says on stderr how far it has come."""
    found: list[Scored] = []
    for car in scored:
        found.append(car)
        if len(found) % 50 == 0 or len(found) == cars:
            typer.echo(f"{len(found)} of {cars} cars", err=True)
    return found
