"""Charge windows: the stretches between two anchors over which charge can be counted.

    SoC  |            .-----   b: last change of SoC before it saturates
         |        .--'
         |____.--'             a: first change of SoC after the plug went in
              a  <- integral I dt ->  b

Anchors sit where the car's state of charge *changes*, so its rounding cancels. A window is cut
where the state of charge falls back. A snap up by more than current and time explain is taken out,
and a gap carries what its ends prove (`counting`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from models.base import Array
from models.battery.capacity.counting import count
from models.battery.pack_rows import PackRows

CHARGING_A = 0.5
"""Below, it may be the offset of a current sensor; by judgement."""
PAUSE_S = 900.0
"""A charge that pauses for longer is two; by judgement: chargers rest for minutes."""
JUMP_PCT = 4.0
"""Points that a gauge may move at once where nobody knows the pack's capacity."""
SNAP_PCT, RATED_SHARE = 1.6, 0.5
"""With a rated capacity: a rounded step and a half, and half of what went in: aged packs move
more."""
LEAST_AH = 30.0
"""The smallest pack of a plug-in car: what a charge moves at most where nobody knows better."""
"""A gauge that moves by more between rows was corrected, not charged; by judgement."""
MIN_SPAN_PCT = 10.0
"""Narrower windows are not kept at all; by judgement."""
ANCHOR_PCT = 1.0
"""One standard deviation of a car's own state of charge at one anchor (literature: 1-3 points)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeWindow:
    """One counted charge. Standard deviations are of the window's own random errors."""

    start_ms: int
    end_ms: int
    soc_from_pct: float
    soc_to_pct: float
    charge_ah: float
    charge_sd_ah: float
    soc_sd_pct: float
    energy_kwh: float
    loss_a2h: float
    """Integral of I squared over time (A² h): with a resistance it gives the heat."""
    temperature_c: float
    current_a: float
    coverage: float
    odometer_km: float

    @property
    def span_pct(self) -> float:
        """Points of state of charge between the anchors."""
        return self.soc_to_pct - self.soc_from_pct

    @property
    def capacity_ah(self) -> float:
        """Charge per full span, from this window alone."""
        return 100.0 * self.charge_ah / self.span_pct


def charging(rows: PackRows) -> npt.NDArray[np.bool_]:
    """Rows at which the car stands and takes charge, state of charge known."""
    known = ~np.isnan(rows.soc_pct)
    return np.asarray(known & (rows.current_a > CHARGING_A) & ~(rows.speed_kmh > 1.0))


def charge_windows(rows: PackRows, rated_ah: float | None = None) -> list[ChargeWindow]:
    """All windows of at least MIN_SPAN_PCT in the rows, by time."""
    known = ~(np.isnan(rows.current_a) | np.isnan(rows.soc_pct))
    at = np.flatnonzero(charging(rows))
    if not len(at):
        return []
    pause = np.diff(rows.t_ms[at]) > PAUSE_S * 1000
    found = []
    for piece in np.split(at, np.flatnonzero(pause) + 1):
        if rows.soc_pct[piece[-1]] - rows.soc_pct[piece[0]] < MIN_SPAN_PCT:
            continue
        inside = slice(int(piece[0]), int(piece[-1]) + 1)
        index = np.arange(inside.start, inside.stop)[known[inside]]
        runs, snapped = _without_snaps(rows, index, rated_ah)
        parts = np.split(snapped, np.cumsum([len(run) for run in runs])[:-1])
        for run, added in zip(runs, parts, strict=True):
            window = _window(rows, run, added, rated_ah)
            found += [] if window is None else [window]
    return found


def windows_of_records(records: Iterable[Mapping[str, object]]) -> list[ChargeWindow]:
    """Windows out of charge records that a car summed up itself (imported history)."""
    return [w for record in records if (w := _of_record(record)) is not None]


def merged(measured: Sequence[ChargeWindow], told: Sequence[ChargeWindow]) -> list[ChargeWindow]:
    """Both kinds by time; where they overlap the measured one stands. `measured` are apart."""
    if not told:
        return list(measured)
    ends = [w.end_ms for w in measured]
    first = [bisect_left(ends, w.start_ms) for w in told]  # the first that ends after its start
    new = [
        w
        for w, i in zip(told, first, strict=True)
        if i == len(measured) or measured[i].start_ms > w.end_ms
    ]
    return sorted([*measured, *new], key=lambda w: w.start_ms)


