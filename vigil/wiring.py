"""Where the rooms are put together: each service is built here from the settings, and run.

The only file that knows every room. A service runs until SIGTERM or SIGINT and then ends cleanly.
"""

from __future__ import annotations

import secrets
import signal
import threading
from collections.abc import Callable
from types import FrameType
from urllib.parse import urlsplit

from domain.errors import NotFound
from vigil.settings import Settings

SEEDS = 2**31


def prepare_store(settings: Settings) -> list[str]:
    """Roles, database and newest migrations, where the settings allow it; returns what ran.

    With an administrator's URL everything; with the owner's password the migrations; with
    neither nothing: an operator did it with `vigil db prepare`.
    """
    from store import jobs
    from store.bootstrap import bootstrap
    from store.migrate import migrate

    database = settings.database
    words = database.passwords()
    if database.admin_url is not None and database.url is not None:
        bootstrap(
            database.admin_url.get_secret_value(),
            database=urlsplit(database.url.get_secret_value()).path.lstrip("/"),
            passwords={f"vigil_{role}": word for role, word in words.items()},
        )
    if "owner" not in words:
        return []
    ran = migrate(database.url_for("owner"))
    return [*ran, "jobs"] if jobs.prepare(database.url_for("owner")) else ran


def prepare_demo(settings: Settings) -> Settings:
    """The settings with a seed: the one of the folder's demo, else the given, else a drawn one."""
    from vigil.demo.story import kept_seed

    seed = kept_seed(settings.data_dir) if settings.demo.enabled else None
    if seed is None:
        seed = settings.demo.seed
    return settings.with_values(
        {"demo": {"seed": secrets.randbelow(SEEDS) if seed is None else seed}}
    )


def chosen(settings: Settings) -> list[str]:
    """Services of an instance on one machine."""
    return [name for name in SERVICES if settings.demo.enabled or name not in DEMO]


def sign_ins(settings: Settings) -> list[tuple[str, str, str]]:
    """Role, name and password of the people of the demo, made at the first start."""
    return []


def until_ended(stop: Callable[[], None]) -> None:
    """Block until SIGTERM or SIGINT, then call `stop`."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    ended.wait()
    stop()


def serve_ingest(settings: Settings) -> None:
    """One ingest worker, with its health port where the settings name one."""
    from ingest.batcher import Limits
    from ingest.broker import broker
    from ingest.health import HealthPort
    from ingest.service import IngestService
    from store.identity import Directory
    from store.pool import Pool
    from store.telemetry import Telemetry

    mqtt, own = settings.mqtt, settings.ingest
    files = {name: str(path) for name, path in mqtt.files().items()}
    with Pool.open(settings.database.url_for("ingest"), name="vigil-ingest") as pool:
        service = IngestService(
            sink=Telemetry(pool),
            directory=Directory(pool),
            broker=broker(mqtt.url_for("ingest"), **files),
            limits=Limits(group=own.batch_messages, wait_s=own.batch_ms / 1000),
            receive_maximum=own.receive_maximum,
        )
        health = HealthPort(
            service.meters.registry,
            lambda: service.ready,
            host=own.health_host,
            port=own.health_port,
        )
        health.start()
        service.start()
        until_ended(service.stop)
        health.stop()


def serve_urgent(settings: Settings) -> None:
    """The process that judges urgent events."""
    from vigil.urgent import run

    run(settings)


def serve_worker(settings: Settings) -> None:
    """The process that assesses, rolls up, forgets and notifies."""
    from vigil.worker import run

    run(settings)


def serve_api(settings: Settings) -> None:
    """The HTTP service."""
    import uvicorn
    from api.app import create_app

    uvicorn.run(
        create_app(settings),
        host=settings.api.host,
        port=settings.api.port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
    )


def serve_demo(settings: Settings, part: str) -> None:
    """Demo cars: `cars` on a bus of this process, or the `fleet` that reports itself."""
    from vigil.demo.service import build

    demo = build(settings, part)
    worker = threading.Thread(target=demo.run, name=part)
    worker.start()
    until_ended(demo.end)
    worker.join()


def serve_cars(settings: Settings) -> None:
    """The demo cars that the gateway agent reads over CAN."""
    serve_demo(settings, "cars")


def serve_fleet(settings: Settings) -> None:
    """The demo cars that report themselves."""
    serve_demo(settings, "fleet")


SERVICES: dict[str, Callable[[Settings], None]] = {
    "ingest": serve_ingest,
    "urgent": serve_urgent,
    "worker": serve_worker,
    "api": serve_api,
    "cars": serve_cars,
    "fleet": serve_fleet,
}


DEMO = frozenset({"cars", "fleet"})
"""Services that only a demo has."""


def serve(name: str, settings: Settings) -> None:
    """Run one service in this process; NotFound lists the names there are."""
    try:
        service = SERVICES[name]
    except KeyError:
        raise NotFound(
            f"no service is called {name!r}", remedy=f"one of: {', '.join(SERVICES)}"
        ) from None
    service(settings)
