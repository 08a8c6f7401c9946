"""Whatever a terminal may put into a report, the door makes rows or a dead letter of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.readings import Accepted, Rejected
from firmware_contracts import codec
from firmware_contracts.gbt32960 import beijing
from firmware_contracts.gbt32960.frame import Command, Edition, Flag, Frame
from firmware_contracts.gbt32960.message import Message
from firmware_contracts.gbt32960.report import Report
from firmware_contracts.signals import BY_ID
from ingest.gbt32960.alarm_book import AlarmBook
from ingest.gbt32960.intake import accept
from ingest.gbt32960.moments import Moment, Moments
from ingest.gbt32960.options import Options
from ingest.gbt32960.sessions import Rules, Session
from store.memory import Memory
from tests.firmware_contracts.gbt32960.frames import VIN, messages, reports
from tests.ingest.gbt32960.test_readings import Stored
from tests.ingest.parts import device

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    """One or two reports of one time, within the bounds or far outside."""
    edition = draw(st.sampled_from(Edition))
    at = NOW - timedelta(seconds=draw(st.integers(-600, 40 * 86_400)))
    clock = draw(st.just(beijing.from_utc(at)) | st.binary(min_size=6, max_size=6))
    said = [replace(draw(reports(edition)), clock=clock) for _ in range(draw(st.integers(1, 2)))]
    command = draw(st.sampled_from((Command.REPORT, Command.REISSUE)))
    frames = tuple(Frame(edition=edition, command=command, vin=VIN, data=r.encode()) for r in said)
    return Moment(frames=frames, reports=tuple(said))


@given(moments())
def test_accept_takes_any_report_and_every_value_lies_in_its_signal_s_range(made: Moment) -> None:
    events = AlarmBook(Stored()).events(made, device())
    found = accept(made, device(), NOW, events)
    if isinstance(found, Rejected):
        assert made.reports[0].time is None
        return
    batch = codec.unseal(codec.seal(codec.encode(found.batch))).batch
    for block in (batch.real, batch.wide):
        for column, number in enumerate(block.signals):
            value = float(block.values[0, column])
            signal = BY_ID[number]
            assert block.reasons[0, column] or signal.low <= value <= signal.high
    again = accept(made, device(), NOW, events)
    assert isinstance(again, Accepted)
    assert (again.digest, again.batch.seq) == (found.digest, found.batch.seq)
    memory = Memory()
    registry = memory.registry
    tenant = registry.add_tenant("demo")
    registry.add_device(tenant, "box-1")
    stored = memory.sink().commit([found, again], []).stored
    assert [s.outcome.value for s in stored] == ["committed", "duplicate"]


@given(st.lists(moments(), max_size=6))
def test_moments_give_every_report_once_and_in_order(made: list[Moment]) -> None:
    gathered = Moments()
    ready: list[Moment] = []
    for number, moment in enumerate(made):
        for frame, report in zip(moment.frames, moment.reports, strict=True):
            ready += gathered.add(frame, report, float(number))
    ready += gathered.flush()
    expected: list[Report] = [report for moment in made for report in moment.reports]
    assert [report for moment in ready for report in moment.reports] == expected
    assert all(len({r.clock for r in moment.reports}) == 1 for moment in ready)


@given(messages(), st.integers(0, 255), st.integers(0, 255), st.booleans(), st.booleans())
def test_rules_answer_commands_only_and_always_with_a_frame_of_the_same_command(
    built: Message, flag: int, encryption: int, enrolled: bool, logged_in: bool
) -> None:
    known = device() if enrolled else None
    session = Session(vehicles={built.frame.vin: device()} if logged_in else {})
    for sent in (
        built.frame,
        replace(built.frame, flag=flag),
        replace(built.frame, encryption=encryption),
        replace(built.frame, data=built.frame.data[:-1]),
    ):
        steps = Rules(Options(), now=lambda: NOW).steps(session, sent, known)
        answers = [step.frame for step in steps if hasattr(step, "frame") and step.frame.flag < 8]
        assert sent.is_command or not steps
        assert all(a.command == sent.command and a.vin == sent.vin for a in answers)
        assert all(a.flag != Flag.COMMAND for a in answers)
