"""Where each vehicle's alarms stand, so that an episode begins once and ends once.

Live reports go on from the last live one. A re-issued report lies in the past: it goes on from
the last re-issued one before it, or from what is stored. After a restart the store is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.identity import Device
from firmware_contracts.events import Event
from firmware_contracts.gbt32960.frame import Command
from ingest.gbt32960.alarms import Alarm, alarm_of, carried, events
from ingest.gbt32960.moments import Moment, event_ms
from ingest.gbt32960.ports import AlarmHistory


@dataclass(slots=True, kw_only=True)
class _Course:
    """The newest alarm of each kind of report."""

    live: Alarm | None = None
    reissued: Alarm | None = None
    asked: bool = False


class AlarmBook:
    """Not for several threads; `events` may ask the store."""

    def __init__(self, history: AlarmHistory) -> None:
        self._history = history
        self._courses: dict[int, _Course] = {}

    def forget(self, device: Device) -> None:
        """The next report asks the store again."""
        self._courses.pop(device.id, None)

    def asks(self, moment: Moment, device: Device) -> bool:
        """True where `events` may have to ask the store: the first of a vehicle, or a re-issue."""
        course = self._courses.get(device.id)
        if not any(report.bodies("alarm") for report in moment.reports):
            return False
        reissued = moment.frames[0].command == Command.REISSUE
        return reissued or course is None or not course.asked

    def events(self, moment: Moment, device: Device) -> tuple[Event, ...]:
        """Episodes that begin or end with this moment."""
        at_ms = event_ms(moment)
        bodies = tuple(body for report in moment.reports for body in report.bodies("alarm"))
        now = None if at_ms is None else alarm_of(bodies, moment.frames[0].edition, at_ms)
        if now is None:
            return ()
        course = self._courses.setdefault(device.id, _Course())
        if moment.frames[0].command == Command.REISSUE:
            return self._reissued(course, device, now)
        return self._live(course, device, now)

    def _live(self, course: _Course, device: Device, now: Alarm) -> tuple[Event, ...]:
        if not course.asked:
            course.live, course.asked = self._before(device, now.t_ms), True
        before = course.live
        if before is not None and now.t_ms <= before.t_ms:
            return ()  # said before, or out of order: it moves no episode
        course.live = carried(before, now)
        return events(before, now)

    def _reissued(self, course: _Course, device: Device, now: Alarm) -> tuple[Event, ...]:
        before = course.reissued
        if before is not None and now.t_ms == before.t_ms:
            return ()
        if before is None or before.t_ms > now.t_ms:
            before = self._before(device, now.t_ms)
        live = course.live
        if live is not None and live.t_ms < now.t_ms and (not before or live.t_ms > before.t_ms):
            before = live
        course.reissued = carried(before, now)
        return events(before, now)

    def _before(self, device: Device, t_ms: int) -> Alarm | None:
        found = self._history.before(device, t_ms)
        if found is None:
            return None
        at_ms, level, bits = found
        return Alarm(t_ms=at_ms, level=level, bits=bits)
