"""What slow charges add to counted ones: simulated NMC cars, with and without their voice.

Counted windows, the charge through a fixed band of voltage (the area under the incremental-capacity
curve) and the height of its peak are compared by how well they repeat within one car of one age;
the first two also by the error of the capacity that comes out.
"""

from __future__ import annotations

import numpy as np

from domain.vehicle import Chemistry
from models.battery.capacity.capacity import capacity_track, usable
from models.battery.capacity.charge_windows import charge_windows
from models.battery.capacity.incremental_capacity import partial_sights, slow_charges
from models.battery.pack_rows import pack_rows
from simulators.battery.life import BatteryLife
from vigil.trials.field_soh import Trial, window_of

LEAST = 4
"""Values of one kind that a car must show before their scatter says anything."""


def compare(trial: Trial, cars: int) -> dict[str, object]:
    """Errors in points of per cent; scatter as a share of the value, the median over cars."""
    errors: dict[str, list[float]] = {"counted": [], "with_band": []}
    scatter: dict[str, list[float]] = {"window": [], "band": [], "peak": []}
    sights = seen = 0
    for index in range(cars):
        spec = trial.spec(index)
        if spec.chemistry != "nmc":
            continue
        seen += 1
        recording = BatteryLife(spec=spec).record()
        rows = pack_rows(window_of(recording, trial.days))
        windows = charge_windows(rows)
        counted, slow = usable(windows, Chemistry.NMC), slow_charges(rows, windows, spec.cells)
        more = partial_sights(slow, windows, counted)
        sights += len(more)
        truth = recording.truth.capacity_ah
        for name, extra in (("counted", []), ("with_band", more)):
            points = capacity_track(windows, Chemistry.NMC, (), extra).points
            if points:
                errors[name].append(100 * abs(points[-1].value - truth) / spec.rated_ah)
        for name, values in (
            ("window", [w.capacity_ah for w in counted]),
            ("band", [c.band_ah for c in slow]),
            ("peak", [c.peak_ah_per_v for c in slow]),
        ):
            known = np.array(values)[~np.isnan(values)] if values else np.zeros(0)
            if len(known) >= LEAST:
                scatter[name].append(float(known.std() / known.mean()))
    return {
        "cars": seen,
        "sights_per_car": sights / max(seen, 1),
        "mae": {name: float(np.mean(found)) for name, found in errors.items() if found},
        "scatter": {name: float(np.median(found)) for name, found in scatter.items() if found},
    }
