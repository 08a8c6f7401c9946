"""Capacity and energy from charge windows, with an interval, or what is missing.

For windows i with charge Q_i and span s_i, both with errors, the line through the origin
Q = C s minimises  sum_i (Q_i - C s_i)^2 / (sd_Qi^2 + C^2 sd_si^2)  (Deming/York; for batteries:
Plett 2011, J. Power Sources 196:2319). `fit_line` solves it for a set of windows at once; the
answer comes from the recursive form in `fusion`, which lets the pack age between windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.health import Answer, Estimate, Silence
from domain.methods import Method
from domain.vehicle import Chemistry
from firmware_contracts.durations import DAY_MS
from models.base import Array
from models.battery.capacity.charge_windows import ChargeWindow
from models.battery.capacity.energy import Losses, at_reference, losses, reference_kwh
from models.battery.capacity.filter import GAIN_SD, Sight, Track, fuse, sight

MIN_SPAN_PCT = 40.0
"""Points of charge of a window that counts alone; by judgement: at 1 point an anchor it errs by
3.5 %."""
SMALL_SPAN_PCT = 30.0
"""Narrower windows count where there are SMALL_WINDOWS of them; both by judgement."""
SMALL_WINDOWS = 4
"""See SMALL_SPAN_PCT."""
MIN_COVERAGE = 0.7
"""Share of a window's time that rows cover; by judgement."""
FULL_PCT = 97.0
"""A window of iron phosphate must end above: its anchors hold at the full end alone."""
COLD_C, COLD_SD_PER_K = 15.0, 0.003
"""A cold pack takes and gives less: near 8 % at -10 °C, from pack to pack between 0 and 15; a
window below COLD_C is believed less by so much for each kelvin, and starts no segment."""
LEAK_PCT_PER_DAY, LEAK_DAYS = 2.0 / 30, 5.0
"""Self-discharge of packs is 1 to 3 % a month (standards section 10)."""
WIDEST = 0.12
"""Half width of the 90 % interval above which a capacity is no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedCapacity:
    """A fitted capacity in its unit, with the standard deviation of its random part."""

    value: float
    sd: float
    windows: int


def fit_line(spans: Array, amounts: Array, span_sd: Array, amount_sd: Array) -> FittedCapacity:
    """Total least squares through the origin: amount per 100 points of span.

    Iterated weights with Huber's cut at 2 sd; `sd` is scaled up where windows scatter more than
    their own errors say (reduced chi square above 1).
    """
    s, q = spans / 100, amounts
    value = float(np.median(q / s))
    robust = np.ones_like(s)
    for _ in range(12):
        variance = amount_sd**2 + (value * span_sd / 100) ** 2
        residual = (q - value * s) / np.sqrt(variance)
        robust = np.minimum(1.0, 2.0 / np.maximum(np.abs(residual), 1e-9))
        weight = robust / variance
        true_s = s + (value * (span_sd / 100) ** 2) * (q - value * s) / variance
        new = float((weight * true_s) @ q / ((weight * true_s) @ s))
        if abs(new - value) < 1e-9 * abs(value):
            break
        value = new
    variance = amount_sd**2 + (value * span_sd / 100) ** 2
    information = float((robust * s * s / variance).sum())
    chi2 = float((robust * (q - value * s) ** 2 / variance).sum()) / max(len(s) - 1, 1)
    return FittedCapacity(
        value=value, sd=float(np.sqrt(max(chi2, 1.0) / information)), windows=len(s)
    )


def usable(windows: Sequence[ChargeWindow], chemistry: Chemistry) -> list[ChargeWindow]:
    """Windows that may speak: wide enough, observed enough; LFP only up to a full charge, where
    the car sets its state of charge right (in between it only counts, and so would we)."""
    wide = [
        w
        for w in windows
        if w.span_pct >= SMALL_SPAN_PCT
        and w.coverage >= MIN_COVERAGE
        and (chemistry is not Chemistry.LFP or w.soc_to_pct >= FULL_PCT)
    ]
    large = any(w.span_pct >= MIN_SPAN_PCT for w in wide)
    return wide if large or len(wide) >= SMALL_WINDOWS else []


def uncounted_pct(windows: Sequence[ChargeWindow], chemistry: Chemistry) -> dict[int, float]:
    """Points that self-discharge took before each window (by its start) and the gauge missed.

    No current sensor sees it. Gauges that read a rest voltage make it good; on LFP it adds up from
    one full charge to the next, so the charge that follows is larger than the span it is held
    against. Full charges may go unseen: more than LEAK_DAYS are not believed.
    """
    if chemistry is not Chemistry.LFP:
        return dict.fromkeys((w.start_ms for w in windows), 0.0)
    missed, full_ms = {}, None
    for w in sorted(windows, key=lambda w: w.start_ms):
        days = LEAK_DAYS if full_ms is None else (w.start_ms - full_ms) / DAY_MS
        missed[w.start_ms] = LEAK_PCT_PER_DAY * min(days, LEAK_DAYS)
        if w.soc_to_pct >= FULL_PCT:
            full_ms = w.end_ms
    return missed


def is_cold(window: ChargeWindow) -> bool:
    """True below COLD_C; an unknown temperature counts as warm."""
    return window.temperature_c < COLD_C


def charge_sd_ah(window: ChargeWindow) -> float:
    """A window's error in Ah, with what its cold adds."""
    cold_k = (
        max(COLD_C - window.temperature_c, 0.0)
        if window.temperature_c == window.temperature_c
        else 0.0
    )
    return float(np.hypot(window.charge_sd_ah, COLD_SD_PER_K * cold_k * window.charge_ah))


