"""The names of the services, and which of them one machine runs."""

from __future__ import annotations

from vigil.settings import Settings

CORE = ("ingest", "urgent", "worker", "offers", "api")
DEMO = frozenset({"cars", "fleet"})
"""Services that only a demo on one machine has."""


def chosen(settings: Settings) -> list[str]:
    """Services of an instance on one machine."""
    return [*CORE, *(sorted(DEMO) if settings.demo.enabled else ())]
