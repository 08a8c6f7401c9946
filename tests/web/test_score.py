"""The demo's scorecard has a page; elsewhere there is none."""

from __future__ import annotations

import pytest

from tests.api import world as worlds

pytestmark = [pytest.mark.database]

CARD = {
    "faults": {"weak_cell": {"n": 3, "detected": 2, "lead_days_median": 44.3}},
    "intervals": {"faults.weak_cell.detected": [0.135, 0.983]},
    "false_alarms_per_1000_vehicle_months": 0.0, "alerts_per_vehicle_month": 0.16,
    "exposure_vehicle_months": 94.6,
    "missed": [{"vehicle": "lfp-02", "kind": "weak_cell", "component": "cell_22"}],
}  # fmt: skip


def test_what_was_planted_and_found_is_shown_in_both_languages(world: worlds.World) -> None:
    with worlds.service(world, score=lambda: CARD) as app:
        manager, _ = worlds.visitor(app, "centre_manager")
        page = manager.get("/console/score?lang=en").text
        assert "2 / 3" in page
        assert "lfp-02" in page
        assert "Weak cell" in page
        assert "弱电芯" in manager.get("/console/score?lang=zh").text


def test_without_a_demo_there_is_no_scorecard(world: worlds.World) -> None:
    with worlds.service(world) as app:
        manager, _ = worlds.visitor(app, "centre_manager")
        assert manager.get("/console/score").status_code == 404
        assert "/console/score" not in manager.get("/console/group").text
