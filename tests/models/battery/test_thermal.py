"""Thermal precursors are red on two signs in agreement, and silent on broken wires and fillers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from domain.health import Finding, Severity
from models.battery.pack_rows import PackRows
from models.battery.thermal import ThermalWatch

N = 400


def calm(step_ms: int = 1000) -> PackRows:
    """A parked pack of 12 cells and 4 probes at 350 V, one row a second."""
    chance = np.random.default_rng(1)
    none = np.full(N, np.nan)
    return PackRows(
        t_ms=1_700_000_000_000 + np.arange(N) * step_ms,
        voltage_v=np.full(N, 350.0),
        current_a=np.zeros(N),
        soc_pct=np.full(N, 60.0),
        temperature_c=np.full(N, 30.0),
        odometer_m=none,
        insulation_kohm=np.full(N, 5000.0),
        bms_soh_pct=none,
        onboard_soce_pct=none,
        speed_kmh=np.zeros(N),
        charge_kind=none,
        ambient_c=none,
        cells_v=(3.7 + chance.normal(0, 0.001, (N, 12))).astype(np.float32),
        probes_c=(30 + chance.integers(0, 2, (N, 4))).astype(np.float32),
    )


def seen(rows: PackRows, chunk: int = N) -> list[Finding]:
    watch = ThermalWatch(lambda kind, number: f"{kind}_{number}")
    for piece in rows.chunks(chunk):
        watch.update(piece)
    return watch.findings()


def changed(name: str, change: Callable[[np.ndarray], None]) -> PackRows:
    rows = calm()
    values = getattr(rows, name).copy()
    change(values)
    return replace(rows, **{name: values})


def drop(cells: np.ndarray) -> None:
    cells[200:, 4] -= 0.3


def heating(probes: np.ndarray) -> None:
    probes[200:, 2] += 2.0 * np.arange(N - 200)


def slow_heating(probes: np.ndarray) -> None:
    probes[200:, 2] = np.round(30 + 1.0 * np.arange(N - 200))


def leak(insulation: np.ndarray) -> None:
    insulation[200:] = 30.0


@pytest.mark.parametrize("chunk", [1, 7, N])
@pytest.mark.parametrize(
    ("name", "change", "cause", "component"),
    [
        ("cells_v", drop, "thermal_event", "cell_5"),
        ("probes_c", heating, "thermal_event", "probe_3"),
        ("probes_c", slow_heating, "thermal_event", "probe_3"),
        ("insulation_kohm", leak, "insulation", "pack"),
    ],
)
def test_two_signs_in_agreement_are_red(
    name: str, change: Callable[[np.ndarray], None], cause: str, component: str, chunk: int
) -> None:
    found = seen(changed(name, change), chunk)
    assert (found[0].cause, found[0].component, found[0].severity) == (
        cause,
        component,
        Severity.RED,
    )


def creep(probes: np.ndarray) -> None:
    probes[200:, 2] += 0.4 * np.arange(N - 200)


@pytest.mark.parametrize("step_ms", [10_000, 30_000])
def test_heat_is_seen_in_slow_rows_too(step_ms: int) -> None:
    rows = calm(step_ms)
    probes = rows.probes_c.copy()
    creep(probes)
    found = seen(replace(rows, probes_c=probes))
    assert [(f.cause, f.component) for f in found] == [("thermal_event", "probe_3")]
    assert found[0].values["value"] < 65.0 + 0.4 * N


def blink(cells: np.ndarray) -> None:
    cells[200, 4] -= 0.3


def lost_wire(cells: np.ndarray) -> None:
    cells[200:, 4] -= 2.5


def shared_wire(cells: np.ndarray) -> None:
    cells[200:, 4] -= 0.3
    cells[200:, 5] += 0.3


def self_test(insulation: np.ndarray) -> None:
    insulation[100:105] = 10.0


def self_tests(insulation: np.ndarray) -> None:
    insulation[100::5] = 10.0


def stuck_hot(probes: np.ndarray) -> None:
    probes[:, 2] = 80.0


def flickering_hot(probes: np.ndarray) -> None:
    probes[:, 2] = 80.0 + np.arange(N) % 2


def lost_probe(probes: np.ndarray) -> None:
    probes[200:, 2] = 90.0


def loose_probe(probes: np.ndarray) -> None:
    probes[200::7, 2] = 85.0


def waking(probes: np.ndarray) -> None:
    probes[:8] = np.linspace(0, 30, 8)[:, None]


def waking_alone(probes: np.ndarray) -> None:
    probes[200:208, 2] = np.linspace(0, 30, 8)


def summer(probes: np.ndarray) -> None:
    probes += np.linspace(0, 33, N)[:, None].astype(np.float32)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("cells_v", blink),
        ("cells_v", lost_wire),
        ("cells_v", shared_wire),
        ("insulation_kohm", self_test),
        ("insulation_kohm", self_tests),
        ("probes_c", stuck_hot),
        ("probes_c", flickering_hot),
        ("probes_c", lost_probe),
        ("probes_c", loose_probe),
        ("probes_c", waking),
        ("probes_c", waking_alone),
        ("probes_c", summer),
    ],
)
@pytest.mark.parametrize("step_ms", [1000, 30_000])
def test_broken_wires_stuck_probes_and_self_tests_are_not_fires(
    name: str, change: Callable[[np.ndarray], None], step_ms: int
) -> None:
    rows = changed(name, change)
    rows = replace(rows, t_ms=rows.t_ms[0] + step_ms * np.arange(N))
    assert [f for f in seen(rows) if f.severity is Severity.RED] == []


def test_what_happened_in_a_gap_is_not_red() -> None:
    rows = calm()
    after = np.arange(N) >= 200
    parked = replace(
        rows,
        t_ms=rows.t_ms + 3_600_000 * after,
        cells_v=rows.cells_v - np.float32(0.3) * after[:, None] * (np.arange(12) == 4),
        probes_c=rows.probes_c + np.float32(25) * after[:, None] * (np.arange(4) == 2),
    )
    assert seen(parked) == []


def test_a_weak_cell_that_runs_empty_is_no_fire() -> None:
    rows = changed("cells_v", drop)
    assert seen(replace(rows, soc_pct=np.full(N, 6.0))) == []


def test_a_calm_pack_says_nothing() -> None:
    assert seen(calm()) == []
    assert seen(calm().slim()) == []
