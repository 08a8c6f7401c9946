"""One aged cell of a laboratory: its charge features cycle by cycle, and the measured capacity."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput

Floats = npt.NDArray[np.float64]
NAMES = ("set", "batch", "cell", "cycle", "capacity")
CHARGE_FEATURES = (
    "CC Q", "CV Q",  # Ah: divided by the rated capacity when they are read
    "voltage mean", "voltage std", "voltage kurtosis", "voltage skewness", "CC charge time",
    "voltage slope", "voltage entropy", "current mean", "current std", "current kurtosis",
    "current skewness", "CV charge time", "current slope", "current entropy",
)  # fmt: skip
_CHARGES = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellLife:
    """Cycles [n] ascending, features [n, 16] (NaN for unknown), state of health [n] as a fraction.

    Charges are fractions of `nominal_ah`, so that cells of different size can be compared.
    """

    batch: str
    cell: str
    nominal_ah: float
    cycles: Floats
    features: Floats
    soh: Floats


def rated_capacity_ah(first_capacities_ah: Floats) -> float:
    """The rating printed on such cells: their median first capacity, up to the next step.

    >>> rated_capacity_ah(np.array([1.90, 1.93])), rated_capacity_ah(np.array([1.07]))
    (2.0, 1.1)
    """
    median = float(np.median(first_capacities_ah))
    step = 0.5 if median > 1.5 else 0.1
    return round(float(np.ceil(median / step - 1e-6)) * step, 3)


def read_cells(
    path: Path, set_name: str | None = None, nominal_ah: float | None = None
) -> dict[str, list[CellLife]]:
    """Cells of one set (or of all) by batch, in the file's order; cycles sorted."""
    table = _columns(path)
    sets = table["set"]
    wanted = np.ones(len(sets), dtype=bool) if set_name is None else sets == set_name
    if not wanted.any():
        known = ", ".join(sorted({str(name) for name in sets}))
        raise BadInput("--set", set_name, "is not in the file", remedy=f"give one of: {known}")
    batches: dict[str, list[CellLife]] = {}
    for batch in dict.fromkeys(table["batch"][wanted]):
        rows = np.flatnonzero(wanted & (table["batch"] == batch))
        batches[str(batch)] = _batch(table, rows, str(batch), nominal_ah)
    return batches


def set_names(path: Path) -> set[str]:
    """The sets a file holds."""
    return {str(name) for name in _columns(path)["set"]}


def held_out(cell: str, pattern: str) -> bool:
    """Whether the pattern (re.search) puts this cell into the test split."""
    return re.search(pattern, cell) is not None


def stack(cells: Sequence[CellLife], views: Sequence[Floats], rows: int) -> tuple[Floats, Floats]:
    """Views [n, p] and truths [n] of several cells, evenly thinned to about `rows` in all."""
    total = sum(len(view) for view in views)
    step = max(1, round(total / rows))
    return np.vstack([v[::step] for v in views]), np.concatenate([c.soh[::step] for c in cells])


def _batch(
    table: dict[str, npt.NDArray[np.generic]], rows: npt.NDArray[np.intp], batch: str,
    nominal_ah: float | None,
) -> list[CellLife]:  # fmt: skip
    capacity = np.asarray(table["capacity"], dtype=np.float64)
    groups = {c: rows[table["cell"][rows] == c] for c in dict.fromkeys(table["cell"][rows])}
    ordered = {c: g[np.argsort(table["cycle"][g], kind="stable")] for c, g in groups.items()}
    rated = nominal_ah or rated_capacity_ah(np.array([capacity[g[0]] for g in ordered.values()]))
    return [_cell(table, group, batch, str(cell), rated) for cell, group in ordered.items()]


def _cell(
    table: dict[str, npt.NDArray[np.generic]], rows: npt.NDArray[np.intp], batch: str, cell: str,
    rated: float,
) -> CellLife:  # fmt: skip
    known = rows[np.isfinite(np.asarray(table["capacity"][rows], dtype=np.float64))]
    features = np.column_stack([table[name][known] for name in CHARGE_FEATURES]).astype(np.float64)
    features[~np.isfinite(features)] = np.nan
    features[:, :_CHARGES] /= rated
    soh = np.asarray(table["capacity"][known], dtype=np.float64) / rated
    cycles = np.asarray(table["cycle"][known], dtype=np.float64)
    return CellLife(
        batch=batch, cell=cell, nominal_ah=rated, cycles=cycles, features=features, soh=soh
    )


def _columns(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        remedy = "give a parquet file with set, batch, cell, cycle, capacity and charge features"
        raise BadInput("FILE", str(path), f"cannot be read ({error})", remedy=remedy) from error
    missing = sorted({*NAMES, *CHARGE_FEATURES} - set(table.schema.names))
    if missing:
        raise BadInput("FILE", str(path), f"lacks the columns {missing}", remedy="add them")
    return {name: table[name].to_numpy(zero_copy_only=False) for name in (*NAMES, *CHARGE_FEATURES)}
