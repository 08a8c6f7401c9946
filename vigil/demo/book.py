"""What the demo must remember between two starts: seed, moments, who is which, counters.

One JSON file in the data folder; the cars themselves are grown again from seed and moments.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.identity import new_vehicle_id
from simulators import fleet
from simulators.car import CarPlan
from simulators.faults import write_truth
from vigil.instance import write_private

DAY_MS = 86_400_000
BOOK, TRUTH = "demo.json", "truth.json"
TENANT = "demo"
SCENARIO = "demo"


@dataclass(slots=True, kw_only=True)
class Entry:
    """One car: its names in the cloud, and the counters that only grow."""

    vehicle_id: int
    device: str
    centre: int
    imported: bool = False
    odometer_m: float = 0.0
    soc: float | None = None


@dataclass(kw_only=True)
class Book:
    """The file. `until_ms` is the first start: the end of history, by which faults were planted."""

    path: Path
    seed: int
    cars_wanted: int
    history_days: int
    until_ms: int
    entries: dict[str, Entry] = field(default_factory=dict)

    @property
    def start_ms(self) -> int:
        """Beginning of history."""
        return self.until_ms - self.history_days * DAY_MS

    def plans(self) -> list[CarPlan]:
        """The cars, as they were drawn at the first start."""
        return fleet.load(SCENARIO).plans(self.seed, self.until_ms, self.cars_wanted)

    def save(self) -> None:
        """Write the file in one step."""
        entries = {
            name: {key: getattr(entry, key) for key in Entry.__slots__}
            for name, entry in self.entries.items()
        }
        values: dict[str, Any] = {
            "seed": self.seed,
            "cars_wanted": self.cars_wanted,
            "history_days": self.history_days,
            "until_ms": self.until_ms,
            "entries": entries,
        }
        write_private(self.path, values)


def kept_seed(data_dir: Path) -> int | None:
    """Seed of the demo in this folder, None before its first start."""
    path = data_dir / BOOK
    return int(json.loads(path.read_text())["seed"]) if path.exists() else None


def open_book(data_dir: Path, *, seed: int, cars: int, history_days: int) -> Book:
    """The demo of this folder: kept, or drawn now with its truth written beside it."""
    path = data_dir / BOOK
    if path.exists():
        kept = json.loads(path.read_text())
        entries = {name: Entry(**entry) for name, entry in kept.pop("entries").items()}
        return Book(path=path, entries=entries, **kept)
    book = Book(
        path=path,
        seed=seed,
        cars_wanted=cars,
        history_days=history_days,
        until_ms=time.time_ns() // 1_000_000,
    )
    for car in fleet.load(SCENARIO).cars[:cars]:
        device = f"gw-{secrets.token_hex(8)}"
        book.entries[car.name] = Entry(
            vehicle_id=new_vehicle_id(), device=device, centre=car.centre
        )
    planted = {
        str(book.entries[plan.name].vehicle_id): plan.faults.planted for plan in book.plans()
    }
    write_truth(data_dir / TRUTH, planted, book.start_ms, book.until_ms)
    book.save()
    return book
