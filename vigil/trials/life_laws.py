"""What a life table says without features: Weibull's law, competing modes, recurrent events."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.lab.survival.curves import (
    Steps,
    cumulative_incidence,
    mean_cumulative_function,
    nelson_aalen,
)
from models.lab.survival.life_table import LifeTable
from models.lab.survival.weibull import fit_weibull

Floats = npt.NDArray[np.float64]
_AGES = 10
"""Ages at which a curve is shown."""
_SHAPES = (0.03, 100.0)  # beyond them the table decides no law: parts have 0.3 to 10
_SHORTEST = 0.5  # of the shortest positive time: stands for a time of 0, which has no logarithm


def laws(table: LifeTable) -> dict[str, object]:
    """`weibull`, `nelson_aalen` and, where there are several, `modes`; or of recurrent events the
    `mean_cumulative_function`."""
    if table.recurrent:
        return {"mean_cumulative_function": _recurrent(table)}
    found: dict[str, object] = {"weibull": _weibull(table, table.event > 0)}
    if not table.found_ended.any():
        found["nelson_aalen"] = _shown(nelson_aalen(table.time, table.event), "hazard")
        if len(table.modes) > 1:
            found["modes"] = _modes(table)
    return found


def _recurrent(table: LifeTable) -> dict[str, object]:
    curve = mean_cumulative_function(table.group, table.time, table.event)
    found: dict[str, object] = {
        "units": len(np.unique(table.group)),
        "events": int((table.event > 0).sum()),
        **_shown(curve, "events_per_unit"),
    }
    if (table.amount != 1).any():
        worth = mean_cumulative_function(table.group, table.time, table.event, table.amount)
        found["amount_per_unit"] = _shown(worth, "amount")["amount"]
    return found


def _modes(table: LifeTable) -> dict[str, object]:
    shares = cumulative_incidence(table.time, table.event)
    return {
        name: {
            "events": int((table.event == at).sum()),
            "weibull": _weibull(table, table.event == at),
            "cumulative_incidence": _shown(shares[at], "share"),
        }
        for at, name in enumerate(table.modes, start=1)
        if at in shares
    }


def _weibull(table: LifeTable, ended: npt.NDArray[np.bool_]) -> dict[str, object] | None:
    """The law of lives that ended so, the others censored; None where nothing decides."""
    positive = table.time[table.time > 0]
    if not len(positive):
        return None
    time = np.maximum(table.time, _SHORTEST * float(positive.min()))
    low = np.where(ended & table.found_ended, 0.0, time)
    try:
        law = fit_weibull(low, np.where(ended, time, np.inf))
    except ValueError:
        return None
    if not _SHAPES[0] < law.shape < _SHAPES[1]:
        return None
    return {
        "shape": law.shape,
        "scale": law.scale,
        "shape_90": _ends(law.shape_90),
        "scale_90": _ends(law.scale_90),
        "mean_life": law.mean(),
        "b10": law.life_of(0.1),
        "log_likelihood": law.log_likelihood,
    }


def _shown(curve: Steps, name: str) -> dict[str, list[float]]:
    """The curve at ten ages between its first and last step."""
    ages = np.linspace(curve.times[0], curve.times[-1], _AGES) if len(curve.times) else np.zeros(0)
    return {"age": ages.tolist(), name: curve.at(ages).tolist()}


def _ends(interval: tuple[float, float]) -> list[float] | None:
    """An interval, None where too little was seen for one."""
    return list(interval) if np.isfinite(interval).all() else None
