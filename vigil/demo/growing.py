"""Histories of a fleet of any size, counted, and kept where asked."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from firmware_contracts import codec
from firmware_contracts.durations import DAY_MS
from simulators.car import Car, CarPlan
from simulators.car_faults import write_truth
from simulators.fleet import Scenario
from simulators.telemetry_batches import Stream, history

Say = Callable[[str], None]


def grow(
    scenario: Scenario, *, vehicles: int, days: int, seed: int, out: Path | None, say: Say
) -> dict[str, object]:
    """Grow `vehicles` histories of `days` that end now at midnight UTC; returns what they are.

    With `out`: one file of sealed messages per car (4-byte length before each), and truth.json.
    """
    until_ms = int(time.time() * 1000) // DAY_MS * DAY_MS
    start_ms, began = until_ms - days * DAY_MS, time.process_time()
    plans = _plans(scenario, seed, until_ms, vehicles)
    counts: Counter[str] = Counter()
    for plan in plans:
        counts += _one(plan, start_ms, until_ms, out)
        say(f"{plan.name}: {counts['rows']} rows so far")
    if out is not None:
        planted = {plan.name: plan.faults.planted for plan in plans}
        write_truth(out / "truth.json", planted, start_ms, until_ms)
    cpu_s = time.process_time() - began
    return {
        "vehicles": vehicles,
        "days": days,
        "seed": seed,
        **counts,
        "cpu_s": round(cpu_s, 2),
        "car_days_per_core_minute": round(60 * vehicles * days / max(cpu_s, 1e-9)),
    }


def _plans(scenario: Scenario, seed: int, until_ms: int, vehicles: int) -> list[CarPlan]:
    """The scenario's cars, again and again with another seed and name until there are enough."""
    out: list[CarPlan] = []
    while len(out) < vehicles:
        turn = len(out) // len(scenario.cars)
        more = scenario.plans(seed + turn, until_ms, vehicles - len(out))
        named = [dataclasses.replace(p, name=f"{p.name}.{turn + 1}") for p in more]
        out += named if turn else more
    return out


def _one(plan: CarPlan, start_ms: int, until_ms: int, out: Path | None) -> Counter[str]:
    counts: Counter[str] = Counter()
    stream = Stream(stream=plan.seed.to_bytes(16, "big"), boot=bytes(16))
    bodies = []
    for batch in history(Car(plan, start_ms), until_ms, stream):
        body = codec.encode(batch)
        counts.update(
            messages=1,
            rows=batch.rows,
            records=len(batch.records),
            events=len(batch.events),
            bytes=len(body),
        )
        if out is not None:
            bodies.append(len(body).to_bytes(4, "big") + body)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{plan.name}.batches").write_bytes(b"".join(bodies))
    return counts
