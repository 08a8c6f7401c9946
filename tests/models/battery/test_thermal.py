"""Thermal precursors are red on two signs in agreement, and silent on broken wires and fillers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from domain.health import Finding, Severity
from models.battery.thermal import ThermalWatch
from models.features.rows import PackRows

N = 400


def calm(step_ms: int = 1000) -> PackRows:
    """A parked pack of 12 cells and 4 probes at 350 V, one row a second."""
    chance = np.random.default_rng(1)
    none = np.full(N, np.nan)
    return PackRows(
        t_ms=1_700_000_000_000 + np.arange(N) * step_ms,
        voltage_v=np.full(N, 350.0), current_a=np.zeros(N), soc_pct=np.full(N, 60.0),
        temperature_c=np.full(N, 30.0), odometer_m=none, insulation_kohm=np.full(N, 5000.0),
        bms_soh_pct=none, onboard_soce_pct=none, speed_kmh=np.zeros(N), charge_kind=none,
        ambient_c=none, cells_v=(3.7 + chance.normal(0, 0.001, (N, 12))).astype(np.float32),
        probes_c=(30 + chance.integers(0, 2, (N, 4))).astype(np.float32),
    )  # fmt: skip


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


def leak(insulation: np.ndarray) -> None:
    insulation[200:] = 30.0


@pytest.mark.parametrize("chunk", [1, 7, N])
@pytest.mark.parametrize(
    ("name", "change", "cause", "component"),
    [
        ("cells_v", drop, "thermal_event", "cell_5"),
        ("probes_c", heating, "thermal_event", "probe_3"),
        ("insulation_kohm", leak, "insulation", "pack"),
    ],
)
def test_two_signs_in_agreement_are_red(
    name: str, change: Callable[[np.ndarray], None], cause: str, component: str, chunk: int
) -> None:
    found = seen(changed(name, change), chunk)
    assert (found[0].cause, found[0].component, found[0].severity) == (
        cause, component, Severity.RED
    )  # fmt: skip


def blink(cells: np.ndarray) -> None:
    cells[200, 4] -= 0.3


def lost_wire(cells: np.ndarray) -> None:
    cells[200:, 4] -= 2.5


def shared_wire(cells: np.ndarray) -> None:
    cells[200:, 4] -= 0.3
    cells[200:, 5] += 0.3


def self_test(insulation: np.ndarray) -> None:
    insulation[100:105] = 10.0


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("cells_v", blink), ("cells_v", lost_wire), ("cells_v", shared_wire),
        ("insulation_kohm", self_test),
    ],
)  # fmt: skip
def test_broken_wires_and_self_tests_are_not_fires(
    name: str, change: Callable[[np.ndarray], None]
) -> None:
    assert [f for f in seen(changed(name, change)) if f.severity is Severity.RED] == []


def test_a_calm_pack_says_nothing() -> None:
    assert seen(calm()) == []
    assert seen(calm().slim()) == []
