"""Trouble codes and alarm levels become events once, when they change."""

from __future__ import annotations

from firmware_contracts.events import EventKind
from gateway.frames import SignalSample
from gateway.jobs import Code
from gateway.station.alarms import ALARM_LEVEL, AlarmLevel
from gateway.station.codes import CodeBook
from gateway.station.step_output import joined

ECU = 0x7E8


def code(name: str, confirmed: bool) -> Code:
    return Code(ecu=ECU, code=name, confirmed=confirmed)


def test_a_code_is_told_when_it_appears_when_it_is_confirmed_and_when_it_goes() -> None:
    book = CodeBook()
    pending, confirmed = code("P0128", False), code("P0128", True)
    steps = [
        ((ECU, 0x07), [pending], [(True, 0)]),
        ((ECU, 0x07), [pending], []),
        ((ECU, 0x03), [confirmed], [(True, 1)]),
        ((ECU, 0x0A), [confirmed], []),
        ((ECU, 0x03), [], []),
        ((ECU, 0x07), [], []),
        ((ECU, 0x0A), [], [(False, 1)]),
    ]
    for place, listed, said in steps:
        events = book.take(place, listed, 5)
        assert [(e.active, e.level) for e in events] == said
        assert all(e.code == "P0128" and e.component == "ecu_7E8" for e in events)


def test_the_same_code_in_two_units_is_two_events() -> None:
    book = CodeBook()
    assert len(book.take((ECU, 3), [code("U0100", True)], 0)) == 1
    other = Code(ecu=0x7E9, code="U0100", confirmed=True)
    assert len(book.take((0x7E9, 3), [other], 0)) == 1


def test_the_cars_alarm_level_is_told_when_it_changes() -> None:
    alarm_level = AlarmLevel()
    levels = enumerate((0.0, 0.0, 2.0, 2.0, 3.0, 0.0))
    samples = [SignalSample(signal=ALARM_LEVEL, t_ms=t, value=level) for t, level in levels]
    alarms = joined(alarm_level.feed(sample) for sample in samples).events
    assert {e.kind for e in alarms} == {EventKind.ALARM}
    assert [(e.t_ms, e.level, e.active) for e in alarms] == [
        (2, 2, True),
        (4, 2, False),
        (4, 3, True),
        (5, 3, False),
    ]
