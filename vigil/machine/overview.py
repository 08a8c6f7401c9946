"""The figures of a running instance: vehicles, freshness, open alerts and offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vigil.machine.instance import Instance

FRESH_S = 15
"""Three reports of a demo car."""


def look(running: Instance) -> Mapping[str, Any]:
    """`vehicles`, `fresh` (data younger than 15 s), `alerts_open`, `offers_open`, `services`."""
    from store.db.pool import Pool
    from store.people.overview import overview

    with Pool.open(running.settings.database.url_for("worker"), name="vigil-status") as pool:
        seen = overview(pool, fresh_s=FRESH_S)
    return {**seen, "services": running.services, "address": running.settings.api.address}
