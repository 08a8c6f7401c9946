"""What a terminal last said of its alarms, as it is stored: for the door, after a restart."""

from __future__ import annotations

from datetime import timedelta

from domain.identity import Device
from store.db.pool import Pool
from store.db.sql import queries
from store.sink.fact_rows import moment

_Q = queries("terminals")
LONGEST = timedelta(days=7)
"""Re-issued reports reach this far back (GB/T 32960.3-2025, B.2.8)."""


class AlarmHistory:
    """Reads rows; connects as vigil_ingest."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def before(self, device: Device, t_ms: int) -> tuple[int, int | None, int] | None:
        """ms UTC, level and bits of the last alarm before a time; None where there is none."""
        vehicles = sorted({binding.vehicle_id for binding in device.bindings})
        at = moment(t_ms)
        parameters = {
            "tenant": device.tenant_id,
            "vehicles": vehicles,
            "source": device.id,
            "before": at,
            "after": at - LONGEST,
        }
        with self._pool.transaction() as connection:
            row = connection.execute(_Q["alarm_before"], parameters).fetchone()
        if row is None:
            return None
        ts_ms, level, bits = row
        return int(ts_ms), level, int(bits or 0)
