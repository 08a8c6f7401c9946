"""All of it in one run: yardsticks and the way itself in turn, medians of three."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from store.db.pool import Pool
from store.sink.bench_tables import BenchTables, configuration
from vigil.bench.ingest.cpu import find_parts
from vigil.bench.ingest.door import door_of
from vigil.bench.ingest.end_to_end import Bench, Run
from vigil.bench.ingest.fleet import Fleet, enrol
from vigil.bench.ingest.growth import grow
from vigil.bench.ingest.load import Load
from vigil.bench.ingest.mixes import MIXES, Mix
from vigil.bench.ingest.yardsticks import BATCH_MESSAGES, Yardsticks
from vigil.settings import Settings

Tell = Callable[[str], None]
BACK = timedelta(days=20)
"""Rows begin so long ago: inside the bounds of live data, and they never reach the present."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured. `rounds` messages of each of `vehicles` in a timed run."""

    vehicles: int = 200
    rounds: int = 50
    repeats: int = 3
    mixes: Sequence[str] = tuple(MIXES)
    growth: Sequence[int] = (1_000, 10_000, 100_000)
    growth_messages: int = 10_000


@dataclass(slots=True, kw_only=True)
class _Found:
    """Every repeat of one mix."""

    raw: list[float] = field(default_factory=list)
    ledger: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)
    runs: dict[int, list[Run]] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        raw, ledger, most = median(self.raw), median(self.ledger), max(self.runs)
        best = median(r.values_s for r in self.runs[most])
        return {
            "raw_copy_values_s": round(raw),
            "ledger_copy_values_s": round(ledger),
            "e2e": {str(n): _middle(runs) for n, runs in self.runs.items()},
            "ratio_raw": round(best / raw, 3),
            "ratio_ledger": round(best / ledger, 3),
            "naive_values_s": round(median(self.naive)),
            "wal_bytes_per_value": round(median(r.wal_bytes for r in self.runs[most]), 2),
            "disk_bytes_per_value": round(median(r.disk_bytes for r in self.runs[most]), 2),
            "payload_bytes": round(median(r.payload_bytes for r in self.runs[most])),
        }


def _middle(runs: Sequence[Run]) -> dict[str, object]:
    """Speed and CPU of the run with the median speed."""
    one = sorted(runs, key=lambda run: run.values_s)[len(runs) // 2]
    return {"values_s": round(one.values_s), "cpu_us_per_value": dict(one.cpu_us)}


def measure(settings: Settings, plan: Plan, folder: Path, tell: Tell) -> dict[str, object]:
    """The keys that others read; `settings` name working servers with the owner's password."""
    url = settings.database.url_for
    with (
        Pool.open(url("owner"), name="bench-owner") as owner,
        Pool.open(url("worker"), name="bench-worker") as pool,
        closing(BenchTables(owner)) as tables,
    ):
        bench = Bench(
            settings=settings,
            pool=pool,
            parts=find_parts(pool, settings.mqtt.port),
            folder=folder,
        )
        server = configuration(pool)
        mixes: dict[str, dict[str, object]] = {}
        told: dict[str, object] = {}
        for mix in map(MIXES.__getitem__, plan.mixes):
            tell(f"mix {mix.name}")
            mixes[mix.name], more = _mix(bench, tables, mix, plan, tell)
            told |= more
        tell("growth")
        points = grow(
            settings,
            bench.parts,
            plan.growth,
            messages=plan.growth_messages,
            start_ms=start_ms(),
            stored=0,
        )
    return {
        "edition": server.pop("edition"),
        "mixes": mixes,
        **told,
        "growth": [point.as_json() for point in points],
        "configuration": {
            "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
            "load_before": round(os.getloadavg()[0], 2),
            "database": server,
            "broker": "mosquitto" if not settings.mqtt.demo_only else "amqtt",
            "plan": {"vehicles": plan.vehicles, "messages": plan.vehicles * plan.rounds},
            "raw": f"{BATCH_MESSAGES * 10} rows a prebuilt binary COPY, a commit each, no index",
            "end_to_end": "one connection a car, QoS 1, receipts, workers as in production",
            "naive": "JSON, executemany, a commit a message, no cells",
        },
    }


def _mix(
    bench: Bench, tables: BenchTables, mix: Mix, plan: Plan, tell: Tell
) -> tuple[dict[str, object], dict[str, object]]:
    """The mix's figures; latency and replay are measured on the first mix only."""
    fleet, door, first = (
        enrol(bench.pool, plan.vehicles),
        door_of(bench.settings),
        mix.name == "gbt",
    )
    counts = (1,) if bench.settings.mqtt.demo_only else (1, 2)
    with closing(Load(door, fleet.tenant, fleet.names, mix.name, start_ms())) as load:
        sticks = Yardsticks(tables, mix, _strangers(bench, fleet), start_ms())
        found = _Found(runs={count: [] for count in counts})
        for number in range(plan.repeats):
            found.raw.append(sticks.raw())
            found.ledger.append(sticks.with_ledger())
            for count in counts:
                again = first and count == counts[-1]
                found.runs[count].append(bench.run(load, count, plan.rounds, again=again))
            found.naive.append(sticks.naive(bench.settings, door))
            tell(f"  {number + 1}/{plan.repeats}: {found.as_json()}")
        told = _once(bench, load, found.runs[counts[-1]], counts[-1], plan) if first else {}
    return found.as_json(), told


def _once(
    bench: Bench, load: Load, runs: Sequence[Run], workers: int, plan: Plan
) -> dict[str, object]:
    full_s = median(run.messages_s for run in runs)
    again = [run.again_s / run.values_s for run in runs if run.again_s is not None]
    return {
        "latency_ms": bench.latency_ms(load, workers, plan.rounds, full_s),
        "replay_speedup": round(median(again), 2),
    }


def _strangers(bench: Bench, fleet: Fleet) -> Fleet:
    """Other cars for the yardsticks, whose client ids are free."""
    return enrol(bench.pool, len(fleet.names))


def start_ms() -> int:
    """Where the rows of a run begin, UTC ms."""
    return int((datetime.now(UTC) - BACK).timestamp()) * 1000
