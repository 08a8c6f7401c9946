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
Rows = npt.NDArray[np.intp]
CHARGE_FEATURES = (
    "CC Q",
    "CV Q",  # Ah: divided by the rated capacity when they are read
    "voltage mean",
    "voltage std",
    "voltage kurtosis",
    "voltage skewness",
    "CC charge time",
    "voltage slope",
    "voltage entropy",
    "current mean",
    "current std",
    "current kurtosis",
    "current skewness",
    "CV charge time",
    "current slope",
    "current entropy",
)
_TEXTS = ("set", "batch", "cell")
_NUMBERS = ("cycle", "capacity", *CHARGE_FEATURES)
_CHARGES = 2
"""Features that are charges, to be taken per rated charge."""
_FRESH = 0.98
"""A new cell holds a little less than its rating (2 %)."""
_LARGEST_AH = 500.0
"""No traction cell is larger."""


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

    A fresh cell may hold up to 2 % more than is printed on it.

    >>> rated_capacity_ah(np.array([1.90, 1.93])), rated_capacity_ah(np.array([1.07, 1.11, 1.12]))
    (2.0, 1.1)
    """
    median = float(np.median(first_capacities_ah))
    step = 0.5 if median > 1.5 else 0.1
    return round(max(float(np.ceil(_FRESH * median / step - 1e-6)), 1.0) * step, 3)


def read_cells(
    path: Path, set_name: str | None = None, nominal_ah: float | None = None
) -> dict[str, list[CellLife]]:
    """Cells of one set (or of all) by batch, in the file's order; cycles sorted.

    Rows without a capacity or a cycle number are left out, and so are cells without any other.
    """
    table = _columns(path)
    names, numbers = table.names, table.numbers
    wanted = names["set"] == set_name if set_name is not None else names["set"] != ""
    if not wanted.any():
        known = ", ".join(sorted(set(names["set"])))
        raise BadInput("--set", set_name, "is not in the file", remedy=f"give one of: {known}")
    wanted &= np.isfinite(numbers["capacity"]) & np.isfinite(numbers["cycle"])
    if not wanted.any():
        remedy = "give measured capacities in Ah and cycle numbers"
        raise BadInput("capacity", set_name, "is known in no cycle of this set", remedy=remedy)
    batches: dict[str, list[CellLife]] = {}
    for batch in dict.fromkeys(names["batch"][wanted]):
        rows = np.flatnonzero(wanted & (names["batch"] == batch))
        batches[batch] = _batch(table, rows, batch, nominal_ah)
    return batches


def set_names(path: Path) -> list[str]:
    """The sets a file holds, sorted."""
    return sorted(set(_columns(path).names["set"]))


def held_out(cell: str, pattern: str) -> bool:
    """Whether the pattern (re.search) puts this cell into the test split."""
    return re.search(pattern, cell) is not None


def stack(cells: Sequence[CellLife], views: Sequence[Floats], rows: int) -> tuple[Floats, Floats]:
    """Views [n, p] and truths [n] of several cells, evenly thinned to about `rows` in all."""
    total = sum(len(view) for view in views)
    step = max(1, round(total / rows))
    return np.vstack([v[::step] for v in views]), np.concatenate([c.soh[::step] for c in cells])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """Columns by name: texts (set, batch, cell) and float64 numbers, NaN for unknown."""

    names: dict[str, npt.NDArray[np.object_]]
    numbers: dict[str, Floats]


def _batch(table: _Table, rows: Rows, batch: str, nominal_ah: float | None) -> list[CellLife]:
    cells, capacity = table.names["cell"][rows], table.numbers["capacity"]
    groups = {cell: rows[cells == cell] for cell in dict.fromkeys(cells)}
    cycle = table.numbers["cycle"]
    ordered = {c: g[np.argsort(cycle[g], kind="stable")] for c, g in groups.items()}
    first = np.array([capacity[g[0]] for g in ordered.values()])
    rated = nominal_ah or rated_capacity_ah(first)
    _check_capacity(batch, float(np.median(first)), rated, given=nominal_ah is not None)
    return [_cell(table, group, batch, cell, rated) for cell, group in ordered.items()]


def _check_capacity(batch: str, first_ah: float, rated_ah: float, *, given: bool) -> None:
    if given and not 0.5 <= first_ah / rated_ah <= 1.3:
        problem = f"does not fit batch {batch}, whose cells begin with {first_ah:.4g}"
        remedy = "give the rated capacity in the unit of the column capacity, or leave it out"
        raise BadInput("--nominal-ah", rated_ah, problem, remedy=remedy)
    if not 0.01 <= first_ah <= _LARGEST_AH:
        problem = f"is no usual first capacity in Ah (batch {batch})"
        remedy = "give Ah (1.1, not 1100 mAh)"
        raise BadInput("capacity", round(first_ah, 4), problem, remedy=remedy)


def _cell(table: _Table, rows: Rows, batch: str, cell: str, rated: float) -> CellLife:
    features = np.column_stack([table.numbers[name][rows] for name in CHARGE_FEATURES])
    features[~np.isfinite(features)] = np.nan
    features[:, :_CHARGES] /= rated
    return CellLife(
        batch=batch,
        cell=cell,
        nominal_ah=rated,
        cycles=table.numbers["cycle"][rows],
        features=features,
        soh=table.numbers["capacity"][rows] / rated,
    )


def _columns(path: Path) -> _Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        remedy = "give a parquet file with set, batch, cell, cycle, capacity and charge features"
        raise BadInput("FILE", str(path), f"cannot be read ({error})", remedy=remedy) from error
    missing = sorted({*_TEXTS, *_NUMBERS} - set(table.schema.names))
    if missing:
        raise BadInput("FILE", str(path), f"lacks the columns {missing}", remedy="add them")
    if not table.num_rows:
        raise BadInput("FILE", str(path), "holds no rows", remedy="give one row per cycle")

    def column(name: str, kind: pa.DataType, unknown: object) -> npt.NDArray[np.generic]:
        try:
            filled = table[name].cast(kind).fill_null(unknown)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            problem = f"is {table[name].type} and cannot be read as {kind} ({error})"
            raise BadInput("column", name, problem, remedy=f"give it as {kind}") from error
        return filled.to_numpy()  # type: ignore[no-any-return]

    return _Table(
        names={n: column(n, pa.string(), "unknown").astype(object) for n in _TEXTS},
        numbers={n: column(n, pa.float64(), np.nan).astype(np.float64) for n in _NUMBERS},
    )
