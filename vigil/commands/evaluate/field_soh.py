"""`vigil evaluate field-soh`: our state of health on simulated fleets whose truth is known."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from simulators.battery.scenes import SCENES
from vigil.commands.evaluate.fleet import CORES, AsJson, Cars, Days, Jobs, Seed, gathered


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("field-soh")(field_soh)


def field_soh(
    cars: Cars = 1000,
    seed: Seed = 1,
    days: Days = 90,
    period: Annotated[
        float | None, typer.Option(min=1, max=120, help="Seconds between rows; else 10 or 30.")
    ] = None,
    scene: Annotated[str, typer.Option(help="A hard case: " + ", ".join(SCENES))] = "plain",
    jobs: Jobs = CORES,
    as_json: AsJson = False,
) -> None:
    """Simulate cars with their own ageing, sensors, BMS and habits, and judge our answers.

    Errors are points of per cent of the rated capacity, or of the energy rated at C/3 and 25 °C
    (`energy_...`). A jump is a change between two looks at one car larger than half the previous
    90 % interval, unless a new segment was stated.
    """
    from vigil.trials.field_soh import Trial, looks_of, score_fleet, summary

    if scene not in SCENES:
        raise typer.BadParameter(f"{scene!r} is not one of {', '.join(SCENES)}")
    trial = Trial(seed=seed, days=days, period_s=period, scene=scene)
    scored = gathered(score_fleet(trial, cars, jobs), cars)
    chemistries = {
        name: summary(car for car in scored if car.chemistry == name) for name in ("nmc", "lfp")
    }
    result = {
        "cars": cars,
        "seed": seed,
        "days": days,
        "period_s": period,
        "scene": scene,
        "looks_days": looks_of(days),
        "protocol": "simulators.battery fleet; causal looks; scored at the last one",
        "chemistries": chemistries,
    }
    typer.echo(json.dumps(result) if as_json else _text(chemistries))


def _text(chemistries: dict[str, dict[str, object]]) -> str:
    lines = []
    for name, s in chemistries.items():
        lines.append(f"{name.upper()}: {s['answered']} of {s['cars']} cars answered")
        if not s["answered"]:
            continue
        lines.append(f"  error {s['mae']:.2f} points, bias {s['bias']:+.2f}")
        lines.append(
            f"  90 % interval holds {s['coverage90']:.1%}, width {s['width90_median']:.1f}"
        )
        if s["energy_mae"] is not None:
            lines.append(
                f"  energy: error {s['energy_mae']:.2f} points, bias {s['energy_bias']:+.2f}, "
                f"holds {s['energy_coverage90']:.1%}, width {s['energy_width90_median']:.1f}"
            )
        lines.append(f"  jumps {s['jumps']}; the cars' own figure is off by {s['bms_mae']:.2f}")
    return "\n".join(lines)
