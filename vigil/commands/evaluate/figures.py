"""`vigil evaluate figures`: the plots of docs/battery.md, made from the models themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vigil.figures import Line


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("figures")(figures)


def figures(
    out: Annotated[Path, typer.Option(help="Folder for the SVG files.")] = Path("docs/figures"),
) -> None:
    """Draw the ageing prior, a forecast and one weak cell among its neighbours, as SVG.

    Nothing is read: the curves come from the models and from a simulated car.
    """
    from vigil.figures import chart

    out.mkdir(parents=True, exist_ok=True)
    made = {
        "fade": chart("Prior: capacity lost", "years", "per cent", _fade()),
        "forecast": chart("Forecast of one car", "years from now", "health, %", _forecast()),
        "cells": chart("A cell that leaks 0.2 % a day", "days", "mV below the median", _cells()),
    }
    for name, text in made.items():
        (out / f"{name}.svg").write_text(text, encoding="utf-8")
        typer.echo(str(out / f"{name}.svg"))


def _fade() -> list[Line]:
    import numpy as np

    from domain.vehicle import Chemistry
    from models.battery.ageing_prior import MULTIPLIER, Stress, fade
    from vigil.figures import Line

    years = np.linspace(0.05, 10, 60)
    lines = []
    for chemistry in (Chemistry.NMC, Chemistry.LFP):
        for celsius in (15, 25, 35):
            stress = Stress(temperatures_k=(celsius + 273.15,))
            lost = 100 * MULTIPLIER[chemistry][0] * fade(years, stress, chemistry)
            name = f"{chemistry.value.upper()} {celsius} °C"
            lines.append(Line(name=name, x=years.tolist(), y=lost.tolist()))
    return lines


def _forecast() -> list[Line]:
    from datetime import UTC, date, datetime, timedelta

    from domain.vehicle import Chemistry
    from models.battery.ageing_prior import Stress
    from models.battery.forecast import Subject, forecast
    from models.battery.fusion import Point
    from vigil.figures import Line

    now = datetime(2026, 1, 1, tzinfo=UTC)
    lines = []
    for name, ages in (("one measured point", (0.0,)), ("three years of points", (3.0, 2, 1, 0))):
        points = [
            Point(
                at_ms=int((now - timedelta(days=365.25 * age)).timestamp() * 1000),
                value=92 + 1.2 * age, low=90 + 1.2 * age, high=94 + 1.2 * age, sd=1.2, segment=0,
                windows=8,
            )
            for age in ages
        ]  # fmt: skip
        found = forecast(
            Subject(
                chemistry=Chemistry.NMC, points=points, now=now, in_service=date(2022, 1, 1),
                km=60_000, km_per_year=15_000, stress=Stress(),
            )
        )  # fmt: skip
        years, low, median, high = (_numbers(found[n]) for n in ("years", "low", "median", "high"))
        lines.append(Line(name=name, x=years, y=median, band=(low, high)))
    return lines


def _numbers(values: object) -> list[float]:
    assert isinstance(values, list)
    return [float(v) for v in values]


def _cells() -> list[Line]:
    import numpy as np

    from models.battery.situations import Situations
    from models.features.rows import pack_rows
    from simulators.battery.faults import CellFault
    from simulators.battery.life import Car
    from simulators.battery.recording import CarSpec
    from vigil.field_trial import window_of
    from vigil.figures import Line

    spec = CarSpec(
        seed=7, days=45, with_cells=True, lost_days=0.0,
        faults=(CellFault(kind="self_discharge", cell=40, start_day=5.0, rate=0.002),),
    )  # fmt: skip
    looks = Situations().update(pack_rows(window_of(Car(spec=spec).record(), spec.days)))
    days = [(look.seen_ms - spec.start_ms) / 86_400_000 for look in looks]
    deviation = -np.stack([look.deviation_mv for look in looks])
    low, high = np.nanquantile(deviation, (0.05, 0.95), axis=1)
    middle = np.nanmedian(deviation, axis=1)
    return [
        Line(name="5-95 % of cells", x=days, y=middle.tolist(), band=(low.tolist(), high.tolist())),
        Line(name="the leaking cell", x=days, y=deviation[:, 40].tolist()),
    ]
