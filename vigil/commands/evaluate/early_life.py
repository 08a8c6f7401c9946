"""`vigil evaluate early-life`: cycle life of LFP cells from their first hundred cycles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

SEED = 20190325
"""Any number: printed, so that a run can be made again."""


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("early-life")(early_life)


def early_life(
    train: Annotated[Path, typer.Option(help="npz with Q_train and life_train.")],
    test: Annotated[list[Path], typer.Option(help="npz whose other names are scored; repeatable.")],
    more: Annotated[list[Path] | None, typer.Argument(help="Further test files.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the repeated splits and the baseline.")] = SEED,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Forecast cycle life from discharge curves of cycles 2 to 100 and score it.

    Fits on `Q_train` alone (features, members of the committee and widths included) and scores
    every other name of each test file. RMSE is stated with and without lives below 200 cycles.
    """
    from domain.errors import BadInput

    try:
        result = _trial(train, [*test, *(more or [])], seed)
    except BadInput as error:
        typer.echo(f"{error}. {error.remedy}", err=True)
        raise typer.Exit(2) from error
    typer.echo(json.dumps(result) if as_json else _text(result))


def _trial(train: Path, tests: list[Path], seed: int) -> dict[str, object]:
    from domain.errors import BadInput
    from models.lab.early_life import FEATURES, EarlyLifeForecast
    from vigil.trials import early_life as trial

    learned = next((c for c in trial.read_cells(train) if c.name == "train"), None)
    if learned is None:
        raise BadInput("--train", str(train), "holds no Q_train", remedy="name the curves Q_train")
    model = EarlyLifeForecast().fit(learned.curves, learned.life)
    scored = []
    for path in tests:
        for cells in trial.read_cells(path):
            if cells.name != "train":
                trial.check_unit(learned, cells)
                typer.echo(f"scoring {cells.name} of {path.name}", err=True)
                base = trial.baseline(learned, cells, level=model.level, seed=seed)
                scored.append({"file": path.name, **trial.score(model, cells), **base})
    if not scored:
        names = ", ".join(path.name for path in tests)
        remedy = "name the curves to score Q_<name> and their lives life_<name>"
        raise BadInput("--test", names, "holds no name other than train", remedy=remedy)
    typer.echo("twenty splits of the training cells", err=True)
    return {
        "protocol": "fit log10(cycles) on Q_train; score every other name; nothing else is read",
        "train": {"n": len(learned.life), "features": list(FEATURES)},
        "seed": seed,
        "tests": scored,
        "train_splits": trial.repeated_splits(learned, level=model.level, seed=seed),
        "left_out_blocks": trial.left_out_blocks(learned, level=model.level),
    }


def _text(result: dict[str, object]) -> str:
    lines = [str(result["protocol"])]
    tests = result["tests"]
    assert isinstance(tests, list)
    lines += [
        f"{t['name']}: n {t['n']}, RMSE {t['rmse_cycles']:.0f} cycles "
        f"({_cycles(t['rmse_without_outlier'])} without lives below 200), MAPE {t['mape']:.1%}, "
        f"90 % interval holds {t['coverage90']:.1%}, width {t['width90']:.0f} "
        f"(split conformal {_cycles(t['split_conformal_width90'])})"
        for t in tests
    ]
    blocks = result["left_out_blocks"]
    assert isinstance(blocks, dict)
    lines += [
        f"training cells left out in {cut['blocks']} blocks: 90 % interval holds "
        f"{cut['coverage90']:.1%}, width {cut['width90']:.0f}, RMSE {cut['rmse_cycles']:.0f} cycles"
        for cut in blocks["cuts"]
    ]
    return "\n".join(lines)


def _cycles(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0f}"
