"""Rules of a connection: login first, answers as the standard says, what is refused and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.identity import Device
from firmware_contracts.gbt32960 import beijing
from firmware_contracts.gbt32960.frame import Command, Edition, Encryption, Flag, Frame
from ingest.gbt32960.options import Answer, Options, Reports, Signatures
from ingest.gbt32960.sessions import (
    DeadLetter,
    Enter,
    Keep,
    Leave,
    Refuse,
    Rules,
    Say,
    Session,
    Step,
)
from tests.ingest.gbt32960.reports import (
    NOW,
    frame,
    login,
    logout,
    platform_login,
    report,
    vehicle,
)
from tests.ingest.parts import device

CLOCK = beijing.from_utc(NOW)
REPORT = frame(report(NOW, vehicle()))


def rules(**options: object) -> Rules:
    return Rules(Options(**options), now=lambda: NOW)  # type: ignore[arg-type]


def take(
    made: Rules, session: Session, sent: Frame, known: Device | None = None
) -> tuple[list[Step], Frame | None]:
    """Steps without the answer, and the answer."""
    steps = made.steps(session, sent, known)
    said = [step.frame for step in steps if isinstance(step, Say)]
    assert len(said) <= 1
    return [step for step in steps if not isinstance(step, Say)], said[0] if said else None


def logged_in(made: Rules) -> Session:
    session = Session()
    take(made, session, login(), device())
    return session


def test_rules_let_an_enrolled_vin_in_and_answer_with_its_time() -> None:
    session = Session()
    steps, said = take(rules(), session, login(), device())
    assert steps == [Enter(device=device())]
    assert said is not None
    assert (said.command, said.flag, said.data) == (Command.LOGIN, Flag.OK, CLOCK)
    assert session.open


@pytest.mark.parametrize(
    ("edition", "flag"), [(Edition.E2016, Flag.ERROR), (Edition.E2025, Flag.VIN_UNKNOWN)]
)
def test_rules_refuse_a_vin_that_is_not_enrolled(edition: Edition, flag: Flag) -> None:
    session = Session()
    steps, said = take(rules(), session, login(edition=edition))
    assert steps == [Refuse(reason="unknown_vin", end=True)]
    assert said is not None
    assert said.flag == flag
    assert not session.open


def test_rules_refuse_a_revoked_terminal() -> None:
    steps, _ = take(rules(), Session(), login(), device(revoked=True))
    assert steps == [Refuse(reason="unknown_vin", end=True)]


def test_rules_want_a_login_before_a_report() -> None:
    steps, said = take(rules(), Session(), REPORT)
    assert steps == [Refuse(reason="before_login", end=True)]
    assert said is not None
    assert said.flag == Flag.ERROR


def test_rules_keep_a_report_and_say_nothing_before_its_commit() -> None:
    made = rules()
    steps, said = take(made, logged_in(made), REPORT)
    assert [type(step) for step in steps] == [Keep]
    assert said is None


@pytest.mark.parametrize(
    ("reports", "right", "wrong"),
    [(Reports.NEVER, 0, 0), (Reports.ERRORS, 0, 1), (Reports.ALWAYS, 1, 1)],
)
def test_answers_to_reports_follow_the_setting(reports: Reports, right: int, wrong: int) -> None:
    made = rules(reports=reports)
    assert len(made.stored(REPORT, Flag.OK)) == right
    assert len(made.stored(REPORT, Flag.ERROR)) == wrong


def test_an_answer_echoes_the_command_with_the_time_of_now_where_annex_b_is_set() -> None:
    made = rules(answer=Answer.ECHO)
    old = login(NOW.replace(hour=3))
    _, said = take(made, Session(), old, device())
    assert said is not None
    assert said.data == CLOCK + old.data[6:]


def test_heartbeat_and_time_sync_are_answered_at_any_time() -> None:
    _, beat = take(rules(), Session(), frame(b"", Command.HEARTBEAT))
    _, sync = take(rules(), Session(), frame(b"", Command.TIME_SYNC))
    assert beat is not None
    assert (beat.flag, beat.data) == (Flag.OK, b"")
    assert sync is not None
    assert (sync.flag, sync.data) == (Flag.OK, CLOCK)


def test_a_logout_ends_the_session_of_its_vehicle() -> None:
    made = rules()
    session = logged_in(made)
    steps, said = take(made, session, logout())
    assert steps == [Leave(device=device())]
    assert said is not None
    assert not session.open


def test_answers_of_terminals_are_passed_over() -> None:
    assert rules().steps(Session(), replace(REPORT, flag=Flag.OK), None) == []


def test_an_encrypted_report_is_refused_with_the_flag_of_its_edition() -> None:
    made = rules()
    session = logged_in(made)
    sent = replace(REPORT, encryption=Encryption.SM4)
    steps, said = take(made, session, sent)
    assert [type(step) for step in steps] == [Refuse, DeadLetter]
    assert steps[0] == Refuse(reason="encrypted")
    assert said is not None
    assert said.flag == Flag.ERROR
    young = replace(sent, edition=Edition.E2025)
    _, said = take(made, session, young)
    assert said is not None
    assert said.flag == Flag.BAD_ENCRYPTION


def test_a_broken_report_is_kept_as_a_dead_letter_and_the_session_goes_on() -> None:
    made = rules()
    steps, said = take(made, logged_in(made), replace(REPORT, data=REPORT.data[:-3]))
    assert steps[0] == Refuse(reason="structure")
    assert isinstance(steps[1], DeadLetter)
    assert said is not None


def test_a_stranger_s_broken_frame_is_no_dead_letter() -> None:
    steps, _ = take(rules(), Session(), replace(REPORT, data=REPORT.data[:-3]))
    assert steps == [Refuse(reason="structure", end=True)]


@pytest.mark.parametrize("command", [Command.ACTIVATION, Command.KEY_EXCHANGE, 0xC0])
def test_keys_and_activation_are_refused_with_an_error_and_counted(command: int) -> None:
    made = rules()
    data = {
        Command.ACTIVATION: CLOCK + b"1" * 16 + b"\0\0" + b"V" * 17 + b"\1\0\0\0\0",
        Command.KEY_EXCHANGE: b"\5\0\0" + CLOCK + CLOCK,
    }.get(Command(command) if command in set(Command) else Command.QUERY, b"")
    sent = frame(data, command, edition=Edition.E2025)
    steps, said = take(made, logged_in(made), sent)
    assert steps == [Refuse(reason="unsupported")]
    assert said is not None
    assert said.flag == Flag.ERROR


def test_a_signed_report_is_kept_unverified_or_refused_as_set() -> None:
    signed = replace(
        REPORT, edition=Edition.E2025, data=CLOCK + bytes.fromhex("040BB8 FF 01 0001 AA 0001 BB")
    )
    kept = rules()
    steps, _ = take(kept, logged_in(kept), signed)
    assert [type(step) for step in steps] == [Keep]
    strict = rules(signatures=Signatures.REFUSE)
    steps, said = take(strict, logged_in(strict), signed)
    assert steps == [Refuse(reason="signature")]
    assert said is not None
    assert said.flag == Flag.BAD_SIGNATURE


def test_a_platform_with_the_right_password_reports_for_enrolled_vehicles() -> None:
    made = rules(platform_user="fleet", platform_password="secret")
    session = Session()
    steps, said = take(made, session, platform_login("fleet", "secret"))
    assert steps == []
    assert said is not None
    assert said.flag == Flag.OK
    assert made.needs_device(session, REPORT)
    steps, _ = take(made, session, REPORT, device())
    assert [type(step) for step in steps] == [Keep]
    assert not made.needs_device(session, REPORT)
    stranger = frame(report(NOW, vehicle()), vin="LTESTVN00S0000009")
    steps, said = take(made, session, stranger)
    assert steps == [Refuse(reason="unknown_vin")]


@pytest.mark.parametrize(
    ("user", "password", "options"),
    [
        ("fleet", "wrong", {"platform_user": "fleet", "platform_password": "secret"}),
        ("other", "secret", {"platform_user": "fleet", "platform_password": "secret"}),
        ("", "", {}),
    ],
)
def test_a_platform_is_refused_where_its_login_is_wrong_or_none_is_set(
    user: str, password: str, options: dict[str, str]
) -> None:
    session = Session()
    steps, _ = take(rules(**options), session, platform_login(user, password))
    assert steps == [Refuse(reason="platform_login", end=True)]
    assert not session.open


def test_no_step_and_no_option_shows_a_vin_or_a_password() -> None:
    made = Options(platform_user="fleet", platform_password="secret")
    steps = Rules(made).steps(Session(), login(), device())
    assert "LTEST" not in repr(steps)
    assert "secret" not in repr(made)