def _without_snaps(
    rows: PackRows, index: npt.NDArray[np.int64], rated_ah: float | None
) -> tuple[list[npt.NDArray[np.int64]], Array]:
    """Runs of rows, and for each row the points that snaps of the gauge added before it.

    A gauge that is refreshed every ten minutes makes large steps and is right; one that snaps by
    three points within thirty seconds is not, and only a known capacity tells them apart: each
    step is held against the charge since the gauge last moved. What a snap adds is no charge and
    is taken out; where the gauge falls back, the run is cut.
    """
    soc, t_h = rows.soc_pct[index], rows.t_ms[index] / 3.6e6
    step = np.diff(soc)
    current = np.maximum(rows.current_a[index], 0)
    charge = np.concatenate([[0.0], np.cumsum((current[1:] + current[:-1]) / 2 * np.diff(t_h))])
    moved = np.flatnonzero(step != 0)
    since = np.concatenate([[0], moved[:-1] + 1]) if len(moved) else moved
    expected = np.zeros(len(step))
    expected[moved] = 100 * (charge[moved + 1] - charge[since]) / (rated_ah or LEAST_AH)
    slack = SNAP_PCT + RATED_SHARE * expected if rated_ah else JUMP_PCT
    added = np.where(step > expected + slack, step - expected, 0.0)
    snapped = np.concatenate([[0.0], np.cumsum(added)])
    return np.split(index, np.flatnonzero(step < -JUMP_PCT) + 1), snapped


def _window(
    rows: PackRows, index: npt.NDArray[np.int64], snapped: Array, rated_ah: float | None
) -> ChargeWindow | None:
    soc = rows.soc_pct[index] - (snapped - snapped[-1])  # the end is as shown, the start is moved
    changes = np.flatnonzero(np.diff(soc) > 0) + 1
    if len(changes) < 3:
        return None
    first, last = int(changes[0]), int(changes[-1])
    index, soc = index[first : last + 1], soc[first : last + 1]
    snaps = len(np.flatnonzero(np.diff(snapped[first : last + 1])))
    span = float(soc[-1] - soc[0])
    if span < MIN_SPAN_PCT:
        return None
    t = rows.t_ms[index] / 3.6e6
    i = rows.current_a[index]
    hours = np.diff(t)
    counted = count(hours, i, soc, rated_ah)
    mean = counted.steps_ah / np.maximum(hours, 1e-9)
    volts = rows.voltage_v[index]
    power = (volts[1:] + volts[:-1]) / 2 * mean
    temperature = rows.temperature_c[index]
    return ChargeWindow(
        start_ms=int(rows.t_ms[index[0]]),
        end_ms=int(rows.t_ms[index[-1]]),
        soc_from_pct=float(soc[0]),
        soc_to_pct=float(soc[-1]),
        charge_ah=float(np.sum(counted.steps_ah)),
        charge_sd_ah=counted.sd_ah,
        soc_sd_pct=ANCHOR_PCT * (2 + snaps) ** 0.5,
        energy_kwh=float(np.nansum(power * hours)) / 1000 if not np.isnan(volts).all() else np.nan,
        loss_a2h=float(np.sum(mean**2 * hours)),
        temperature_c=_mean(temperature),
        current_a=float(np.sum(counted.steps_ah) / max(t[-1] - t[0], 1e-9)),
        coverage=1.0 - counted.unseen_h / max(float(t[-1] - t[0]), 1e-9),
        odometer_km=_mean(rows.odometer_m[index]) / 1000,
    )


def _mean(values: Array) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _of_record(record: Mapping[str, object]) -> ChargeWindow | None:
    def number(name: str) -> float:
        value = record.get(name)
        return float(value) if isinstance(value, int | float) else float("nan")

    start, end = record.get("start"), record.get("end")
    low, high, charge = number("soc_start_pct"), number("soc_end_pct"), number("charge_ah")
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return None
    if not (high - low >= MIN_SPAN_PCT and charge > 0):
        return None
    hours = max((end - start).total_seconds() / 3600, 1e-3)
    mean = number("current_mean_a")
    mean = charge / hours if np.isnan(mean) else mean
    coverage = record.get("coverage", 1.0)
    covered = float(coverage) if isinstance(coverage, int | float) else 1.0
    return ChargeWindow(
        start_ms=int(start.timestamp() * 1000),
        end_ms=int(end.timestamp() * 1000),
        soc_from_pct=low,
        soc_to_pct=high,
        charge_ah=charge,
        charge_sd_ah=0.5 * charge * (1 - covered),
        soc_sd_pct=ANCHOR_PCT * 2**0.5 + 0.3,  # ends are rounded, not aligned with a change
        energy_kwh=number("energy_kwh"),
        loss_a2h=mean * charge,
        temperature_c=number("temperature_mean_c"),
        current_a=mean,
        coverage=covered,
        odometer_km=number("odometer_m") / 1000,
    )
