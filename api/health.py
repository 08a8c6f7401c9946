"""/healthz: the process answers. /readyz: what it needs answers too. Both say the truth."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from api.auth.dependencies import AppContext, context_of
from domain.errors import VigilError

router = APIRouter(tags=["health"])
Context = Annotated[AppContext, Depends(context_of)]


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process is up. Nothing else is asked."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "Something needed does not answer"}})
def readyz(context: Context) -> JSONResponse:
    """503 while the database does not answer; the reason is named."""
    checks: dict[str, Any] = {"database": "ok"}
    try:
        context.stores.garage.alive()
    except VigilError as error:
        checks["database"] = error.remedy or "does not answer"
    if context.options.ready is not None:
        checks |= context.options.ready()
    ready = all(state == "ok" for state in checks.values())
    return JSONResponse({"ready": ready, "checks": checks}, 200 if ready else 503)
