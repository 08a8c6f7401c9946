"""Minimum performance that regulations ask of batteries, for vehicles approved under them only.

    UN GTR 22      on-board energy (SOCE) at 5 years or 100,000 km, and at 8 years or 160,000 km
    Euro 7         Regulation (EU) 2024/1257, the same two marks

A car without such an approval (in China: every car not exported under it) has its maker's warranty
and no regulation's line. Figures: standards section 6; both speak of certified energy, which field
capacity only approaches.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.vehicle import BatteryWarranty

MARKS = ((5.0, 100_000.0), (8.0, 160_000.0))
"""Years and km at which GTR 22 and Euro 7 ask for a share of the certified energy."""
LIMITS_PCT = {
    "gtr22_1": ("UN GTR 22, category 1", (80.0, 70.0)),
    "gtr22_2": ("UN GTR 22, category 2", (75.0, 65.0)),
    "euro7_m1": ("Euro 7, M1", (80.0, 72.0)),
    "euro7_n1": ("Euro 7, N1", (75.0, 67.0)),
}
"""By the word in `Vehicle.approvals`: what to call it, and the limit at each mark."""


def lines(approvals: Iterable[str]) -> list[BatteryWarranty]:
    """The lines that hold for a vehicle with these approvals; other approvals say nothing here."""
    return [
        BatteryWarranty(years=years, km=km, threshold_pct=limit, source=name, kind="regulation")
        for word in approvals
        if word in LIMITS_PCT
        for name, limits in [LIMITS_PCT[word]]
        for (years, km), limit in zip(MARKS, limits, strict=True)
    ]