def capacity_track(
    windows: Sequence[ChargeWindow],
    chemistry: Chemistry,
    repairs_ms: Sequence[int] = (),
    more: Sequence[Sight] = (),
) -> Track:
    """Capacity in Ah after every usable window and every other sight in `more`."""
    leaked = uncounted_pct(windows, chemistry)
    sights = [
        sight(
            w.end_ms,
            w.charge_ah,
            charge_sd_ah(w),
            w.span_pct + leaked[w.start_ms],
            w.soc_sd_pct,
            cold=is_cold(w),
        )
        for w in usable(windows, chemistry)
    ]
    return fuse(sorted([*sights, *more], key=lambda s: s.at_ms), chemistry, repairs_ms)


def energy_track(
    windows: Sequence[ChargeWindow],
    chemistry: Chemistry,
    found: Losses,
    repairs_ms: Sequence[int] = (),
) -> Track:
    """Energy between full and empty in kWh, as it comes out at C/3 and 25 °C."""
    leaked = uncounted_pct(windows, chemistry)
    sights = [
        sight(
            w.end_ms,
            reference_kwh(w, chemistry, found),
            w.energy_kwh * charge_sd_ah(w) / w.charge_ah,
            w.span_pct + leaked[w.start_ms],
            w.soc_sd_pct,
            cold=is_cold(w),
        )
        for w in usable(windows, chemistry)
        if not np.isnan(w.energy_kwh)
    ]
    return fuse(sights, chemistry, repairs_ms)


def energy_answer(
    windows: Sequence[ChargeWindow],
    chemistry: Chemistry,
    step_mohm: float,
    repairs_ms: Sequence[int] = (),
    rated_ah: float | None = None,
) -> Answer:
    """Energy in kWh at C/3 and 25 °C; `step_mohm` is the measured resistance, 0 where silent."""
    found = losses(windows, chemistry, step_mohm, rated_ah)
    said = answer(energy_track(windows, chemistry, found, repairs_ms), windows, chemistry, "kWh")
    return at_reference(said, usable(windows, chemistry), chemistry, found)


def answer(
    track: Track, windows: Sequence[ChargeWindow], chemistry: Chemistry, unit: str
) -> Answer:
    """The last point of a track as an answer, or a silence that names the charge needed."""
    if not track.points:
        return missing_charge(windows, chemistry)
    last = track.points[-1]
    if last.high - last.low > 2 * WIDEST * last.value:
        return missing_charge(windows, chemistry, reason="windows_disagree")
    segment = track.segments[-1]
    good = usable(windows, chemistry)[-last.windows :]
    return Estimate(
        value=last.value,
        low=last.low,
        high=last.high,
        unit=unit,
        method=Method.COULOMB_COUNTING,
        windows=last.windows,
        coverage=float(np.mean([w.coverage for w in good])),
        detail={
            **_detail(good),
            "segment": segment.number,
            "segment_since_ms": segment.since_ms,
            "segment_reason": segment.reason,
        },
    )


def _detail(good: Sequence[ChargeWindow]) -> dict[str, object]:
    temperatures = [w.temperature_c for w in good if not np.isnan(w.temperature_c)]
    rates = [w.current_a / w.capacity_ah for w in good]
    return {
        "from_ms": good[0].start_ms,
        "to_ms": good[-1].end_ms,
        "span_pct": [min(w.span_pct for w in good), max(w.span_pct for w in good)],
        "temperature_c": [min(temperatures), max(temperatures)] if temperatures else None,
        "c_rate": [min(rates), max(rates)],
        "cold_windows": sum(is_cold(w) for w in good),
        "gain_sd": GAIN_SD,
        "reference": "the car's own state of charge",
    }


def missing_charge(
    windows: Sequence[ChargeWindow], chemistry: Chemistry, reason: str = ""
) -> Silence:
    """Why there is no capacity, and which single charge would give one."""
    lfp = chemistry is Chemistry.LFP
    if not reason:
        reason = "charges_too_small" if windows else "no_charge_observed"
    best = max((w.span_pct for w in windows), default=0.0)
    return Silence(
        reason=reason,
        missing="one_full_charge" if lfp else "one_wide_charge",
        detail={
            "from_pct": 30 if lfp else 20,
            "to_pct": 100 if lfp else 80,
            "charges_seen": len(windows),
            "widest_pct": round(best, 1),
        },
    )
