"""The control units of one car on one bus: ISO-TP transport, timing, and who answers what.

    7DF (all)  -> 7E8 powertrain, 7EC battery      legislated OBD, single frames only
    7E0 -> 7E8    powertrain: OBD, trouble codes, F190
    7E4 -> 7EC    battery: pack, cells, health      electric cars and hybrids
    7A0 -> 7A8    tyre pressure monitor
    7C6 -> 7CE    instrument cluster: odometer

One thread serves a car: `hear` takes a frame, `pump` sends what has become due.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import can
import isotp

from simulators.ecu import uds
from simulators.ecu.obd import Identity, Obd
from simulators.live_car import LivingCar

FUNCTIONAL = 0x7DF
PENDING_S = 0.12
_ANSWER_S = 0.008
_PADDING = 0xAA
"""ISO 15765-4: the address that all units hear; P2 limits are 50 ms and 5 s after a pending; the
usual filler."""

Send = Callable[[can.Message], None]


@dataclass(slots=True)
class Unit:
    """One control unit: its ids, what it speaks, its transport."""

    request_id: int
    response_id: int
    diagnostics: uds.Uds
    legislated: Obd | None = None
    inbox: deque[isotp.CanMessage] = field(default_factory=deque)
    transport: isotp.TransportLayerLogic | None = None

    def answer(self, request: bytes, *, functional: bool) -> bytes | None:
        """OBD services below 0x10, UDS above; silence where a functional request finds nothing."""
        if request[0] < 0x10 and request[0] not in uds.WRITES and self.legislated is not None:
            found = self.legislated.answer(request)
            return found if found or functional else uds.negative(request[0], 0x12)
        answer = self.diagnostics.answer(request)
        refusal = answer is not None and answer[0] == 0x7F
        return None if functional and refusal else answer


class Units:
    """All control units of a car. `send` puts a frame on the bus."""

    def __init__(self, car: LivingCar, identity: Identity, send: Send) -> None:
        self.units = _units(car, identity)
        self._by_id = {unit.request_id: unit for unit in self.units}
        self._send = send
        self._due: list[tuple[float, int, Unit, bytes]] = []
        self._order = itertools.count()
        self.errors = 0
        for unit in self.units:
            unit.transport = self._transport(unit)

    @property
    def refused(self) -> dict[int, int]:
        """Writing services that were asked for, by service number."""
        total: dict[int, int] = {}
        for unit in self.units:
            for service, times in unit.diagnostics.refused.items():
                total[service] = total.get(service, 0) + times
        return total

    def hear(self, frame: can.Message, now_s: float) -> None:
        """Take one frame off the bus; foreign ids are ignored."""
        if frame.is_extended_id or frame.is_error_frame:
            return
        if frame.arbitration_id == FUNCTIONAL:
            self._hear_all(bytes(frame.data), now_s)
            return
        unit = self._by_id.get(frame.arbitration_id)
        if unit is None or unit.transport is None:
            return
        unit.inbox.append(
            isotp.CanMessage(arbitration_id=frame.arbitration_id, data=bytes(frame.data))
        )
        unit.transport.process()
        while unit.transport.available():
            request = unit.transport.recv()
            if request:
                self._plan(unit, bytes(request), now_s, functional=False)

    def pump(self, now_s: float) -> float:
        """Send what is due; returns the seconds until something may be due again."""
        while self._due and self._due[0][0] <= now_s:
            _, _, unit, answer = heapq.heappop(self._due)
            if unit.transport is not None:
                unit.transport.send(answer)
        busy = False
        for unit in self.units:
            if unit.transport is not None and unit.transport.transmitting():
                unit.transport.process()
                busy = busy or unit.transport.transmitting()
        waits = [0.002] if busy else []
        waits += [max(0.0, self._due[0][0] - now_s)] if self._due else []
        return min(waits, default=0.05)

    def _hear_all(self, data: bytes, now_s: float) -> None:
        length = data[0] if data else 0
        if not 1 <= length <= 7 or len(data) < 1 + length:
            self.errors += 1
            return
        for unit in self.units:
            if unit.legislated is not None:
                self._plan(unit, data[1 : 1 + length], now_s, functional=True)

    def _plan(self, unit: Unit, request: bytes, now_s: float, *, functional: bool) -> None:
        answer = unit.answer(request, functional=functional)
        if answer is None:
            return
        wait = _ANSWER_S
        if unit.diagnostics.takes_long(request):
            self._queue(now_s + wait, unit, uds.negative(request[0], uds.PENDING))
            wait += PENDING_S
        self._queue(now_s + wait, unit, answer)

    def _queue(self, at_s: float, unit: Unit, answer: bytes) -> None:
        heapq.heappush(self._due, (at_s, next(self._order), unit, answer))

    def _transport(self, unit: Unit) -> isotp.TransportLayerLogic:
        address = isotp.Address(
            isotp.AddressingMode.Normal_11bits, rxid=unit.request_id, txid=unit.response_id
        )

        def take(_timeout: float) -> isotp.CanMessage | None:
            return unit.inbox.popleft() if unit.inbox else None

        def give(message: isotp.CanMessage) -> None:
            self._send(
                can.Message(
                    arbitration_id=message.arbitration_id, data=message.data, is_extended_id=False
                )
            )

        def count(_error: Exception) -> None:
            self.errors += 1

        return isotp.TransportLayerLogic(
            rxfn=take,
            txfn=give,
            address=address,
            error_handler=count,
            params={"stmin": 0, "blocksize": 0, "tx_padding": _PADDING},
        )


def _units(car: LivingCar, identity: Identity) -> list[Unit]:
    codes, vin = car.car.trouble_codes, uds.identification(identity.vin)
    out = [
        Unit(0x7E0, 0x7E8, uds.Uds(vin, codes), Obd(car, identity, codes)),
        Unit(0x7A0, 0x7A8, uds.Uds(uds.tyres(car) | vin)),
        Unit(0x7C6, 0x7CE, uds.Uds(uds.cluster(car) | vin)),
    ]
    if len(car.cells_v()):
        answers = uds.battery(car) | vin
        out.append(Unit(0x7E4, 0x7EC, uds.Uds(answers, list, slow=frozenset({0x0105}))))
    return out
