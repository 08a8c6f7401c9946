"""`vigil simulate`: cars on a bus, and fleets of histories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Simulated cars: on a bus now, or as histories.")

Seed = Annotated[int, typer.Option("--seed", help="Same seed, same cars, same bytes.")]
Scenario = Annotated[str, typer.Option("--scenario", help="Name, or path of a YAML file.")]


@app.command()
def live(
    car: Annotated[str, typer.Option("--car", help="Name in the scenario, e.g. bev-01.")],
    seed: Seed = 1,
    scenario: Scenario = "demo",
    interface: Annotated[str, typer.Option(help="virtual or udp_multicast.")] = "udp_multicast",
    channel: Annotated[str, typer.Option(help="HOST:PORT for udp_multicast.")] = "",
    seconds: Annotated[float, typer.Option(help="End after so long; 0 never.")] = 0.0,
) -> None:
    """Put one car on a bus: it answers OBD and UDS and broadcasts, until Ctrl-C.

    Read it from another terminal: vigil gateway run --interface udp_multicast ...
    """
    import signal
    import threading
    import time

    from domain.errors import BadInput
    from simulators.bus_thread import CarOnBus
    from simulators.buses import FIRST_PORT, MULTICAST, open_bus
    from simulators.car import Car
    from simulators.live_car import LivingCar

    now_ms = int(time.time() * 1000)
    plans = {plan.name: plan for plan in _load(scenario).plans(seed, now_ms)}
    if car not in plans:
        raise BadInput("car", car, "is not in the scenario", remedy=f"one of {', '.join(plans)}")
    where = channel or (f"{MULTICAST}:{FIRST_PORT}" if interface == "udp_multicast" else "demo")
    on_bus = CarOnBus(LivingCar(Car(plans[car], now_ms)), open_bus(interface, where))
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    on_bus.start()
    typer.echo(f"{car} is on {interface} {where}; Ctrl-C ends it", err=True)
    ended.wait(seconds or None)
    on_bus.stop()


@app.command()
def fleet(
    vehicles: Annotated[int, typer.Option("--vehicles", min=1, help="How many cars.")] = 24,
    days: Annotated[int, typer.Option("--days", min=1, help="Length of the history.")] = 120,
    seed: Seed = 1,
    scenario: Scenario = "demo",
    out: Annotated[
        Path | None, typer.Option("--out", help="Keep messages and truth in this folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Grow the histories of a fleet and say what they amount to.

    Beyond the cars of the scenario, cars are drawn after their pattern with numbers of their own.
    """
    import json

    from vigil.demo.growing import grow

    said = grow(_load(scenario), vehicles=vehicles, days=days, seed=seed, out=out, say=_progress)
    if as_json:
        typer.echo(json.dumps(said))
        return
    for key, value in said.items():
        typer.echo(f"{key:<24} {value}")


def _progress(line: str) -> None:
    typer.echo(line, err=True)


def _load(name: str):  # type: ignore[no-untyped-def]
    from domain.errors import BadInput
    from simulators.fleet import ScenarioError, load

    try:
        return load(name)
    except ScenarioError as error:
        raise BadInput("scenario", name, str(error), remedy="see docs/simulators.md") from error


def register(parent: typer.Typer) -> None:
    """Mount the command."""
    parent.add_typer(app, name="simulate")
