"""`vigil evaluate rul`: remaining life of machines that run to failure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from models.lab.remaining.runs import Run

SEED = 20080
"""Any number: printed, so that a run can be made again."""
CAP_TOLD = "life capped at 125 cycles"


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("rul")(rul)


def rul(
    train: Annotated[Path, typer.Option(help="Runs to failure: 26 columns, no header.")],
    test: Annotated[Path | None, typer.Option(help="Runs cut off before their end.")] = None,
    rul: Annotated[
        Path | None, typer.Option(help="True remaining cycles of --test, one a line.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of folds, cuts and models.")] = SEED,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Learn remaining life from runs to failure and score it on machines never seen.

    Columns, parted by blanks: unit, cycle, 3 operating settings, 21 sensors (as NASA C-MAPSS).
    With --test and --rul the last cycle of each test machine is scored; without them machines are
    left out by fifths and cut at random. Life is capped at 125 cycles, in training and in truth.
    Exit code 2 for tables that cannot be read, 3 for one without rows.
    """
    from domain.errors import BadInput
    from models.lab.remaining.runs import NoRows

    try:
        result = _trial(train, test, rul, seed)
    except BadInput as error:
        typer.echo(f"{error}. {error.remedy}", err=True)
        raise typer.Exit(3 if isinstance(error, NoRows) else 2) from error
    typer.echo(json.dumps(result) if as_json else _text(result))


def _trial(train: Path, test: Path | None, lives: Path | None, seed: int) -> dict[str, object]:
    from domain.errors import BadInput
    from models.lab.remaining.runs import read_runs

    if (test is None) != (lives is None):
        missing, given = ("--rul", test) if lives is None else ("--test", lives)
        remedy = "give --test and --rul together, or neither"
        raise BadInput(missing, None, f"is missing beside {given}", remedy=remedy)
    runs = read_runs(train, "--train")
    _check(runs, train)
    _say(f"{len(runs)} machines to learn from")
    if test is None or lives is None:
        return _folds(runs, seed)
    return _test(runs, test, lives, seed)


def _folds(runs: list[Run], seed: int) -> dict[str, object]:
    from vigil.trials import remaining_life as trial

    told, every = trial.by_folds(runs, seed, _say)
    return {
        "n_train": len(runs),
        "n_test": len(runs),
        "cuts": len(told.truth),
        **trial.scores(told),
        "rmse_every_cycle": every,
        "seed": seed,
        "protocol": f"five folds by machine, seed {seed}; each machine of a fold cut at "
        f"{trial.CUTS} random cycles; {CAP_TOLD}; score summed over all cuts",
    }


def _test(runs: list[Run], test: Path, lives: Path, seed: int) -> dict[str, object]:
    from models.lab.remaining.runs import read_lives, read_runs
    from vigil.trials import remaining_life as trial

    cut = read_runs(test, "--test")
    told = trial.on_test(runs, cut, read_lives(lives, len(cut)), seed, _say)
    return {
        "n_train": len(runs),
        "n_test": len(cut),
        **trial.scores(told),
        "seed": seed,
        "protocol": f"last cycle of each test machine; {CAP_TOLD}; seed {seed}",
    }


def _check(runs: list[Run], train: Path) -> None:
    from domain.errors import BadInput
    from models.lab.remaining.estimator import FEWEST_RUNS

    needed = FEWEST_RUNS + FEWEST_RUNS // 4 + 1  # a fifth is left out
    if len(runs) < needed:
        remedy = f"give at least {needed} machines that ran to failure"
        raise BadInput("--train", str(train), f"holds {len(runs)} machines", remedy=remedy)


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _text(result: dict[str, object]) -> str:
    rows = [
        ("machines to learn from", f"{result['n_train']}"),
        ("machines tested", f"{result['n_test']}"),
        ("RMSE", f"{result['rmse']:.2f} cycles"),
        ("mean absolute error", f"{result['mae']:.2f} cycles"),
        ("PHM08 score", f"{result['score']:.1f}"),
        ("90 % interval holds", f"{result['coverage90']:.1%}"),
        ("median width", f"{result['width90']:.1f} cycles"),
    ]
    lines = [f"{name:24} {value}" for name, value in rows]
    return "\n".join([str(result["protocol"]), *lines])
