"""The trial of the cell watch: simulated fleets with planted cell faults in, what it said out.

The watch sees rows in time order and nothing else. What it must find is the cell's own fault; a
sense line that reads wrong, or a pack that is spread as a whole, must not become an orange cell.

Truth event of a fault: the row at which the cell, by the simulator's truth, lacks 12 points of
charge or capacity, or has 2.5 times its resistance. A lead counts to it; faults that do not get
that far within the recording are found or not, without a lead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.stats import chi2

from domain.health import Finding, Severity
from domain.vehicle import Chemistry
from firmware_contracts.durations import DAY_MS
from models.battery.cells.watch import CellWatch
from models.battery.pack_rows import PackRows, pack_rows
from simulators.battery.faults import AT_ONCE, KINDS, REAL, CellFault
from simulators.battery.life import BatteryLife
from simulators.battery.recording import LifeSpec, draw_spec
from vigil.trials.field_soh import window_of
from vigil.trials.spread import spread

MONTH_DAYS = 30.44
SOUND_SHARE = 0.4
EVENT = dict.fromkeys(REAL, 0.12) | {"high_resistance": 1.5}
STEPS_MV = (1.0, 1.0, 1.0, 2.0, 5.0)
AMOUNTS = {
    "low_charge": (0.03, 0.12),
    "sense_offset": (0.01, 0.06),
    "shared_wire": (0.02, 0.08),
    "stuck_reading": (0.0, 0.0),
}
"""What comes at once: share of charge, or volts."""
READINGS = {
    "sense_line": "cell_sensor",
    "sense_offset": "cell_sensor",
    "shared_wire": "cell_sensor",
    "stuck_reading": "cell_sensor",
    "imbalance": "cell_imbalance",
}
"""The cause that the watch should name for kinds that are not the cell's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One car: its planted fault (None for a sound one), when it was found, and what was false.

    Days count from the start of the recording; `event_day` is None where the fault does not get
    there. `foretold` lists whether the car's own alarm came inside the span that was said."""

    chemistry: str
    fault: CellFault | None
    found_day: float | None
    event_day: float | None
    named: str
    false_cells: tuple[str, ...]
    months: float
    foretold: tuple[bool, ...] = ()


def plant(rng: np.random.Generator, spec: LifeSpec) -> CellFault | None:
    """A fault at random, None for a sound car: it gets to its event near the recording's end, some
    sooner, some later."""
    if rng.random() < SOUND_SHARE:
        return None
    kind = str(rng.choice(KINDS))
    start = float(rng.uniform(3.0, 0.4 * spec.days))
    until = float(rng.uniform(0.6, 1.3)) * (spec.days - start)
    rate = float(rng.uniform(*AMOUNTS[kind])) if kind in AT_ONCE else _pace(kind, until)
    if kind.startswith("sense"):
        rate *= float(rng.choice([-1, 1]))
    return CellFault(
        kind=kind, cell=int(rng.integers(0, spec.cells - 1)), start_day=start, rate=rate
    )


def _pace(kind: str, days: float) -> float:
    """The rate at which a fault of this kind gets to its event in `days`."""
    goal = {"sense_line": 0.05, "imbalance": 0.05}.get(kind) or EVENT[kind]
    once = CellFault(kind=kind, cell=0, start_day=0.0, rate=1.0)
    return goal / float(once.grown(np.array([days]))[0])


def draw(seed: int, index: int, days: int) -> LifeSpec:
    """The `index`-th car of the fleet with its fault."""
    rng = np.random.default_rng([seed, index, 1])
    spec = draw_spec(seed, index, days=days)
    fault = plant(rng, spec)
    return replace(
        spec,
        with_cells=True,
        faults=() if fault is None else (fault,),
        cell_step_mv=float(rng.choice(STEPS_MV)),
    )


def score_car(seed: int, days: int, index: int) -> Scored:
    """Simulate one car, feed the watch day by day, and hold what it said against the truth."""
    spec = draw(seed, index, days)
    rows = pack_rows(window_of(BatteryLife(spec=spec).record(), days))
    return score(spec, rows)


