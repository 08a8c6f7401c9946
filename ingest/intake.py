"""Judges one message: rows that may be stored, rows that must wait, or a reason to refuse it whole.

Pure but for the question who the device is. In this order, the first that fails decides:

    topic          bad_topic
    bytes          unreadable, too_large, value_refused, unsupported_major
    sender         unknown_device (unregistered or revoked)
    right          no_import_right (origin import)
    clock          no_anchor (monotonic boot that was never put on the calendar)
    each row       too_old, in_future, unbound: that row waits, its neighbours are stored
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import numpy as np

from domain.identity import Device
from domain.readings import Accepted, Quarantine, Rejected
from firmware_contracts import codec, topics
from firmware_contracts.errors import ContractError
from firmware_contracts.telemetry import Clock, Int64, Origin, TelemetryBatch
from ingest.bounds import bounds_ms, utc_ms
from ingest.delivery import Delivery

CARRIERS = ("telemetry", "event")
WAITS = (Quarantine.TOO_OLD, Quarantine.IN_FUTURE, Quarantine.UNBOUND)
"""Why a row waits; 1-based positions are the codes used below, 0 is stored."""


class Devices(Protocol):
    """What intake asks of its directory."""

    def device(self, tenant: str, name: str) -> Device | None:
        """The device, maybe from a short memory."""
        ...

    def refresh(self, tenant: str, name: str) -> Device | None:
        """The device as the store has it now."""
        ...


class Refusal(Exception):
    """This message cannot be stored as rows."""

    def __init__(self, reason: Quarantine, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Intake:
    """Topic and bytes in, `Accepted` or `Rejected` out; raises only what the directory raises."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices

    def message_of(self, delivery: Delivery) -> Accepted | Rejected:
        """What one delivery says; see `judge`."""
        return self.judge(delivery.topic, delivery.payload, delivery.received_at)

    def judge(self, topic: str, payload: bytes, received_at: datetime) -> Accepted | Rejected:
        """The fate of one message, by the table above."""
        return self._judge(topic, payload, received_at, None)

    def messages_of(self, deliveries: Sequence[Delivery]) -> list[Accepted | Rejected]:
        """`message_of` of each, decoded together."""
        opened = codec.unseal_all([d.payload for d in deliveries])
        return [
            self._judge(d.topic, d.payload, d.received_at, found)
            for d, found in zip(deliveries, opened, strict=True)
        ]

    def _judge(
        self,
        topic: str,
        payload: bytes,
        received_at: datetime,
        opened: codec.Sealed | Exception | None,
    ) -> Accepted | Rejected:
        """`opened` is the payload where it was unsealed already, or why it cannot be."""
        device: Device | None = None
        sealed: codec.Sealed | None = None
        try:
            parsed = _carrier(topic)
            device = self._devices.device(parsed.tenant, parsed.device)
            if isinstance(opened, Exception):
                raise opened
            sealed = opened or codec.unseal(payload)
            sender = _sender(device, sealed.batch)
            offset_ms = _offset_ms(sealed)
            return self._accept(topic, payload, received_at, sender, sealed, offset_ms)
        except ContractError as broken:
            refusal = Refusal(_reason_of(broken), str(broken))
        except (ValueError, OverflowError, ArithmeticError) as surprise:
            refusal = Refusal(Quarantine.UNREADABLE, f"{type(surprise).__name__}: {surprise}")
        except Refusal as refused:
            refusal = refused
        return _rejected(topic, payload, received_at, refusal, device, sealed)

    def _accept(
        self,
        topic: str,
        payload: bytes,
        received_at: datetime,
        device: Device,
        sealed: codec.Sealed,
        offset_ms: int,
    ) -> Accepted:
        batch = sealed.batch
        times_ms = _times_ms(batch) + offset_ms
        bounds = bounds_ms(batch.origin, received_at)
        vehicle_ids, codes = place(device, times_ms, bounds)
        if codes.any() and Quarantine.UNBOUND in _reasons(codes):
            device = self._devices.refresh(device.tenant, device.name) or device
            vehicle_ids, codes = place(device, times_ms, bounds)
        rows, events = batch.rows, batch.rows + len(batch.events)
        return Accepted(
            topic=topic,
            tenant_id=device.tenant_id,
            device_id=device.id,
            batch=batch,
            digest=sealed.digest,
            payload=payload,
            received_at=received_at,
            utc_ms=times_ms[:rows],
            vehicle_ids=vehicle_ids[:rows],
            waiting=_waiting(codes, rows),
            waiting_reason=_names(codes[:rows]),
            offset_ms=offset_ms,
            event_vehicle_ids=vehicle_ids[rows:events],
            record_vehicle_ids=vehicle_ids[events:],
        )


