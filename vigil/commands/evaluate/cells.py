"""`vigil evaluate cells`: the cell watch on simulated fleets with planted cell faults."""

from __future__ import annotations

import json
from typing import Any

import typer

from vigil.commands.evaluate.fleet import CORES, AsJson, Cars, Days, Jobs, Seed, gathered


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("cells")(cells)


def cells(
    cars: Cars = 400,
    seed: Seed = 1,
    days: Days = 90,
    jobs: Jobs = CORES,
    as_json: AsJson = False,
) -> None:
    """Plant cell faults in simulated cars and say which were found, how early, and what was false.

    Found: the cell's own fault at orange on that cell; a wrong reading or a spread pack under its
    own name. False: orange on a cell that has nothing of its own. A lead counts to the row at
    which the cell lacks 12 points of charge or capacity, or has 2.5 times its resistance.
    """
    from vigil.trials.cell_faults import score_fleet, summary

    scored = gathered(score_fleet(seed, cars, days, jobs), cars)
    chemistries = {
        name: summary(car for car in scored if car.chemistry == name) for name in ("nmc", "lfp")
    }
    result = {
        "cars": cars,
        "seed": seed,
        "days": days,
        "protocol": "simulators.battery fleet; causal, day by day; one setting for all cars",
        "chemistries": chemistries,
    }
    typer.echo(json.dumps(result) if as_json else _text(chemistries))


def _text(chemistries: dict[str, dict[str, Any]]) -> str:
    lines = []
    for name, s in chemistries.items():
        low, high = s["false_alarms_exact_interval"]
        lines.append(
            f"{name.upper()}: {s['cars']} cars, {s['vehicle_months']} vehicle-months, "
            f"{s['false_alarm_cars']} with a false alarm ({low}-{high} per 1,000 vehicle-months)"
        )
        lines += [_line(kind, k) for kind, k in s["kinds"].items() if k["planted"]]
        told = s["foretold"]
        lines.append(f"  alarm inside the span that was said: {told['count']} of {told['of']}")
    return "\n".join(lines)


def _line(kind: str, k: dict[str, Any]) -> str:
    lead = k["median_lead_days"]
    ahead = "" if lead is None else f", median lead {lead} days"
    return f"  {kind:15} {k['found']['count']} of {k['planted']} found{ahead}"
