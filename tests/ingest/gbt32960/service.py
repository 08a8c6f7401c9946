"""A whole service on real sockets for tests, with the store's shipped twin behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.identity import Binding, Device
from domain.readings import Accepted
from ingest.gbt32960.options import Options
from ingest.gbt32960.service import GbtService, Listener
from tests.ingest.gbt32960.reports import (
    VIN,
)
from tests.ingest.parts import TellingSink

START = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
OTHER = "LTESTVN00S0000002"


class Enrolled:
    """Terminals by VIN: each with a vehicle of its own."""

    def __init__(self, *names: str) -> None:
        self.vins = {vin: number for number, vin in enumerate(names, 1)}
        self.asked = 0

    def device(self, tenant: str, vin: str) -> Device | None:
        self.asked += 1
        number = self.vins.get(vin)
        if number is None:
            return None
        since = START - timedelta(days=30)
        bound = Binding(device_id=number, vehicle_id=1000 + number, since=since)
        return Device(
            id=number, tenant_id=1, tenant=tenant, name=f"tbox-{number}", bindings=(bound,)
        )


class NoHistory:
    """No alarms are stored."""

    def before(self, device: Device, t_ms: int) -> None:
        return None


@contextmanager
def server(
    sink: TellingSink | None = None,
    terminals: Enrolled | None = None,
    line: Listener | None = None,
    **options: Any,
) -> Iterator[GbtService]:
    extras = {k: options.pop(k) for k in ("superior", "raw", "limits") if k in options}
    made = GbtService(
        sink=sink or TellingSink(),
        terminals=terminals or Enrolled(VIN, OTHER),
        history=NoHistory(),
        options=Options(**options),
        line=line or Listener(host="127.0.0.1", port=0),
        **extras,
    )
    made.start()
    try:
        yield made
    finally:
        made.stop()


def count(service: GbtService, name: str, **labels: str) -> float:
    return service.meters.registry.get_sample_value(f"vigil_gbt32960_{name}", labels) or 0.0


def rows(sink: TellingSink) -> list[Accepted]:
    return [message for message in sink.kept if isinstance(message, Accepted)]