def score(spec: LifeSpec, rows: PackRows) -> Scored:
    """What the watch says about these rows, against what was planted."""
    fault = spec.faults[0] if spec.faults else None
    event = None if fault is None else event_day(fault, spec.days)
    watch = CellWatch(chemistry=Chemistry(spec.chemistry), rated_ah=spec.rated_ah, name=str)
    foretold: list[bool] = []
    for day in range(spec.days):
        start = spec.start_ms + day * DAY_MS
        watch.update(rows.take((rows.t_ms >= start) & (rows.t_ms < start + DAY_MS)))
        if fault is not None and event is not None and day % 7 == 6 and day < event:
            foretold += _foretold(watch.findings(), fault, spec.start_ms + event * DAY_MS)
    ours = [] if fault is None else [f for f in watch.findings() if _about(f, fault)]
    return Scored(
        chemistry=spec.chemistry,
        fault=fault,
        event_day=event,
        found_day=min((_day(f, spec) for f in ours), default=None),
        named=",".join(sorted({f.cause for f in ours})),
        false_cells=tuple(f"{f.cause} {f.method}" for f in watch.findings() if _false(f, fault)),
        months=len(np.unique(rows.t_ms // DAY_MS)) / MONTH_DAYS,
        foretold=tuple(foretold),
    )


def event_day(fault: CellFault, days: int) -> float | None:
    """The day of the truth event, None where there is none within `days`."""
    if fault.kind not in EVENT:
        return None
    grid = np.linspace(0, days, 24 * days + 1)
    at = np.flatnonzero(fault.grown(grid) >= EVENT[fault.kind])
    return float(grid[at[0]]) if len(at) else None


def _about(finding: Finding, fault: CellFault) -> bool:
    """Is this what should have been said of the fault?"""
    cells = (str(fault.cell + 1), str(fault.cell + 2) if fault.kind == "shared_wire" else "")
    if fault.kind == "imbalance":
        return finding.cause == "cell_imbalance"
    if fault.kind in READINGS:
        return finding.cause == READINGS[fault.kind] and finding.component in cells
    return finding.component == cells[0] and finding.severity >= Severity.ORANGE


def _false(finding: Finding, fault: CellFault | None) -> bool:
    """Orange on a cell that has nothing of its own."""
    if finding.severity < Severity.ORANGE:
        return False
    return fault is None or fault.kind not in REAL or finding.component != str(fault.cell + 1)


def _foretold(said: Iterable[Finding], fault: CellFault, event_ms: float) -> list[bool]:
    """Did the said span for the car's own alarm hold the truth event? One entry per statement."""
    spans = [
        (f.due_low.timestamp(), f.due_high.timestamp())
        for f in said
        if f.component == str(fault.cell + 1) and f.due_low and f.due_high and not f.recovered
    ]
    return [low * 1000 <= event_ms <= high * 1000 for low, high in spans[:1]]


def _day(finding: Finding, spec: LifeSpec) -> float:
    return (finding.since.timestamp() * 1000 - spec.start_ms) / DAY_MS


def score_fleet(seed: int, cars: int, days: int, jobs: int) -> Iterator[Scored]:
    """Every car of the fleet, in order, over `jobs` processes."""
    yield from spread(partial(score_car, seed, days), cars, jobs)


def summary(cars: Iterable[Scored]) -> dict[str, object]:
    """Per kind what was planted and found; false alarms over all cars."""
    fleet = list(cars)
    months = sum(car.months for car in fleet)
    false = sum(bool(car.false_cells) for car in fleet)
    return {
        "cars": len(fleet),
        "sound": sum(car.fault is None for car in fleet),
        "vehicle_months": round(months, 1),
        "kinds": {
            kind: _kind([c for c in fleet if c.fault and c.fault.kind == kind]) for kind in KINDS
        },
        "false_alarm_cars": false,
        "false_alarms_per_1000_vehicle_months": round(1000 * false / months, 2),
        "false_alarms_exact_interval": [round(x, 2) for x in _rate(false, months / 1000)],
        "foretold": _shares(
            sum(sum(c.foretold) for c in fleet), sum(len(c.foretold) for c in fleet)
        ),
    }


def _kind(cars: list[Scored]) -> Mapping[str, object]:
    found = [car for car in cars if car.found_day is not None]
    leads = [c.event_day - (c.found_day or 0.0) for c in found if c.event_day is not None]
    due = sum(car.event_day is not None for car in cars)
    late = [(c.found_day or 0.0) - c.fault.start_day for c in found if c.fault]
    return {
        "planted": len(cars),
        "found": _shares(len(found), len(cars)),
        "before_event": _shares(sum(lead > 0 for lead in leads), due),
        "median_lead_days": round(float(np.median(leads)), 1) if leads else None,
        "median_days_to_find": round(float(np.median(late)), 1) if late else None,
        "named": {name: sum(c.named == name for c in cars) for name in {c.named for c in cars}},
    }


def _shares(hits: int, trials: int) -> Mapping[str, object]:
    """A count with its share and exact 95 % interval."""
    from models.lab import metrics

    interval = [round(x, 3) for x in metrics.binomial_interval(hits, trials)] if trials else None
    return {"of": trials, "count": hits, "exact_interval": interval}


def _rate(count: int, exposure: float, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a rate of rare events (Garwood 1936)."""
    tail = (1 - level) / 2
    low = float(chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    return low / exposure, float(chi2.ppf(1 - tail, 2 * count + 2)) / 2 / exposure
