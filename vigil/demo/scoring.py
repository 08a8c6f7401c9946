"""Reads truth and alert book of an instance for the scorecard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from store.db.pool import Pool
from store.results.alerts import Alerts
from vigil.demo.story import folder_of
from vigil.settings import Settings
from vigil.trials import scorecard


def card(settings: Settings, truth: Path | None = None) -> Mapping[str, Any]:
    """The scorecard of an instance, by its settings; BadInput for an unusable truth file."""
    path = truth or folder_of(settings.data_dir) / "truth.json"
    told = scorecard.read_truth(path)
    ids = _ids(path.parent / "vehicles.json")
    with Pool.open(settings.database.url_for("worker"), name="vigil-scorecard") as pool:
        book = Alerts(pool)
        alerts = {car: book.all_alerts(ids[car]) for car in told.cars if car in ids}
    return scorecard.score(told, alerts, datetime.now(UTC))


def _ids(path: Path) -> dict[str, int]:
    try:
        return {str(name): int(number) for name, number in json.loads(path.read_text()).items()}
    except (OSError, ValueError) as error:
        raise BadInput(
            "vehicles",
            str(path),
            f"cannot be read ({error})",
            remedy="keep the truth file beside the demo's vehicles.json",
        ) from error
