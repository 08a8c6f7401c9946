"""`vigil evaluate cell-soh`: state of health of laboratory cells from their charge curves."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from models.lab.cell_life import CellLife

SEED = 7
PUBLISHED = {"XJTU": r"-[^-]*[48][^-]*$"}
"""Published splits: cells whose number after the last '-' contains a 4 or an 8 are tested."""


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("cell-soh")(cell_soh)


def cell_soh(
    file: Annotated[Path, typer.Argument(help="Parquet: set, batch, cell, cycle, features, Ah.")],
    set_name: Annotated[str, typer.Option("--set", help="Which laboratory's set.")],
    test_cells: Annotated[
        str | None, typer.Option(help="Cells to test: a regular expression, by search.")
    ] = None,
    nominal_ah: Annotated[float | None, typer.Option(help="Rated capacity of the cells.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of folds and models.")] = SEED,
    transfer: Annotated[
        bool, typer.Option(help="Also train on the other sets and try them here.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Estimate capacity / rated capacity per cycle and score it on cells never seen.

    Honest scores use nothing of a test cell's future. The published protocol, which scales each
    cell by its whole life, stands beside them as `_leaking`. Errors are fractions.
    """
    from domain.errors import BadInput

    try:
        result = _trial(file, set_name, test_cells, nominal_ah, seed, transfer)
    except BadInput as error:
        typer.echo(f"{error}. {error.remedy}", err=True)
        raise typer.Exit(2) from error
    typer.echo(json.dumps(result) if as_json else _text(result))


def _trial(
    file: Path,
    set_name: str,
    pattern: str | None,
    nominal_ah: float | None,
    seed: int,
    across: bool,
) -> dict[str, object]:
    from models.lab.cell_life import read_cells
    from vigil.trials import cell_soh as trial

    _check(pattern, nominal_ah)
    batches = read_cells(file, set_name, nominal_ah)
    pattern = pattern or PUBLISHED.get(set_name)
    splits = (
        trial.split_by_pattern(batches, pattern) if pattern else trial.split_by_fold(batches, seed)
    )
    trial.check_splits(splits, pattern or "five-fold by cell")
    cycles = sum(len(cell.soh) for cells in batches.values() for cell in cells)
    _say(f"{set_name}: {len(batches)} batches, {cycles} cycles, {len(splits)} split(s)")
    return {
        "set": set_name,
        "protocol": f"cells found by {pattern!r}" if pattern else "five-fold by cell",
        "seed": seed,
        "batches": trial.run(splits, seed, _say),
        "left_out_batches": trial.left_out_batches(batches, seed, _say),
        **({"transfer": _across(file, set_name, batches, seed)} if across else {}),
    }


def _across(
    file: Path, set_name: str, batches: dict[str, list[CellLife]], seed: int
) -> dict[str, object]:
    """Transfer from every other set of the file; one that cannot be read is said and passed by."""
    from domain.errors import BadInput
    from models.lab.cell_life import read_cells, set_names
    from models.lab.cell_transfer import transfer

    found: dict[str, object] = {}
    for other in set_names(file):
        if other != set_name:
            _say(f"transfer from {other}")
            try:
                found[other] = transfer(read_cells(file, other), batches, seed)
            except BadInput as error:
                _say(f"no transfer from {other}: {error}")
    return found


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _check(pattern: str | None, nominal_ah: float | None) -> None:
    from domain.errors import BadInput

    if nominal_ah is not None and not 0.01 <= nominal_ah <= 1000:
        raise BadInput("--nominal-ah", nominal_ah, "is not a cell's capacity", remedy="give Ah")
    if pattern is not None:
        try:
            re.compile(pattern)
        except re.error as error:
            problem = f"is no regular expression ({error})"
            raise BadInput("--test-cells", pattern, problem, remedy="escape it") from error


def _text(result: dict[str, object]) -> str:
    batches = result["batches"]
    assert isinstance(batches, dict)
    lines = [f"{result['set']}: {result['protocol']}, seed {result['seed']}"]
    for name, s in batches.items():
        lines.append(f"{name}: MAE {s['mae']:.4f} RMSE {s['rmse']:.4f} on {s['cells_test']} cells")
        holds = "cannot be stated" if s["coverage90"] is None else f"holds {s['coverage90']:.1%}"
        lines.append(f"  90 % interval {holds}, learned from {s['cells_train']} cells")
        lines.append(f"  leaking protocol {s['mae_leaking']:.4f}/{s['rmse_leaking']:.4f}")
    unseen = result["left_out_batches"]
    assert isinstance(unseen, dict)
    lines += [
        f"{name} from the other batches: MAE {s['mae']:.4f}, 90 % interval holds "
        f"{s['coverage90']:.1%} of a cell's cycles, width {s['width90']:.3f}"
        for name, s in unseen["batches"].items()
    ]
    return "\n".join(lines)
