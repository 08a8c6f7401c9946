"""The application: options and books in, FastAPI out. Every route names its right or is listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from fastapi import APIRouter, FastAPI, params
from fastapi.routing import APIRoute

from api import errors, health
from api.alerts import endpoints as alerts
from api.auth import endpoints as auth
from api.auth.caller import posting, signed_in
from api.auth.dependencies import AppContext
from api.battery import endpoints as battery
from api.consents import endpoints as consents
from api.offers import endpoints as offers
from api.options import Options
from api.reports import endpoints as reports
from api.request_limits import Guard
from api.stores import Stores
from api.vehicles import endpoints as vehicles
from api.web import console, frame, owner, privacy, signing, static_files
from api.web import reports as report_pages
from api.work import endpoints as work
from store.db.pool import Pool

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    vehicles.router,
    battery.router,
    alerts.router,
    offers.router,
    work.router,
    consents.router,
    health.router,
    signing.router,
    owner.router,
    privacy.router,
    console.router,
    static_files.router,
    reports.router,
    report_pages.router,
)

PUBLIC = frozenset(
    {
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("POST", "/api/v1/tokens"),
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("GET", "/sw.js"),
        ("GET", "/verify/{report_id}"),
        ("GET", "/api/v1/reports/{report_id}/standing"),
    }
)
"""What answers without a sign-in."""


def create_app(options: Options, pool: Pool) -> FastAPI:
    """The service on a pool of role vigil_api. Raises RuntimeError for an unguarded route."""
    app = FastAPI(
        title="Vigil",
        version="1",
        summary="Connected cars: state, battery health, alerts, offers",
        docs_url=None,
        redoc_url=None,
    )
    app.state.context = AppContext.made(options, Stores.on(pool))
    errors.install(app, frame.error_page)
    app.add_middleware(Guard, behind_tls=options.behind_tls)
    for router in ROUTERS:
        check_routes(router)
        app.include_router(router)
    app.mount("/static", static_files.files)
    return app


def rights_of(endpoint: Callable[..., Any]) -> frozenset[str]:
    """The rights that an endpoint's signature asks for."""
    return frozenset(
        str(scope)
        for hint in get_type_hints(endpoint, include_extras=True).values()
        for mark in get_args(hint)
        if isinstance(mark, params.Security) and mark.dependency in (signed_in, posting)
        for scope in mark.scopes or ()
    )


def check_routes(router: APIRouter) -> None:
    """Deny by default: a route that names no right and is not listed stops the start."""
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise RuntimeError(f"{route} is no plain route")
        for method in route.methods or ():
            if (method, route.path) not in PUBLIC and not rights_of(route.endpoint):
                raise RuntimeError(f"{method} {route.path} names no right")
