"""Small packs for tests: real OCV curves, spread, scan noise, rounding, habits; faults on request.

Rows every `step_s` while driving and charging, as a T-BOX sends them; nothing while parked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.battery.pack_rows import PackRows

SOC = np.array([0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100.0])
OCV = {
    "nmc": [3.0, 3.30, 3.42, 3.50, 3.55, 3.59, 3.64, 3.72, 3.82, 3.92, 4.03, 4.09, 4.17],
    "lfp": [2.6, 3.05, 3.17, 3.22, 3.26, 3.285, 3.292, 3.30, 3.328, 3.332, 3.335, 3.34, 3.45],
}
START_MS = 1_700_000_000_000 // 86_400_000 * 86_400_000


@dataclass(kw_only=True)
class Pack:
    """Settings of one simulated pack; per-cell faults as {cell index: amount}."""

    chemistry: str = "nmc"
    cells: int = 96
    capacity_ah: float = 120.0
    days: int = 20
    step_s: float = 30.0
    seed: int = 1
    soc_sigma: float = 0.4
    capacity_sigma: float = 0.006
    ohm_sigma: float = 0.05
    offset_sigma_mv: float = 1.0
    module_c: float = 3.0
    scan_s: float = 1.5
    low_soc: dict[int, float] = field(default_factory=dict)
    leak_pct_day: dict[int, float] = field(default_factory=dict)
    small: dict[int, float] = field(default_factory=dict)
    offset_mv: dict[int, float] = field(default_factory=dict)
    stuck: dict[int, float] = field(default_factory=dict)
    wire_mv: dict[int, float] = field(default_factory=dict)
    deepest_pct: float = 25.0
    fillers: bool = False


def _spread(pack: Pack, chance: np.random.Generator) -> dict[str, np.ndarray]:
    """Per cell: charge offset, relative capacity, relative resistance, sense offset."""
    n = pack.cells
    module = np.arange(n) // 12
    out = {
        "soc": chance.normal(0, pack.soc_sigma, n),
        "capacity": 1 + chance.normal(0, pack.capacity_sigma, n),
        "ohm": (1 + chance.normal(0, pack.ohm_sigma, n))
        * (1 - 0.01 * chance.normal(0, pack.module_c, module.max() + 1)[module]),
        "offset": chance.normal(0, pack.offset_sigma_mv, n),
    }
    for cell, points in pack.low_soc.items():
        out["soc"][cell] = -points
    for cell, share in pack.small.items():
        out["capacity"][cell] = 1 - share
    for cell, mv in pack.offset_mv.items():
        out["offset"][cell] = mv
    for cell, mv in pack.wire_mv.items():
        out["offset"][cell] -= mv
        out["offset"][cell + 1] += mv
    return out


def _usage(pack: Pack, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times (s), current (A, + charging) and speed: two or three trips a day, charge when low."""
    t, i, v = [], [], []
    soc = 90.0
    for day in range(pack.days):
        for hour in (7.5, 12.0, 18.0)[: 2 + int(chance.integers(0, 2))]:
            n = int(chance.uniform(1200, 4000) / pack.step_s)
            start = (day * 24 + hour) * 3600
            drive = -np.abs(chance.gamma(1.2, 22, n)) + (chance.random(n) < 0.15) * 60
            drive[chance.random(n) < 0.25] = -2.0
            speed = np.where(drive == -2.0, 0.0, 45.0)
            t.append(start + np.arange(n) * pack.step_s)
            i.append(drive)
            v.append(speed)
            soc += drive.sum() * pack.step_s / 36 / pack.capacity_ah
        if soc < pack.deepest_pct + 15 + chance.uniform(0, 25):
            n = int((100 - soc) / 100 * pack.capacity_ah / 20 * 3600 / pack.step_s)
            t.append((day * 24 + 20.5) * 3600 + np.arange(n) * pack.step_s)
            i.append(np.full(n, 20.0))
            v.append(np.zeros(n))
            soc = 100.0
    time, current, speed = np.concatenate(t), np.concatenate(i), np.concatenate(v)
    order = np.argsort(time, kind="stable")
    return time[order], current[order], speed[order]


def simulate(pack: Pack) -> PackRows:
    """Rows of the pack, current + = charging."""
    chance = np.random.default_rng(pack.seed)
    cell = _spread(pack, chance)
    t, current, speed = _usage(pack, chance)
    n = len(t)
    dt = np.diff(t, prepend=t[0])
    moved = np.where(dt > 4 * pack.step_s, 0, current * np.minimum(dt, pack.step_s))
    charge = np.cumsum(moved) / 36 / pack.capacity_ah
    soc = 90 + charge
    soc = soc - np.maximum.accumulate(np.maximum(soc - 100, 0))
    depth = soc[:, None] - 100
    cell_soc = 100 + depth / cell["capacity"] + cell["soc"]
    for index, rate in pack.leak_pct_day.items():
        cell_soc[:, index] -= rate * t / 86_400
    ocv = np.interp(cell_soc, SOC, OCV[pack.chemistry])
    skew = chance.uniform(-1, 1, (n, pack.cells)) * pack.scan_s / 10
    seen = current[:, None] + skew * np.gradient(current)[:, None]
    ohm = 0.0005 * 120 / pack.capacity_ah * cell["ohm"]
    volts = ocv + seen * ohm + cell["offset"] / 1000 + chance.normal(0, 0.0007, (n, pack.cells))
    volts = np.round(volts, 3).astype(np.float32)
    for index, value in pack.stuck.items():
        volts[:, index] = value
    if pack.fillers:
        rows = chance.choice(n, n // 100, replace=False)
        volts[rows[: len(rows) // 2]] = np.nan
        volts[rows[len(rows) // 2 :], :7] = np.nan
    none = np.full(n, np.nan)
    return PackRows(
        t_ms=(START_MS + t * 1000).astype(np.int64),
        voltage_v=np.round(np.nansum(ocv, axis=1) + current * ohm.sum(), 1),
        current_a=np.round(current, 1),
        soc_pct=np.round(np.clip(soc, 0, 100)).astype(np.float64),
        temperature_c=np.full(n, 25.0),
        odometer_m=np.cumsum(speed * dt.clip(0, pack.step_s) / 3.6),
        insulation_kohm=none,
        bms_soh_pct=none,
        onboard_soce_pct=none,
        speed_kmh=speed,
        charge_kind=none,
        ambient_c=none,
        cells_v=volts,
        probes_c=np.empty((n, 0), dtype=np.float32),
    )
