"""Machines that wear out, as tables of 26 columns: wear grows, sensors follow it through noise.

Some sensors are constant, some only noise; readings depend on the operating condition; a machine
has one of several fault modes, each pulling at sensors of its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
CONSTANT, NOISE = slice(0, 5), slice(5, 8)
_NOISE = 0.25  # of what a sensor moves from new to worn


def machines(
    count: int, seed: int, *, conditions: int = 1, modes: int = 1, shortest: int = 120
) -> Floats:
    """Rows [n, 26] of `count` machines that ran to failure."""
    rng, laws = np.random.default_rng(seed), np.random.default_rng(5)
    loads = np.column_stack(
        [np.arange(conditions) * 8.4, np.arange(conditions) * 0.17, 60 + 8 * np.arange(conditions)]
    )
    base = laws.uniform(10, 600, 21) + laws.uniform(-5, 5, (conditions, 21))
    pull = laws.choice([-1.0, 1.0], (modes, 21)) * laws.uniform(0.5, 2, (modes, 21))
    pull[:, CONSTANT] = pull[:, NOISE] = 0.0
    tables = []
    for unit in range(1, count + 1):
        life = int(rng.integers(shortest, 2 * shortest))
        at = rng.integers(0, conditions, life)
        wear = np.exp(-(life - np.arange(1, life + 1)) / rng.uniform(25, 40))
        made = rng.normal(0, 0.1, 21)
        sensors = base[at] + wear[:, None] * pull[rng.integers(0, modes)] + made * (pull[0] != 0)
        sensors += rng.normal(0, _NOISE, (life, 21)) * (np.arange(21) >= CONSTANT.stop)
        settings = loads[at] + rng.normal(0, 0.002, (life, 3)) * [1, 0.1, 0]
        keys = np.column_stack([np.full(life, unit), np.arange(1, life + 1)])
        tables.append(np.column_stack([keys, settings, sensors]))
    return np.vstack(tables)


def write(path: Path, rows: Floats) -> Path:
    """A table as the published ones are: two blanks at the end of a line."""
    lines = (f"{r[0]:.0f} {r[1]:.0f} " + " ".join(f"{v:.4f}" for v in r[2:]) + "  " for r in rows)
    path.write_text("\n".join(lines) + "\n")
    return path


def cut(rows: Floats, seed: int) -> tuple[Floats, Floats]:
    """The same machines cut off somewhere: rows, and the cycles each still had."""
    rng = np.random.default_rng(seed)
    kept, left = [], []
    for unit in np.unique(rows[:, 0]):
        run = rows[rows[:, 0] == unit]
        last = int(rng.integers(40, len(run)))
        kept.append(run[:last])
        left.append(len(run) - last)
    return np.vstack(kept), np.array(left, dtype=float)
