"""Dead letters of this protocol, judged once more: after a binding, an upgrade, an enrolment."""

from __future__ import annotations

from datetime import datetime

from domain.identity import Device
from domain.readings import Accepted, Quarantine, Rejected
from firmware_contracts.gbt32960.errors import ProtocolError
from firmware_contracts.gbt32960.frame import Frame
from firmware_contracts.gbt32960.message import decode
from firmware_contracts.gbt32960.report import Report
from firmware_contracts.gbt32960.stream import STARTS, Stream
from firmware_contracts.topics import parse
from ingest.gbt32960.alarm_book import AlarmBook
from ingest.gbt32960.intake import accept, reject
from ingest.gbt32960.moments import Moment
from ingest.gbt32960.ports import AlarmHistory
from ingest.intake import Devices, Intake


class Letters:
    """`judge` for letters of any door: frames of this protocol here, all others by the intake."""

    def __init__(self, devices: Devices, history: AlarmHistory) -> None:
        self._devices = devices
        self._intake = Intake(devices)
        self._alarms = AlarmBook(history)

    def judge(self, topic: str, payload: bytes, received_at: datetime) -> Accepted | Rejected:
        """The fate of one letter, as if it had come now."""
        if payload[:2] not in STARTS:
            return self._intake.judge(topic, payload, received_at)
        address = parse(topic)
        device = self._devices.refresh(address.tenant, address.device)
        if device is None or device.revoked:
            return Rejected(
                topic=topic,
                payload=payload,
                received_at=received_at,
                reason=Quarantine.UNKNOWN_DEVICE,
                detail="the terminal is not registered, or was revoked",
            )
        return self._frames(tuple(Stream().feed(payload)), device, received_at)

    def _frames(
        self, frames: tuple[Frame, ...], device: Device, received_at: datetime
    ) -> Accepted | Rejected:
        try:
            units = [decode(frame).unit for frame in frames]
        except ProtocolError as refusal:
            return reject(frames, device, received_at, Quarantine.UNREADABLE, str(refusal))
        reports = tuple(unit for unit in units if isinstance(unit, Report))
        if not reports or len(reports) < len(frames):
            return reject(frames, device, received_at, Quarantine.UNREADABLE, "no report")
        moment = Moment(frames=frames, reports=reports)
        return accept(moment, device, received_at, self._alarms.events(moment, device))
