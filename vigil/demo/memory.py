"""Where a demo car has got to: kept so that its life goes on after a restart.

    data_dir/demo/memory/CAR.json    state at the beginning of the present episode, odometer since

An episode that a restart cut short is not driven again; its metres stay on the odometer.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from simulators.car import Car
from simulators.car_state import restore, snapshot


class Memory:
    """One car's file. `keep` at the beginning of each episode, `note` as often as it is worth."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / "memory" / f"{name}.json"
        self._kept: dict[str, Any] = {}
        self._lock = threading.Lock()

    @property
    def known(self) -> bool:
        """True once a car was kept."""
        return self._path.exists()

    @property
    def told(self) -> bool:
        """True once its whole history lay in the outbox."""
        return bool(self._kept.get("told"))

    def tell(self) -> None:
        """Its history lies in the outbox."""
        with self._lock:
            self._kept["told"] = True
            self._write()

    def keep(self, car: Car) -> None:
        """The car as it is between two episodes."""
        with self._lock:
            self._kept |= {"car": snapshot(car), "odometer_m": car.totals.odometer_m}
            self._write()

    def note(self, odometer_m: float) -> None:
        """What the odometer shows inside the present episode."""
        with self._lock:
            self._kept["odometer_m"] = odometer_m
            self._write()

    def recall(self, car: Car) -> None:
        """Bring a car of the same plan to where it was kept."""
        self._kept = json.loads(self._path.read_text("utf-8"))
        restore(car, self._kept["car"])
        car.totals.odometer_m = max(car.totals.odometer_m, float(self._kept["odometer_m"]))

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        half = self._path.with_suffix(".new")
        half.write_text(json.dumps(self._kept), "utf-8")
        half.replace(self._path)
