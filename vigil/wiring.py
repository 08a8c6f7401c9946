"""Where the rooms are put together: each service is built here from the settings, and run.

The only file that knows every room. A service runs until SIGTERM or SIGINT and then ends cleanly.
"""

from __future__ import annotations

import secrets
import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from domain.errors import BadInput, NotFound
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


def prepare_reports(settings: Settings) -> None:
    """The key that signs battery reports, made with the installation."""
    from datetime import UTC, datetime

    from vigil.report.keys import KeyRing

    KeyRing(settings.data_dir / "reports").open(datetime.now(UTC))


def prepare_demo(settings: Settings) -> Settings:
    """The settings with a seed: the one of the folder's demo, else the given, else a drawn one."""
    from vigil.demo.story import kept_seed

    seed = kept_seed(settings.data_dir) if settings.demo.enabled else None
    if seed is None:
        seed = settings.demo.seed
    return settings.with_values(
        {"demo": {"seed": secrets.randbelow(SEEDS) if seed is None else seed}}
    )


CORE = ("ingest", "urgent", "worker", "offers", "api")


def chosen(settings: Settings) -> list[str]:
    """Services of an instance on one machine."""
    return [*CORE, *(sorted(DEMO) if settings.demo.enabled else ())]


def prepare_people(settings: Settings) -> None:
    """The demo's accounts, centres and bay time, made where they are missing."""
    if not settings.demo.enabled:
        return
    from store.identity import Registry
    from store.pool import Pool
    from vigil.demo import garage, people, story, workshop

    with Pool.open(settings.database.url_for("worker"), name="vigil-demo") as pool:
        ground = garage.ground(Registry(pool))
        people.prepare(pool, ground, story.folder_of(settings.data_dir))
        workshop.prepare(pool, ground)


def sign_ins(settings: Settings) -> list[tuple[str, str, str]]:
    """Role, name and password of the people of the demo, made at the first start."""
    from vigil.demo import people, story

    found = people.kept(story.folder_of(settings.data_dir)) if settings.demo.enabled else []
    return [(each.role, each.email, each.password) for each in found]


def on_end(stop: Callable[[], None]) -> None:
    """Have SIGTERM and SIGINT call `stop`; the service itself runs in the main thread, so that
    what it raises ends the process and the supervisor sees it."""

    def end(_number: int, _frame: FrameType | None) -> None:
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def until_ended(stop: Callable[[], None]) -> None:
    """Block until SIGTERM or SIGINT, then call `stop`."""
    ended = threading.Event()
    on_end(ended.set)
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


def serve_offers(settings: Settings) -> None:
    """The process that makes offers from alerts and delivers messages."""
    from vigil.desk import work

    stop = threading.Event()
    on_end(stop.set)
    work(settings, stop)


def _score(settings: Settings) -> dict[str, Any]:
    """Alerts held against what the demo planted."""
    from vigil.scoring import card

    return card(settings)


def serve_api(settings: Settings) -> None:
    """The HTTP service; it answers 503 on /readyz while the database is away."""
    import uvicorn

    from api.app import create_app
    from api.options import Options
    from store.pool import Pool

    own, database = settings.api, settings.database
    if own.secret is None:
        raise BadInput(
            "api.secret", None, "is not set", remedy="set VIGIL_API__SECRET_FILE (16 bytes or more)"
        )
    options = Options(
        secret=own.secret.get_secret_value().encode(),
        behind_tls=own.behind_tls,
        public_url=own.address,
        score=partial(_score, settings) if settings.demo.enabled else None,
    )
    with Pool.open(database.url_for("api"), max_size=database.pool_max, name="vigil-api") as pool:
        uvicorn.run(
            create_app(options, pool),
            host=own.host,
            port=own.port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=3,
        )


def serve_demo(settings: Settings, part: str) -> None:
    """Demo cars: `cars` on a bus of this process, the `fleet` that reports itself, or `all`."""
    from vigil.demo.service import build

    demo = build(settings, part)
    on_end(demo.end)
    demo.run()


def serve_cars(settings: Settings) -> None:
    """The demo cars that the gateway agent reads over CAN."""
    serve_demo(settings, "cars")


def serve_all_demo(settings: Settings) -> None:
    """Both in one process, with the demo's people: for compose."""
    prepare_people(settings)
    serve_demo(prepare_demo(settings), "all")


def serve_fleet(settings: Settings) -> None:
    """The demo cars that report themselves."""
    serve_demo(settings, "fleet")


SERVICES: dict[str, Callable[[Settings], None]] = {
    "ingest": serve_ingest,
    "urgent": serve_urgent,
    "worker": serve_worker,
    "offers": serve_offers,
    "api": serve_api,
    "cars": serve_cars,
    "fleet": serve_fleet,
    "demo": serve_all_demo,
}


DEMO = frozenset({"cars", "fleet"})
"""Services that only a demo on one machine has."""


def serve(name: str, settings: Settings) -> None:
    """Run one service in this process; NotFound lists the names there are."""
    try:
        service = SERVICES[name]
    except KeyError:
        raise NotFound(
            f"no service is called {name!r}", remedy=f"one of: {', '.join(SERVICES)}"
        ) from None
    service(settings)
