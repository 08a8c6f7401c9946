"""The names of the services, and which of them one machine runs."""

from __future__ import annotations

from vigil.settings import Settings

CORE = ("ingest", "urgent", "worker", "offers", "api")
DEMO = frozenset({"cars", "fleet"})
"""Services that only a demo on one machine has."""


def chosen(settings: Settings) -> list[str]:
    """Services of an instance on one machine."""
    gbt32960 = ("gbt32960",) if settings.gbt32960.enabled else ()
    return [*CORE, *gbt32960, *(sorted(DEMO) if settings.demo.enabled else ())]
