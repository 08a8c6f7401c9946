"""The order of causes: what explains what."""

from __future__ import annotations

from domain.causes import CAUSES, cause, explains


def test_causes_explain_downwards_only() -> None:
    for known in CAUSES.values():
        for root in known.explained_by:
            assert cause(root).rank <= known.rank, f"{root} cannot explain {known.id}"
    assert explains("cell_sensor", "V_3", "weak_cell", "V_3")
    assert not explains("cell_sensor", "V_3", "weak_cell", "V_4")
