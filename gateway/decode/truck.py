"""A truck or bus heard on J1939: signals of its profile, faults of every unit, who is there.

Nothing is asked and no address is claimed: the gateway only listens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firmware_contracts.signals import BY_NAME
from gateway.decode import j1939, j1939_faults
from gateway.decode.field import Field
from gateway.decode.j1939_transport import CONNECTION, DATA, Message, Transport
from gateway.frames import RawFrame, SignalSample

ADDRESS_CLAIMED = 0xEE00
"""Group of "address claimed" (J1939-81)."""
_MIL = BY_NAME["mil_on"].id
_COUNT = BY_NAME["dtc_count"].id


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """The NAME of a unit (J1939-81): what it is and who made it."""

    manufacturer: int
    function: int
    instance: int
    identity: int

    @classmethod
    def parse(cls, data: bytes) -> Name | None:
        """From the 8 bytes of an address claim; None where there are fewer."""
        if len(data) < 8:
            return None
        whole = int.from_bytes(data[:8], "little")
        return cls(
            identity=whole & 0x1FFFFF,
            manufacturer=whole >> 21 & 0x7FF,
            instance=whole >> 35 & 0x1F,
            function=whole >> 40 & 0xFF,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a frame meant. `faults` None = it did not speak of them; else all of `source`."""

    samples: tuple[SignalSample, ...] = ()
    faults: tuple[j1939_faults.Fault, ...] | None = None
    source: int = 0
    known: bool = True


UNKNOWN = Heard(known=False)


class Truck:
    """Decoder of one bus. `names` are the units that claimed an address."""

    def __init__(
        self, groups: Mapping[int, tuple[Field, ...]], *, older_method: int | None = None
    ) -> None:
        self._groups = groups
        self._older = older_method
        self._transport = Transport()
        self._diagnoses: dict[int, j1939_faults.Diagnosis] = {}
        self.names: dict[int, Name] = {}

    @property
    def errors(self) -> int:
        """Long messages that were begun and not finished."""
        return self._transport.errors

    def hear(self, frame: RawFrame) -> Heard:
        """Take one frame; frames with 11-bit ids are somebody else's."""
        if not frame.extended:
            return UNKNOWN
        where = j1939.address(frame.id)
        if where.pgn in (CONNECTION, DATA):
            message = self._transport.feed(where, frame.data, frame.t_ms)
            return Heard() if message is None else self.read(message, frame.t_ms)
        return self.read(Message(pgn=where.pgn, source=where.source, data=frame.data), frame.t_ms)

    def read(self, message: Message, t_ms: int) -> Heard:
        """A whole message, short or long."""
        if message.pgn == ADDRESS_CLAIMED:
            name = Name.parse(message.data)
            if name is not None:
                self.names[message.source] = name
            return Heard(source=message.source)
        if message.pgn == j1939_faults.ACTIVE:
            return self._faults(message, t_ms)
        fields = self._groups.get(message.pgn)
        if fields is None:
            return UNKNOWN
        return Heard(samples=_samples(fields, message.data, t_ms), source=message.source)

    def _faults(self, message: Message, t_ms: int) -> Heard:
        """DM1 of one unit: its faults, and the lamp and count of all units together."""
        found = j1939_faults.diagnosis(message.data, older_method=self._older)
        if found is None:
            return UNKNOWN
        self._diagnoses[message.source] = found
        every = self._diagnoses.values()
        lamp = any("mil" in d.lamps for d in every)
        count = min(sum(len(d.faults) for d in every), 255)
        samples = (
            SignalSample(signal=_MIL, t_ms=t_ms, value=float(lamp)),
            SignalSample(signal=_COUNT, t_ms=t_ms, value=float(count)),
        )
        return Heard(samples=samples, faults=found.faults, source=message.source)


def _samples(fields: tuple[Field, ...], data: bytes, t_ms: int) -> tuple[SignalSample, ...]:
    """A signal may stand twice (battery, key switch): the first valid one counts."""
    best: dict[int, SignalSample] = {}
    for field in fields:
        sample = field.read(data, t_ms)
        if sample is not None:
            known = best.setdefault(sample.signal, sample)
            if known.value is None and sample.value is not None:
                best[sample.signal] = sample
    return tuple(best.values())
