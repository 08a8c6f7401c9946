"""A recording through the national protocol, held against the same recording as it is.

    recording --batches--> store                                           one vehicle
              --batches--> T-Box --GB/T 32960 over TCP--> door --> store    another vehicle

Both are read back and rounded to the standard's steps; then every row must be equal. Of two rows
with one time a window shows either: such seconds are counted (`doubled`), not compared. The store
is the shipped twin: what is tried is codec, door and units, not SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.identity import Binding, Device
from domain.readings import Accepted, Matrix, Window
from domain.vehicle import Powertrain, Vehicle
from firmware_contracts import codec
from firmware_contracts.gbt32960.frame import Flag
from firmware_contracts.signals import BY_ID
from firmware_contracts.telemetry import Float64, Int64, TelemetryBatch
from ingest.directory import CachedDirectory
from ingest.gbt32960.options import Options, Reports
from ingest.gbt32960.service import GbtService, Listener
from ingest.intake import Intake
from simulators.gbt_terminal import SIGNALS, TerminalLine, frames
from store.memory import Memory
from vigil.replay.batches import batches
from vigil.replay.readings import Readings

VIN = "LVIGLTRY000000001"
TENANT = "trial"
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
AS_IT_IS, BY_GBT = 1, 2
UNHURRIED = 1e9
"""Reports a second: a trial holds nobody back."""
PROBE_STEP_C, CELL_STEP_V = 1.0, 0.001


@dataclass(kw_only=True)
class _Clock:
    """The door's clock: a recording is as old as it is, and the door takes 31 days at most."""

    at: datetime = ALWAYS

    def now(self) -> datetime:
        """The moment of the batch that is being sent."""
        return self.at


class _OneTerminal:
    """One terminal."""

    def device(self, tenant: str, vin: str) -> Device | None:
        """The device of the one VIN."""
        if vin != VIN:
            return None
        bound = Binding(device_id=BY_GBT, vehicle_id=BY_GBT, since=ALWAYS)
        return Device(id=BY_GBT, tenant_id=1, tenant=tenant, name="by-gbt", bindings=(bound,))

    def before(self, device: Device, t_ms: int) -> None:
        """Nothing is stored before a trial."""
        return None


def trial(readings: Readings, rows: int) -> Mapping[str, Any]:
    """The first rows of the recording, both ways."""
    memory, chosen = _house(), list(_first(batches(readings), rows))
    _as_it_is(memory, chosen)
    frame_count = _by_gbt(memory, chosen)
    names = sorted({BY_ID[n].name for b in chosen for n in (*b.real.signals, *b.wide.signals)})
    carried = [name for name in names if name in SIGNALS]
    span = _span(chosen)
    one, two = (
        memory.windows.read(vehicle, carried, *span, cells=True, probes=True)
        for vehicle in (AS_IT_IS, BY_GBT)
    )
    doubled = _doubled(chosen)
    columns = {name: _column(name, one, two, doubled) for name in carried}
    columns |= _packs(one, two, doubled)
    return {
        "rows": int(one.ticks_ms.shape[0]),
        "frames": frame_count,
        "doubled": int(doubled.shape[0]),
        "equal": _same_ticks(one, two) and not any(c["differ"] for c in columns.values()),
        "columns": columns,
        "lost": [name for name in names if name not in SIGNALS],
        "coarser": [name for name, c in columns.items() if c["coarser"]],
    }


def _first(found: Iterator[TelemetryBatch], rows: int) -> Iterator[TelemetryBatch]:
    for batch in found:
        yield batch
        rows -= batch.rows
        if rows <= 0:
            return


def _doubled(chosen: Sequence[TelemetryBatch]) -> Int64:
    """Seconds that stand in more than one row."""
    seconds = np.concatenate([batch.ticks_ms for batch in chosen]) // 1000
    found, times = np.unique(seconds, return_counts=True)
    return found[times > 1]


