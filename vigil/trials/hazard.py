"""The trial of the hazard: five folds by group, beside Cox and Kaplan-Meier on the same folds.

Every figure is of lives whose group was not learned from. Choosing and weighing of members happens
inside the training folds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput
from models.lab.survival.columns import Coded
from models.lab.survival.cox import Cox, calibration_slope
from models.lab.survival.curves import kaplan_meier
from models.lab.survival.hazard import Hazard, folds
from models.lab.survival.life_table import LifeTable
from models.lab.survival.members import Lives
from models.lab.survival.scores import brier_times, concordance, integrated_brier

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Say = Callable[[str], None]
FOLDS = 5
"""Folds by group, as the protocol says."""
_LEAST = 1e-12  # a cumulative hazard whose logarithm is taken


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoldAnswers:
    """What was said of the lives of one fold: cumulative hazards [n, times] by model."""

    rows: Ints
    cumulative: dict[str, Floats]
    watched: tuple[Floats, Ints]
    shares: dict[str, float]


def lives_of(table: LifeTable) -> Lives:
    """Lives to be scored; of recurrent events the spans between them."""
    time, event, of = _spans(table) if table.recurrent else (table.time, table.event, table.group)
    _, group = np.unique(of, return_inverse=True)
    return Lives(
        features=table.features,
        time=time,
        event=(event > 0).astype(np.int64),
        group=group.astype(np.int64),
    )


def _spans(table: LifeTable) -> tuple[Floats, Ints, npt.NDArray[np.str_]]:
    order = np.lexsort((-table.event, table.time, table.group))
    time, group = table.time[order], table.group[order]
    first = np.append(True, group[1:] != group[:-1])
    since = np.where(first, 0.0, np.append(0.0, time[:-1]))
    return time - since, table.event[order], group


def run(lives: Lives, seed: int, say: Say) -> dict[str, object]:
    """`c_index`, `ibs`, `calibration_slope`, `baselines`; BadInput where nothing can be learned."""
    check(lives)
    times = brier_times(lives.time, lives.event)
    count = min(FOLDS, len(np.unique(lives.group)))
    fold_of = folds(lives.group, count, seed)
    told = []
    for fold in range(count):
        told.append(_told(lives, fold_of == fold, times, seed))
        say(f"fold {fold + 1} of {count}")
    model, cox, km = (_scores(lives, told, times, name) for name in ("vigil", "cox", "km"))
    shares = {n: float(np.mean([t.shares[n] for t in told])) for n in told[0].shares}
    return {
        "n": len(lives.time),
        "events": int(lives.event.sum()),
        **model,
        "baselines": {"cox": cox, "km": km},
        "groups": len(np.unique(lives.group)),
        "features": [*lives.features.numbers, *lives.features.texts],
        "weights": shares,
        "brier_between": [float(times[0]), float(times[-1])],
    }


def check(lives: Lives) -> None:
    """BadInput where folds cannot be made or would hold no event."""
    groups, events = len(np.unique(lives.group)), int(lives.event.sum())
    if groups < 2:
        remedy = "give a column with at least two groups, or none"
        raise BadInput("--group", groups, "group is all there is", remedy=remedy)
    ended = np.unique(lives.group[lives.event > 0])
    if events < 2 or len(ended) < 2:
        remedy = "give at least two lives that ended, in different groups"
        raise BadInput("--event", events, "events are too few", remedy=remedy)


def _told(lives: Lives, out: Bools, times: Floats, seed: int) -> FoldAnswers:
    kept, left = lives.part(~out), lives.part(out)
    hazard = Hazard(seed=seed).fit(kept)
    coded = Coded().fit(kept.features)
    cox = Cox().fit(coded.for_lines(kept.features), kept.time, kept.event)
    alive = kaplan_meier(kept.time, kept.event).at(times)
    common = np.broadcast_to(-np.log(np.maximum(alive, _LEAST)), (len(left.time), len(times)))
    return FoldAnswers(
        rows=np.flatnonzero(out),
        cumulative={
            "vigil": hazard.cumulative_hazard(left.features, times),
            "cox": cox.cumulative_hazard(coded.for_lines(left.features), times),
            "km": common,
        },
        watched=(kept.time, kept.event),
        shares=hazard.blend.shares(),
    )


def _scores(
    lives: Lives, told: Sequence[FoldAnswers], times: Floats, name: str
) -> dict[str, float | None]:
    """Pairs and Brier scores within folds; one calibration slope with a baseline per fold, of log
    cumulative hazards at the median time of events."""
    ended = lives.time[lives.event > 0]
    middle = int(np.clip(np.searchsorted(times, np.median(ended)), 0, len(times) - 1))
    right, pairs, brier = 0.0, 0, 0.0
    risk, stratum = np.zeros(len(lives.time)), np.zeros(len(lives.time), dtype=np.int64)
    for fold, part in enumerate(told):
        time, event, said = lives.time[part.rows], lives.event[part.rows], part.cumulative[name]
        ordered, compared = concordance(_sooner(said, part.cumulative["km"]), time, event)
        right, pairs = right + ordered, pairs + compared
        brier += len(time) * integrated_brier(np.exp(-said), times, time, event, part.watched)
        risk[part.rows] = np.log(np.maximum(said[:, middle], _LEAST))
        stratum[part.rows] = fold
    return {
        "c_index": right / pairs if pairs else None,
        "ibs": brier / len(lives.time),
        "calibration_slope": calibration_slope(risk, lives.time, lives.event, stratum),
    }


def _sooner(said: Floats, common: Floats) -> Floats:
    """How likely each life is to end before one drawn from all of them, [n]; what pairs ask.

    Within the times judged: failed shares (mean over a step) weighted by how many end in that step.
    """
    failed, ends = 1 - np.exp(-said), -np.diff(np.exp(-common), axis=1)
    return np.asarray(((failed[:, 1:] + failed[:, :-1]) / 2 * ends).sum(axis=1))
