"""Files of the pages: style, script, icon, manifest, and the service worker at the root."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

FOLDER = Path(str(resources.files("api.web") / "static"))
router = APIRouter(include_in_schema=False)
files = StaticFiles(directory=FOLDER)


@router.get("/sw.js")
def service_worker() -> FileResponse:
    """At the root, so that its scope is the whole site."""
    return FileResponse(FOLDER / "sw.js", media_type="text/javascript")