def place(device: Device, times_ms: Int64, bounds: tuple[int, int]) -> tuple[Int64, Int64]:
    """Vehicle of each time (0 where it must wait) and why it waits (0, or 1 + index in WAITS)."""
    if times_ms.shape[0] and _all_within(device, times_ms, bounds):
        vehicle = device.bindings[0].vehicle_id
        return np.full(times_ms.shape, vehicle, np.int64), np.zeros(times_ms.shape, np.int64)
    vehicle_ids = np.zeros(times_ms.shape, dtype=np.int64)
    for binding in device.bindings:
        inside = times_ms >= utc_ms(binding.since)
        if binding.until is not None:
            inside &= times_ms < utc_ms(binding.until)
        vehicle_ids[inside] = binding.vehicle_id
    earliest, latest = bounds
    codes = np.select(
        [times_ms < earliest, times_ms > latest, vehicle_ids == 0],
        [1 + i for i in range(len(WAITS))],
    ).astype(np.int64)
    vehicle_ids[codes != 0] = 0
    return vehicle_ids, codes


def _all_within(device: Device, times_ms: Int64, bounds: tuple[int, int]) -> bool:
    """True where one look is enough, which is nearly always: one binding, and all times in it."""
    if len(device.bindings) != 1:
        return False
    first, last = int(times_ms.min()), int(times_ms.max())
    since, until = device.bindings[0].since, device.bindings[0].until
    ended = until is not None and last >= utc_ms(until)
    return bounds[0] <= first and last <= bounds[1] and first >= utc_ms(since) and not ended


def _carrier(topic: str) -> topics.Topic:
    try:
        parsed = topics.parse(topic)
    except ValueError as error:
        raise Refusal(Quarantine.BAD_TOPIC, str(error)) from error
    if parsed.leaf not in CARRIERS:
        raise Refusal(Quarantine.BAD_TOPIC, f"leaf {parsed.leaf} carries no batches")
    return parsed


def _reason_of(broken: ContractError) -> Quarantine:
    """The contract's word for it; a refusal of a kind we do not know yet is unreadable to us."""
    known = {reason.value for reason in Quarantine}
    return Quarantine(broken.reason) if broken.reason in known else Quarantine.UNREADABLE


def _sender(device: Device | None, batch: TelemetryBatch) -> Device:
    if device is None or device.revoked:
        why = "is not registered" if device is None else "was revoked"
        raise Refusal(Quarantine.UNKNOWN_DEVICE, f"the device {why}")
    if batch.origin is Origin.IMPORT and not device.may_import:
        raise Refusal(Quarantine.NO_IMPORT_RIGHT, "the device may not import history")
    return device


def _offset_ms(sealed: codec.Sealed) -> int:
    """What turns the batch's clock into UTC; 0 where it counts UTC already."""
    if sealed.batch.clock is Clock.UTC:
        return 0
    if sealed.anchor is None or sealed.anchor.boot != sealed.batch.boot:
        raise Refusal(Quarantine.NO_ANCHOR, "monotonic times without an anchor of their boot")
    return sealed.anchor.offset_ms


def _times_ms(batch: TelemetryBatch) -> Int64:
    """Times of all rows, then events, then records, as the batch's clock says."""
    moments = [event.t_ms for event in batch.events]
    moments += [record.start_ms for record in batch.records]
    return np.concatenate([batch.ticks_ms, np.array(moments, dtype=np.int64)])


def _reasons(codes: Int64) -> set[Quarantine]:
    return {WAITS[code - 1] for code in np.unique(codes).tolist() if code}


def _names(row_codes: Int64) -> tuple[str, ...]:
    """Reason of each row; empty where no row waits, which is nearly always."""
    if not row_codes.any():
        return ()
    names = ("", *(reason.value for reason in WAITS))
    return tuple(names[code] for code in row_codes.tolist())


def _waiting(codes: Int64, rows: int) -> dict[str, int]:
    """Waiting rows by reason; 0 rows where only events or records wait."""
    if not codes.any():
        return {}
    counted = Counter(codes[:rows].tolist())
    return {reason.value: counted[1 + WAITS.index(reason)] for reason in sorted(_reasons(codes))}


def _rejected(
    topic: str,
    payload: bytes,
    received_at: datetime,
    refusal: Refusal,
    device: Device | None,
    sealed: codec.Sealed | None,
) -> Rejected:
    key = (sealed.batch.stream, sealed.batch.seq) if sealed else codec.peek(payload)
    return Rejected(
        topic=topic,
        payload=payload,
        received_at=received_at,
        reason=refusal.reason,
        detail=str(refusal)[:500],
        tenant_id=device.tenant_id if device else None,
        device_id=device.id if device else None,
        stream=key[0] if key else None,
        seq=key[1] if key else None,
        digest=sealed.digest if sealed else None,
        rows=sealed.batch.rows if sealed else 0,
    )
