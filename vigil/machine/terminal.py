"""What a person sees while `vigil run` runs: what is alive, where, and what to look at first."""

from __future__ import annotations

import logging
import signal
from types import FrameType

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from vigil.machine import instance, prepare, service_names
from vigil.machine.supervisor import Supervisor
from vigil.settings import Settings

COLOURS = {"running": "green", "waiting": "red", "starting": "yellow", "stopped": "dim"}
FIRST_LOOKS = (
    "1  sign in as the owner: the battery report of the first car, and what it says is missing",
    "2  sign in as the adviser: the queue, an alert with its evidence, the offer made from it",
    "3  vigil status   vigil scorecard (alerts against what was planted)   vigil doctor",
)


class Screen:
    """The terminal of one run: a greeting, then one line for every service that changes."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._console = Console(stderr=True)
        self._shown: dict[str, str] = {}

    def greet(self, settings: Settings) -> None:
        """The first page."""
        parts: list[RenderableType] = [Text(f"open   {settings.api.address}", style="bold"), Text()]
        parts += [*self._servers(), states(self._supervisor.states), Text()]
        if settings.demo.enabled:
            parts += [_sign_ins(settings), Text(), Text(self._seed(settings)), Text()]
            parts += [Text(line) for line in FIRST_LOOKS]
        parts.append(Text(f"logs   {settings.data_dir / 'logs'}", style="dim"))
        page = Panel(Group(*parts), title="Vigil", subtitle="Ctrl-C ends everything", expand=False)
        self._console.print(page)
        self._shown = self._supervisor.states

    def change(self) -> None:
        """Say which services changed."""
        now = self._supervisor.states
        changed = {name: state for name, state in now.items() if self._shown.get(name) != state}
        if changed:
            self._console.print(states(changed))
        for name, why in self._supervisor.troubles.items():
            if name in changed:
                self.say(f"  {name} {why}; it is started again; see logs/{name}.log")
        self._shown = now

    def say(self, words: str) -> None:
        """One dim line."""
        self._console.print(words, style="dim")

    def _seed(self, settings: Settings) -> str:
        wanted = self._supervisor.wanted_seed
        kept = f"seed   {settings.demo.seed}   (make run SEED={settings.demo.seed} plants the same)"
        if wanted is not None and wanted != settings.demo.seed:
            return f"{kept}; seed {wanted} needs a new start: make run FRESH=1 SEED={wanted}"
        return kept

    def _servers(self) -> list[Text]:
        lines = []
        database, broker = self._supervisor.servers.database, self._supervisor.servers.broker
        if database is not None:
            lines.append(Text(f"store  PostgreSQL {database.version}, port {database.port}"))
        if broker is not None:
            lines.append(Text(f"broker {broker.kind}, port {broker.port}"))
        if broker is not None and broker.demo_only:
            warning = (
                "DEMO BROKER: one worker, nothing kept; apt-get install mosquitto for a real one"
            )
            lines.append(Text(warning, style="bold red"))
        return lines


def states(named: dict[str, str]) -> Text:
    """One line: each service and its state."""
    line = Text()
    for name, state in named.items():
        line.append(f"{name} ", style="bold").append(f"{state}  ", style=COLOURS.get(state, ""))
    return line


def _sign_ins(settings: Settings) -> Table:
    table = Table("role", "sign in as", "password", box=None, pad_edge=False)
    seen: set[str] = set()
    for role, email, password in prepare.sign_ins(settings):
        if role not in seen:
            table.add_row(role, email, password)
        seen.add(role)
    return table


def supervise(settings: Settings, *, fresh: bool) -> None:
    """Run the instance until Ctrl-C, SIGTERM or the terminal's end."""
    if fresh:
        instance.wipe(settings.data_dir)
    logging.getLogger("vigil.machine.supervisor").setLevel(logging.WARNING)  # the screen says it
    supervisor = Supervisor(settings, services=service_names.chosen(settings))
    screen = Screen(supervisor)

    def end(_number: int, _frame: FrameType | None) -> None:
        supervisor.end()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    screen.say("starting ...")
    with supervisor.running() as working:
        screen.greet(working)
        supervisor.watch(screen.change)
        screen.say("stopping ...")
