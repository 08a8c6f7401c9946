"""One call for everything the traction battery's models say about a window.

    Window + Vehicle (+ records) -> Judgement(answers, findings, facts, causes)

answers   capacity_ah, capacity_soh, energy_kwh, energy_soh, bms_soh, onboard_soce, resistance
findings  weak_cell, cell_imbalance, self_discharge, internal_short, cell_sensor, ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.readings import Day, Window
from domain.vehicle import Vehicle
from models.base import Judgement
from models.battery.ageing.fleet import Fleet
from models.battery.case import BatteryCase
from models.battery.pack_rows import SIGNALS


def assess(
    window: Window,
    vehicle: Vehicle,
    *,
    records: Sequence[Mapping[str, object]] = (),
    fleet: Fleet | None = None,
) -> Judgement:
    """All battery answers and findings from rows up to the window's end, and no later.

    `records` are charge records as `WindowSource.records(vehicle, "charge", ...)` gives them. The
    window needs the signals of `models.battery.pack_rows.SIGNALS`; what is absent silences what
    needs it. Same input, same answer: no clock is read and nothing is drawn at random. `fleet` is
    what comparable cars say, if anything is known of them.
    """
    case = BatteryCase(vehicle, fleet)
    case.add(Day(window=window, records={"charge": records}))
    return case.judgement()


class BatteryFamily:
    """Station 9 for traction batteries."""

    name = "battery"
    signals: Sequence[str] = SIGNALS
    parts = True
    records: Sequence[str] = ("charge",)

    def open(self, vehicle: Vehicle) -> BatteryCase | None:
        """A case for electric cars."""
        return BatteryCase(vehicle) if vehicle.electric else None
