"""`vigil evaluate figures`: the plots of docs/battery.md, made from the models themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from firmware_contracts.durations import DAY_MS

if TYPE_CHECKING:
    from vigil.trials.forecast import Life
    from vigil.trials.svg import Curve


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("figures")(figures)


def figures(
    out: Annotated[Path, typer.Option(help="Folder for the SVG files.")] = Path("docs/figures"),
    cars: Annotated[int, typer.Option(min=8, help="Simulated cars behind the two trials.")] = 60,
    seed: Annotated[int, typer.Option(help="Seed of those cars.")] = 2026,
) -> None:
    """Draw the ageing prior, one forecast, a weak cell, and how both trials came out, as SVG.

    Nothing is read: the curves come from the models and from simulated cars. Same seed, same files.
    """
    from vigil.trials.svg import chart

    out.mkdir(parents=True, exist_ok=True)
    forecast, coverage = _forecasts(cars, seed)
    made = {
        "fade": chart(
            "The prior: capacity lost in use", "years since new", "capacity lost, %", _fade()
        ),
        "forecast": chart(
            "One simulated car: measured, foretold, and what became of it",
            "years since new",
            "capacity health, %",
            forecast,
        ),
        "cells": chart(
            "A cell that leaks 0.2 % a day", "days", "mV below the pack's median", _cells()
        ),
        "field": chart(
            "Measured against true health after 90 days",
            "true capacity health, %",
            "measured, with 90 % interval, %",
            _field(cars, seed),
        ),
        "coverage": chart(
            "How often the forecast's 90 % band held", "years ahead", "cars inside, %", coverage
        ),
    }
    for name, text in made.items():
        (out / f"{name}.svg").write_text(text, encoding="utf-8")
        typer.echo(str(out / f"{name}.svg"))


def _fade() -> list[Curve]:
    import numpy as np

    from domain.vehicle import Chemistry
    from models.battery.ageing.prior import MULTIPLIER, Stress, fade
    from vigil.trials.svg import Curve

    years = np.linspace(0.05, 10, 60)
    lines = []
    for chemistry in (Chemistry.NMC, Chemistry.LFP):
        for celsius in (15, 25, 35):
            stress = Stress(temperatures_k=(celsius + 273.15,))
            lost = 100 * MULTIPLIER[chemistry][0] * fade(years, stress, chemistry)
            name = f"{chemistry.value.upper()} at {celsius} °C"
            dashed = chemistry is Chemistry.LFP
            lines.append(Curve(name=name, x=years.tolist(), y=lost.tolist(), dashed=dashed))
    return lines


def _forecasts(cars: int, seed: int) -> tuple[list[Curve], list[Curve]]:
    """One car's forecast in full, and the coverage of all."""
    from vigil.trials.forecast import live_all

    lives = list(live_all(seed, cars, 3.0, 1))
    shown = next(life for life in lives if life.chemistry == "nmc" and life.subject.points)
    return _one_forecast(shown), _coverage(lives)


def _one_forecast(life: Life) -> list[Curve]:
    from models.battery.ageing.forecast import forecast
    from vigil.trials.forecast import AHEAD
    from vigil.trials.svg import Curve

    subject, found = life.subject, forecast(life.subject)
    years, low, median, high = (_numbers(found[n]) for n in ("years", "low", "median", "high"))
    now = subject.age_years
    points = subject.points[:: max(len(subject.points) // 14, 1)]
    ages = subject.ages()[:: max(len(subject.points) // 14, 1)]
    return [
        Curve(name="forecast, 90 % band", x=[now + y for y in years], y=median, band=(low, high)),
        Curve(
            name="measured, 90 % interval",
            x=ages.tolist(),
            y=[p.value for p in points],
            band=([p.low for p in points], [p.high for p in points]),
            marks=True,
        ),
        Curve(
            name="the truth",
            x=[now, *(now + a for a in AHEAD)],
            y=[life.now_pct, *life.truth_pct],
            dashed=True,
        ),
    ]


def _coverage(lives: list[Life]) -> list[Curve]:
    from vigil.trials.forecast import AHEAD, HISTORIES, foretell, summary
    from vigil.trials.svg import Curve

    lines = [Curve(name="promised", x=[2.5, 8.5], y=[90.0, 90.0], dashed=True)]
    for number, chemistry in enumerate(("nmc", "lfp")):
        for history in HISTORIES:
            told = [foretell(each, history) for each in lives if each.chemistry == chemistry]
            ahead = summary([t for t in told if t is not None])["ahead"]
            assert isinstance(ahead, dict)
            scores = [ahead[f"{years:g}"] for years in AHEAD]
            bounds = [s["coverage90_exact_interval"] for s in scores]
            shift = 0.16 * (2 * number + (history == HISTORIES[1]) - 1.5)
            lines.append(
                Curve(
                    name=f"{chemistry.upper()}, {history.replace('_', ' ')}",
                    marks=True,
                    x=[years + shift for years in AHEAD],
                    y=[100 * s["coverage90"] for s in scores],
                    band=([100 * b[0] for b in bounds], [100 * b[1] for b in bounds]),
                )
            )
    return lines


def _field(cars: int, seed: int) -> list[Curve]:
    from vigil.trials.field_soh import Trial, score_fleet
    from vigil.trials.svg import Curve

    scored = [c for c in score_fleet(Trial(seed=seed), cars, 1) if c.looks[-1].value is not None]
    ends = [min(c.truth_pct for c in scored), max(c.truth_pct for c in scored)]
    lines = [Curve(name="measured = true", x=ends, y=ends, dashed=True)]
    for chemistry in ("nmc", "lfp"):
        looks = [(c.truth_pct, c.looks[-1]) for c in scored if c.chemistry == chemistry]
        lines.append(
            Curve(
                name=chemistry.upper(),
                x=[true for true, _ in looks],
                marks=True,
                y=[look.value or 0.0 for _, look in looks],
                band=([look.low for _, look in looks], [look.high for _, look in looks]),
            )
        )
    return lines


def _numbers(values: object) -> list[float]:
    assert isinstance(values, list)
    return [float(v) for v in values]


def _cells() -> list[Curve]:
    import numpy as np

    from models.battery.cells.observations import HourlyObservations
    from models.battery.pack_rows import pack_rows
    from simulators.battery.faults import CellFault
    from simulators.battery.life import BatteryLife
    from simulators.battery.recording import LifeSpec
    from vigil.trials.field_soh import window_of
    from vigil.trials.svg import Curve

    spec = LifeSpec(
        seed=7,
        days=45,
        with_cells=True,
        lost_days=0.0,
        faults=(CellFault(kind="self_discharge", cell=40, start_day=5.0, rate=0.002),),
    )
    looks = HourlyObservations().update(
        pack_rows(window_of(BatteryLife(spec=spec).record(), spec.days))
    )
    days = [(look.seen_ms - spec.start_ms) / DAY_MS for look in looks]
    deviation = -np.stack([look.deviation_mv for look in looks])
    low, high = np.nanquantile(deviation, (0.05, 0.95), axis=1)
    middle = np.nanmedian(deviation, axis=1)
    return [
        Curve(
            name="5-95 % of cells", x=days, y=middle.tolist(), band=(low.tolist(), high.tolist())
        ),
        Curve(name="the leaking cell", x=days, y=deviation[:, 40].tolist()),
    ]
