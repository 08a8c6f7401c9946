"""What a person sees while `vigil run` runs: what is alive, where, and what to look at first."""

from __future__ import annotations

import signal
from types import FrameType

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from vigil import instance, wiring
from vigil.settings import Settings
from vigil.supervisor import Supervisor

COLOURS = {"running": "green", "waiting": "red", "starting": "yellow", "stopped": "dim"}


def supervise(settings: Settings, *, fresh: bool) -> None:
    """Run the instance until Ctrl-C or SIGTERM."""
    console = Console(stderr=True)
    if fresh:
        instance.wipe(settings.data_dir)
    supervisor = Supervisor(settings, services=wiring.chosen(settings))

    def end(_number: int, _frame: FrameType | None) -> None:
        supervisor.end()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    with supervisor.running() as working:
        console.print(welcome(working, supervisor))
        supervisor.watch(lambda: console.print(states(supervisor)))
        console.print("[dim]stopping ...[/dim]")


def states(supervisor: Supervisor) -> Text:
    """One line: each service and its state."""
    line = Text()
    for name, state in supervisor.states.items():
        line.append(f"{name} ", style="bold").append(f"{state}  ", style=COLOURS.get(state, ""))
    return line


def welcome(settings: Settings, supervisor: Supervisor) -> Panel:
    """The page that greets."""
    signs = Table("role", "sign-in", "password", box=None, pad_edge=False)
    for sign in wiring.sign_ins(settings):
        signs.add_row(*sign)
    parts: list[Text | Table] = [states(supervisor), Text(), *_servers(supervisor), Text()]
    parts += [Text(f"open   {settings.api.address}", style="bold"), Text(), signs, Text()]
    if settings.demo.enabled:
        parts.append(Text(f"seed   {settings.demo.seed}  (make run SEED={settings.demo.seed})"))
    parts += [Text(line) for line in FIRST_LOOKS]
    return Panel(Group(*parts), title="Vigil", subtitle="Ctrl-C ends everything")


FIRST_LOOKS = (
    "look   at the alerts of the demo cars, their evidence, and the offers made from them",
    "then   vigil status   vigil scorecard   vigil doctor",
)


def _servers(supervisor: Supervisor) -> list[Text]:
    lines = []
    database, broker = supervisor.servers.database, supervisor.servers.broker
    if database is not None:
        lines.append(Text(f"store  PostgreSQL {database.version}, port {database.port}"))
    if broker is not None:
        lines.append(Text(f"broker {broker.kind}, port {broker.port}"))
    if broker is not None and broker.demo_only:
        lines.append(
            Text("DEMO BROKER: one worker, nothing kept. apt-get install mosquitto", style="red")
        )
    return lines