def _span(chosen: Sequence[TelemetryBatch]) -> tuple[datetime, datetime]:
    ticks = np.concatenate([batch.ticks_ms for batch in chosen])
    low, high = int(ticks.min()), int(ticks.max())
    return _moment(low - low % 1000), _moment(high) + timedelta(seconds=1)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _house() -> Memory:
    memory = Memory()
    registry = memory.registry
    tenant = registry.add_tenant(TENANT)
    for vehicle, device in ((AS_IT_IS, "as-it-is"), (BY_GBT, "by-gbt")):
        registry.add_vehicle(
            Vehicle(id=vehicle, tenant_id=tenant, centre_id=None, powertrain=Powertrain.BEV)
        )
        number = registry.add_device(tenant, device, may_import=True)
        registry.bind(tenant, number, vehicle, ALWAYS)
    return memory


def _as_it_is(memory: Memory, chosen: Sequence[TelemetryBatch]) -> None:
    intake = Intake(CachedDirectory(memory.registry))
    for batch in chosen:
        payload = codec.seal(codec.encode(batch))
        judged = intake.judge(f"v1/{TENANT}/as-it-is/telemetry", payload, datetime.now(UTC))
        assert isinstance(judged, Accepted)
        memory.sink().commit([judged], [])


def _by_gbt(memory: Memory, chosen: Sequence[TelemetryBatch]) -> int:
    """Send everything over TCP, wait for each answer; how many frames went."""
    clock, terminals, frame_count = _Clock(), _OneTerminal(), 0
    service = GbtService(
        sink=memory.sink(),
        terminals=terminals,
        history=terminals,
        options=Options(tenant=TENANT, reports=Reports.ALWAYS, reports_s=UNHURRIED),
        line=Listener(host="127.0.0.1", port=0),
        now=clock.now,
    )
    service.start()
    try:
        with TerminalLine("127.0.0.1", service.port, VIN) as line:
            assert line.log_in(_moment(int(chosen[0].ticks_ms[0])))
            for batch in chosen:
                clock.at = _moment(int(batch.ticks_ms.max()))
                frame_count += _exchange(line, batch)
    finally:
        service.stop()
    return frame_count


def _exchange(line: TerminalLine, batch: TelemetryBatch) -> int:
    count = 0
    for frame in frames(batch, VIN):
        line.send(frame)
        count += 1
    for _ in range(count):
        answer = line.hear()
        assert answer is not None
        assert answer.flag == Flag.OK
    return count


def _seconds(window: Window | Matrix) -> Int64:
    return window.ticks_ms // 1000


def _same_ticks(one: Window, two: Window) -> bool:
    return np.array_equal(_seconds(one), _seconds(two))


def _once(at: Window | Matrix, doubled: Int64) -> npt.NDArray[np.bool_]:
    return ~np.isin(_seconds(at), doubled)


def _column(name: str, one: Window, two: Window, doubled: Int64) -> Mapping[str, Any]:
    first, second = (window[name][_once(window, doubled)] for window in (one, two))
    return _compared(first, second, SIGNALS[name][3])


def _packs(one: Window, two: Window, doubled: Int64) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for name, a, b, step in (
        ("cells", one.cells, two.cells, CELL_STEP_V),
        ("probes", one.probes, two.probes, PROBE_STEP_C),
    ):
        if a is not None and b is not None and a.values.size:
            first, second = (m.values[_once(m, doubled)].astype(np.float64) for m in (a, b))
            found[name] = _compared(first, second, step)
    return found


def _compared(one: Float64, two: Float64, step: float) -> Mapping[str, Any]:
    """Values that differ after both are rounded to whole steps; nulls must be the same ones."""
    if one.shape != two.shape:
        return {"step": step, "values": int(one.size), "differ": int(one.size), "coarser": False}
    per_unit = 1 / step
    whole = [np.round(np.round(values * per_unit, 6)) for values in (one, two)]
    null = [np.isnan(values) for values in (one, two)]
    differ = (null[0] != null[1]) | (~null[0] & ~null[1] & (whole[0] != whole[1]))
    finer = ~null[0] & (np.abs(one * per_unit - whole[0]) > 1e-4)
    return {
        "step": step,
        "values": int((~null[0]).sum()),
        "differ": int(differ.sum()),
        "coarser": bool(finer.any()),
    }
