"""The OpenAPI document without a running service: for programs' authors and for checks."""

from __future__ import annotations

from fastapi import FastAPI

from api.app import ROUTERS


def document() -> dict[str, object]:
    """OpenAPI of /api/v1 and the health addresses; pages are left out."""
    app = FastAPI(title="Vigil", version="1", summary="Connected cars: state, health, alerts")
    for router in ROUTERS:
        app.include_router(router)
    found = app.openapi()
    kept = {
        path: each
        for path, each in found["paths"].items()
        if path.startswith("/api/") or path in ("/healthz", "/readyz")
    }
    return {**found, "paths": kept}
