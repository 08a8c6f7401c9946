"""What a report says becomes values of the catalogue, in our units and signs."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from domain.readings import Accepted, Rejected
from firmware_contracts import codec
from firmware_contracts.events import Event
from firmware_contracts.gbt32960.frame import Command, Edition, Frame
from firmware_contracts.gbt32960.report import Item, Report
from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import Origin
from ingest.gbt32960.alarm_book import AlarmBook
from ingest.gbt32960.alarms import Alarm, alarm_of, events
from ingest.gbt32960.intake import BLANK_VIN, accept
from ingest.gbt32960.moments import LONGEST_S, Moment, Moments
from ingest.gbt32960.readings import rare_id, tick
from tests.ingest.gbt32960.reports import (
    NOW,
    VIN,
    alarm,
    cells,
    frame,
    item,
    report,
    vehicle,
)
from tests.ingest.parts import device


def values(*items: Item, edition: Edition = Edition.E2016) -> dict[str, float]:
    said = tick([report(NOW, *items)], edition).values
    return {name: v.value for name, v in said.items() if v.reason is Reason.VALID}


def reasons(*items: Item, edition: Edition = Edition.E2016) -> dict[str, Reason]:
    said = tick([report(NOW, *items)], edition).values
    return {name: v.reason for name, v in said.items()}


def stored(*frames: Frame, events: tuple[Event, ...] = ()) -> Accepted:
    from firmware_contracts.gbt32960.message import decode

    units = tuple(u for f in frames if isinstance(u := decode(f).unit, Report))
    found = accept(Moment(frames=frames, reports=units), device(), NOW, events)
    assert isinstance(found, Accepted)
    return found


def test_tick_turns_the_sign_of_the_current_and_the_unit_of_the_odometer() -> None:
    found = values(vehicle(current_a=20.5, odometer_km=12345.6))
    assert found["pack_current_a"] == -20.5
    assert found["odometer_m"] == 12_345_600
    assert (found["vehicle_speed_kmh"], found["soc_pct"], found["dcdc_on"]) == (50.0, 80, 1.0)


def test_tick_keeps_nulls_with_their_reason() -> None:
    found = reasons(vehicle(soc_pct=None, brake_pct=101, speed_kmh=None))
    assert found["soc_pct"] is Reason.INVALID
    assert found["brake_pct"] is Reason.NOT_SUPPORTED
    assert found["vehicle_speed_kmh"] is Reason.INVALID
    assert found["pack_current_a"] is Reason.VALID


def test_tick_names_the_motors_of_both_axles() -> None:
    motors = [
        {"number": 1, "speed_rpm": 2000, "torque_nm": 50.0, "controller_temperature_c": 30},
        {"number": 2, "speed_rpm": -300, "torque_nm": -20.5},
    ]
    found = values(item(0x02, {"motors": motors}))
    assert (found["motor_speed_rpm"], found["motor_rear_speed_rpm"]) == (2000, -300)
    assert (found["motor_torque_nm"], found["motor_rear_torque_nm"]) == (50.0, -20.5)
    assert found["inverter_temperature_c"] == 30


def test_tick_joins_subsystems_and_their_pages_into_one_array() -> None:
    said = tick(
        [
            report(
                NOW,
                cells(3.9, 3.8, number=2),
                cells(3.7, None, first=1, total=3),
                cells(3.6, first=3, total=3),
            )
        ],
        Edition.E2016,
    )
    assert said.cells is not None
    assert said.cells.values.tolist() == [3700, -32768, 3600, 3900, 3800]
    assert said.cells.reasons.tolist() == [0, Reason.INVALID, 0, 0, 0]


def test_tick_takes_extremes_from_the_cells_where_the_car_says_none() -> None:
    pack = {"number": 1, "voltages": [3.9, 3.6, 3.7]}
    probes = {"number": 1, "temperatures": [20, None, 25]}
    found = values(
        item(0x07, {"packs": [pack]}, Edition.E2025),
        item(0x08, {"packs": [probes]}, Edition.E2025),
        edition=Edition.E2025,
    )
    assert (found["cell_voltage_max_v"], found["cell_voltage_max_no"]) == (3.9, 1)
    assert (found["cell_voltage_min_v"], found["cell_voltage_min_no"]) == (3.6, 2)
    assert (found["probe_max_c"], found["probe_min_c"]) == (25, 20)


def test_tick_keeps_what_has_no_column_as_rare_signals() -> None:
    stack = {"number": 1, "voltage_v": 400.0, "current_a": 100.0}
    said = tick([report(NOW, item(0x30, {"stacks": [stack]}, Edition.E2025))], Edition.E2025)
    assert said.rare[rare_id(Edition.E2025, 0x30, 0, 1)] == 400.0
    assert min(said.rare) > max(s.id for s in BY_NAME.values())


def test_positions_are_not_stored() -> None:
    position = item(0x05, {"longitude_deg": 116.4, "latitude_deg": 39.9})
    assert values(position) == {}


def test_accept_makes_a_batch_that_any_other_reader_takes() -> None:
    found = stored(frame(report(NOW, vehicle(), cells(3.7, 3.8), alarm(0))))
    again = codec.unseal(codec.seal(codec.encode(found.batch))).batch
    assert np.array_equal(again.real.values, found.batch.real.values)
    assert again.cells is not None
    assert again.cells.values.tolist() == [[3700, 3800]]
    assert found.vehicle_ids.tolist() == [77]
    assert found.batch.origin is Origin.LIVE


def test_key_is_event_time_and_content_whatever_the_command_and_the_vin() -> None:
    live = stored(frame(report(NOW, vehicle())))
    late = stored(frame(report(NOW, vehicle()), Command.REISSUE, vin="LTESTVN00S0000002"))
    other = stored(frame(report(NOW, vehicle(soc_pct=79))))
    assert (live.batch.stream, live.batch.seq, live.digest) == (
        late.batch.stream,
        late.batch.seq,
        late.digest,
    )
    assert late.batch.origin is Origin.BACKFILL
    assert other.batch.stream != live.batch.stream
    assert VIN.encode() not in live.payload
    assert BLANK_VIN in live.payload


def test_a_report_without_a_real_time_becomes_a_dead_letter() -> None:
    broken = Report(clock=b"\xff" * 6, items=(vehicle(),))
    made = frame(broken)
    found = accept(Moment(frames=(made,), reports=(broken,)), device(), NOW)
    assert isinstance(found, Rejected)
    assert "calendar" in found.detail


def test_a_report_of_the_past_waits_by_the_bounds_of_its_origin() -> None:
    old = NOW - timedelta(days=40)
    found = stored(frame(report(old, vehicle()), Command.REISSUE))
    assert dict(found.waiting) == {"too_old": 1}
    assert found.vehicle_ids.tolist() == [0]


def test_pages_of_equal_time_wait_for_each_other() -> None:
    moments = Moments()
    one = report(NOW, vehicle(), cells(3.7, 3.8, first=1, total=3))
    two = report(NOW, cells(3.9, first=3, total=3))
    assert moments.add(frame(one), one, 0.0) == []
    (ready,) = moments.add(frame(two), two, 0.1)
    assert ready.reports == (one, two)
    assert tick(ready.reports, Edition.E2016).cells is not None


def test_a_page_without_its_neighbour_passes_with_the_next_time_or_after_a_while() -> None:
    moments = Moments()
    one = report(NOW, cells(3.7, first=1, total=3))
    later = report(NOW + timedelta(seconds=1), vehicle())
    moments.add(frame(one), one, 0.0)
    assert [m.reports for m in moments.add(frame(later), later, 0.5)] == [(one,), (later,)]
    moments.add(frame(one), one, 10.0)
    assert moments.flush(10.0) == []
    assert [m.reports for m in moments.flush(10.1 + LONGEST_S)] == [(one,)]


def said(before: Alarm | None, level: int | None, flags: int = 0) -> list[tuple[str, int, bool]]:
    bodies = report(NOW, alarm(level, flags)).bodies("alarm")
    now = alarm_of(bodies, Edition.E2016, 1000)
    assert now is not None
    return [(e.code, e.level, e.active) for e in events(before, now)]


@pytest.mark.parametrize(
    ("before", "level", "flags", "expected"),
    [
        (None, 0, 0, []),
        (None, 3, 0b11, [
            ("cell_temperature_difference", 0, True),
            ("battery_temperature_high", 0, True),
            ("alarm_level", 3, True),
        ]),
        (Alarm(t_ms=0, level=3, bits=0b11), 3, 0b11, []),
        (Alarm(t_ms=0, level=2), 3, 0, [("alarm_level", 2, False), ("alarm_level", 3, True)]),
        (Alarm(t_ms=0, level=3, bits=1), 0, 0, [
            ("cell_temperature_difference", 0, False),
            ("alarm_level", 3, False),
        ]),
        (Alarm(t_ms=0, level=3), None, 0, []),
        (None, 0, 1 << 23, []),
    ],
)  # fmt: skip
def test_an_alarm_is_one_episode_with_a_start_and_an_end(
    before: Alarm | None, level: int | None, flags: int, expected: list[tuple[str, int, bool]]
) -> None:
    assert said(before, level, flags) == expected


def test_the_thermal_bit_of_2025_makes_any_level_a_four() -> None:
    bodies = (item(0x06, {"level": 1, "flags": 1 << 23}, Edition.E2025).body,)
    found = alarm_of(bodies, Edition.E2025, 0)
    assert found is not None
    assert found.level == 4


class Stored:
    """Alarms that are stored already, by time."""

    def __init__(self, *alarms: tuple[int, int | None, int]) -> None:
        self.alarms = alarms
        self.asked = 0

    def before(self, device: object, t_ms: int) -> tuple[int, int | None, int] | None:
        self.asked += 1
        return max((a for a in self.alarms if a[0] < t_ms), default=None)


def moment(seconds: int, level: int | None, command: int = Command.REPORT) -> Moment:
    made = report(NOW + timedelta(seconds=seconds), alarm(level))
    return Moment(frames=(frame(made, command),), reports=(made,))


def levels(book: AlarmBook, *moments: Moment) -> list[tuple[int, bool]]:
    return [(e.level, e.active) for m in moments for e in book.events(m, device())]


def test_alarm_book_says_each_episode_once_over_repeats_and_a_restart() -> None:
    book = AlarmBook(Stored())
    first = levels(book, moment(0, 0), moment(1, 3), moment(1, 3), moment(2, 3), moment(3, None))
    assert first == [(3, True)]
    at_ms = int((NOW + timedelta(seconds=2)).timestamp() * 1000)
    restarted = AlarmBook(Stored((at_ms, 3, 0)))
    assert levels(restarted, moment(4, 3), moment(5, 0)) == [(3, False)]


def test_alarm_book_goes_through_a_re_issued_past_without_touching_the_present() -> None:
    history = Stored()
    book = AlarmBook(history)
    assert levels(book, moment(100, 0)) == []
    past = [moment(s, level, Command.REISSUE) for s, level in ((10, 0), (11, 3), (12, 3), (13, 0))]
    assert levels(book, *past) == [(3, True), (3, False)]
    assert levels(book, moment(101, 0)) == []
