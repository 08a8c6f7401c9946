"""The two demo centres' bays and parts: bay time for the next three weeks, some of every part."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from care.offers.catalogue import shipped
from store.db.pool import Pool
from store.people.workshop import NewSlot, Workshop
from vigil.demo.demo_cars import Ground

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = 21
HOURS = (9, 13)
LENGTH = timedelta(hours=4)
"""Half-days of the next three weeks."""
BAYS = {"bay-1": ["general", "hv"], "bay-2": ["general"]}
IN_STOCK = 3
"""Of every part on the shelf."""


def prepare(pool: Pool, ground: Ground) -> None:
    """Publish the bay time that is not published yet, and stock what lies on the shelf."""
    workshop = Workshop(pool)
    today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    for centre in ground.centre_ids:
        slots = [
            NewSlot(
                centre_id=centre,
                start=start.astimezone(UTC),
                end=(start + LENGTH).astimezone(UTC),
                skills=skills,
                bay=bay,
            )
            for day in range(1, DAYS)
            for hour in HOURS
            for start in [today + timedelta(days=day, hours=hour)]
            for bay, skills in BAYS.items()
        ]
        workshop.add_slots(ground.tenant_id, slots)
        amounts = {part: IN_STOCK for part, each in shipped().parts.items() if not each.lead_days}
        workshop.set_stock(ground.tenant_id, centre, amounts)
