"""Where the rooms are put together: each service is built here from the settings, and run.

The only file that knows every room. A service runs until SIGTERM or SIGINT and then ends cleanly.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from domain.errors import BadInput, NotFound
from vigil.machine.prepare import prepare_demo, prepare_people
from vigil.processes.signals import on_end, until_ended
from vigil.settings import Settings


def serve_ingest(settings: Settings) -> None:
    """One ingest worker, with its health port where the settings name one."""
    from ingest.batcher import Limits
    from ingest.broker import broker
    from ingest.health import HealthPort
    from ingest.service import IngestService
    from store.db.pool import Pool
    from store.people.identity import Directory
    from store.sink.sink import Telemetry

    mqtt, own = settings.mqtt, settings.ingest
    files = {name: str(path) for name, path in mqtt.files().items()}
    with Pool.open(settings.database.url_for("ingest"), name="vigil-ingest") as pool:
        service = IngestService(
            sink=Telemetry(pool),
            directory=Directory(pool),
            broker=broker(mqtt.url_for("ingest"), **files),
            group=own.group,
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


def serve_gbt32960(settings: Settings) -> None:
    """The door for terminals that speak GB/T 32960."""
    from vigil.processes.gbt32960 import run

    run(settings)


def serve_urgent(settings: Settings) -> None:
    """The process that judges urgent events."""
    from vigil.processes.urgent import run

    run(settings)


def serve_worker(settings: Settings) -> None:
    """The process that assesses, rolls up, forgets and notifies."""
    from vigil.processes.worker import run

    run(settings)


def serve_offers(settings: Settings) -> None:
    """The process that makes offers from alerts and delivers messages."""
    from vigil.processes.offers import work

    stop = threading.Event()
    on_end(stop.set)
    work(settings, stop)


def _score(settings: Settings) -> Mapping[str, Any]:
    """Alerts held against what the demo planted."""
    from vigil.demo.scoring import card

    return card(settings)


def serve_api(settings: Settings) -> None:
    """The HTTP service; it answers 503 on /readyz while the database is away."""
    import uvicorn

    from api.app import create_app
    from api.options import Options
    from api.patient_protocol import MOST_CONNECTIONS, PatientProtocol
    from store.db.pool import Pool

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
            proxy_headers=bool(own.trusted_proxies),
            forwarded_allow_ips=own.trusted_proxies or None,
            http=PatientProtocol,
            limit_concurrency=MOST_CONNECTIONS,
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
    "gbt32960": serve_gbt32960,
    "urgent": serve_urgent,
    "worker": serve_worker,
    "offers": serve_offers,
    "api": serve_api,
    "cars": serve_cars,
    "fleet": serve_fleet,
    "demo": serve_all_demo,
}


def serve(name: str, settings: Settings) -> None:
    """Run one service in this process; NotFound lists the names there are."""
    try:
        service = SERVICES[name]
    except KeyError:
        raise NotFound(
            f"no service is called {name!r}", remedy=f"one of: {', '.join(SERVICES)}"
        ) from None
    service(settings)
