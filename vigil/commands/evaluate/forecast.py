"""`vigil evaluate forecast`: what we foretold of simulated cars, and what became of them."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from vigil.commands.evaluate.fleet import CORES, AsJson, Jobs, Seed, gathered


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("forecast")(forecast)


def forecast(
    cars: Annotated[int, typer.Option(min=4, help="Cars to simulate; about half are LFP.")] = 300,
    seed: Seed = 1,
    years: Annotated[
        float, typer.Option(min=0.5, max=8, help="Years each car is watched before the forecast.")
    ] = 3.0,
    jobs: Jobs = CORES,
    as_json: AsJson = False,
) -> None:
    """Watch cars fourteen days every quarter, forecast 3, 5 and 8 years ahead, and look again.

    Errors and widths are points of per cent, probabilities 0..1. Every fifth car is for hire. The
    prior is the literature's, or the fits of the other half of the same chemistry (`cohort`).
    """
    from vigil.trials.forecast import AHEAD, WARRANTY, live_all, score

    lives = gathered(live_all(seed, cars, years, jobs), cars)
    scores = {
        name: score([life for life in lives if life.chemistry == name]) for name in ("nmc", "lfp")
    }
    result = {
        "cars": cars,
        "seed": seed,
        "years_watched": years,
        "years_ahead": list(AHEAD),
        "warranty": {
            "years": WARRANTY.years,
            "km": WARRANTY.km,
            "threshold_pct": WARRANTY.threshold_pct,
        },
        "protocol": "simulators.battery cars on record 14 days a quarter; our windows, filter, "
        "habits and forecast; cohort priors from the other half of the cars",
        "chemistries": scores,
    }
    typer.echo(json.dumps(result) if as_json else _text(scores))


def _text(chemistries: dict[str, Any]) -> str:
    lines = []
    for name, priors in chemistries.items():
        for prior, histories in priors.items():
            for history, scored in histories.items():
                lines.append(
                    f"{name.upper()}, {prior}, {history.replace('_', ' ')}: {scored['cars']} cars"
                )
                lines += [_line(years, s) for years, s in scored["ahead"].items()]
    return "\n".join(lines)


def _line(years: str, s: dict[str, Any]) -> str:
    return (
        f"  +{years} years: error {s['mae']:.1f}, bias {s['bias']:+.1f}, band holds "
        f"{s['coverage90']:.0%}, width {s['width90_median']:.1f}; below 80 %: Brier "
        f"{s['below_80']['brier']:.3f} (base rate {s['below_80']['brier_base_rate']:.3f})"
    )
