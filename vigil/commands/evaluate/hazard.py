"""`vigil evaluate hazard`: who fails when, on any survival table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from models.lab.survival.column_roles import Names
    from models.lab.survival.life_table import LifeTable

SEED = 1972
"""Any number: printed, so that a run can be made again."""


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("hazard")(hazard)


def hazard(
    file: Annotated[Path, typer.Argument(help="Table with a header: one row per life.")],
    time: Annotated[str, typer.Option(help="Column of ages or times watched.")],
    event: Annotated[
        str | None,
        typer.Option(
            help="Column of how it ended: 1 and 0, words as failed and censored, left, or modes. "
            "Without one every life has ended."
        ),
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="Column of groups that stay together: units, vehicles.")
    ] = None,
    mode: Annotated[str | None, typer.Option(help="Column of competing modes of failure.")] = None,
    count: Annotated[
        str | None, typer.Option("--count", "--weight", help="Column of how many lives a row is.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="Column not to be learned from; repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of folds and models.")] = SEED,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Learn hazards from all other columns and score them on groups never seen, beside Cox and
    Kaplan-Meier.

    Numbers, words and gaps are learned from as they stand. Where every group is a unit watched to
    one last row and events recur, the mean cumulative function is told and spans between events are
    scored. Exit code 2 for a table that cannot be read, 3 for one without rows.
    """
    from domain.errors import BadInput
    from models.lab.survival.column_roles import Names

    names = Names(
        time=time, event=event, group=group, mode=mode, count=count, ignored=tuple(ignore or ())
    )
    try:
        result = _trial(file, names, seed)
    except BadInput as error:
        typer.echo(f"{error}. {error.remedy}", err=True)
        raise typer.Exit(2) from error
    typer.echo(json.dumps(result, ensure_ascii=False) if as_json else _text(result))


def _trial(file: Path, names: Names, seed: int) -> dict[str, object]:
    from models.lab.survival.life_table import life_table
    from vigil.trials import hazard as trial
    from vigil.trials.life_laws import laws
    from vigil.trials.survival_file import read_columns

    columns, lines = read_columns(file)
    if not lines:
        typer.echo(f"{file} holds no rows: give one row per life", err=True)
        raise typer.Exit(3)
    table = life_table(columns, lines, names)
    for note in table.notes:
        _say(note)
    lives = trial.lives_of(table)
    scored = trial.run(lives, seed, _say)
    return {
        **scored,
        **laws(table),
        "rows_left_out": table.left_out,
        "notes": list(table.notes),
        "seed": seed,
        "protocol": _protocol(table, names, seed),
    }


def _protocol(table: LifeTable, names: Names, seed: int) -> str:
    by = f"five folds by {names.group}" if names.group else "five folds by row"
    parts = [f"{by}, seed {seed}"]
    if table.recurrent:
        parts.append("spans between recurrent events are scored")
    if table.found_ended.any():
        parts.append("lives found ended count at the time they were found")
    parts += [
        "members chosen and weighed inside the training folds",
        "C-index of Harrell within folds, equal risks count half",
        "Brier score weighted against censoring, mean over time",
        "calibration slope of log cumulative hazard at the median event, a baseline per fold",
    ]
    return "; ".join(parts)


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _text(result: dict[str, object]) -> str:
    lines = [str(result["protocol"]), f"{result['n']} lives, {result['events']} events", ""]
    baselines = result["baselines"]
    assert isinstance(baselines, dict)
    lines.append(f"{'':14}{'C-index':>9}{'Brier':>9}{'slope':>9}")
    for name, scores in (("vigil", result), ("Cox", baselines["cox"]), ("KM", baselines["km"])):
        figures = (_figure(scores[key]) for key in ("c_index", "ibs", "calibration_slope"))
        lines.append(f"{name:14}" + "".join(f"{figure:>9}" for figure in figures))
    return "\n".join([*lines, *_law_lines(result)])


def _figure(value: object) -> str:
    return "-" if value is None else f"{value:.4f}"


def _law_lines(result: dict[str, object]) -> list[str]:
    lines = []
    named = {"all": {"weibull": result.get("weibull")}, **_dict(result.get("modes"))}
    for name, told in named.items():
        law = told["weibull"]
        if law:
            ends = law["shape_90"]
            within = f" ({ends[0]:.3g} to {ends[1]:.3g})" if ends else ""
            shape = f"shape {law['shape']:.3g}{within}"
            lines.append(f"Weibull {name}: {shape}, scale {law['scale']:.5g}")
    curve = _dict(result.get("mean_cumulative_function"))
    if curve:
        lines.append(f"{curve['events']} events of {curve['units']} units; per unit by age:")
        pairs = zip(curve["age"], curve["events_per_unit"], strict=True)
        lines += [f"  {age:10.5g} {mean:8.3f}" for age, mean in pairs]
    return lines


def _dict(value: object) -> dict[str, dict]:  # type: ignore[type-arg]
    return value if isinstance(value, dict) else {}
