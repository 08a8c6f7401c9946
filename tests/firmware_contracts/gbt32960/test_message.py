"""Frames of every command: found again as they were built; refusals say what is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_contracts.gbt32960 import beijing, message
from firmware_contracts.gbt32960.errors import BadCheck, BadFrame, BadStructure, Encrypted
from firmware_contracts.gbt32960.frame import (
    Command,
    Edition,
    Encryption,
    Flag,
    Frame,
    decode_frame,
)
from firmware_contracts.gbt32960.layout import Body
from firmware_contracts.gbt32960.message import Message, answer, decode
from firmware_contracts.gbt32960.report import Report
from tests.firmware_contracts.gbt32960.frames import CLOCK, VIN, messages

LOGIN_2016 = "190A1B140202 000C" + b"89860924790023166606".hex() + "02 04" + b"AAAABBBB".hex()
LOGIN_2025 = (
    "190A1B140202 000C"
    + b"89860924790023166606".hex()
    + "02 01 02"
    + (b"A" * 24 + b"B" * 24 + b"C" * 24).hex()
)
KEY = "05 0004 01020304 190A1B140202 190A1C140202"
ACTIVATION = (
    "190A1B140202" + b"1234567812345678".hex() + "0002 ABCD" + VIN.hex() + "01 0001 EE 0001 DD"
)


def frame(command: int, data: str = "", edition: Edition = Edition.E2025, **changes: int) -> Frame:
    made = Frame(edition=edition, command=command, vin=VIN, data=bytes.fromhex(data))
    return replace(made, **changes)  # type: ignore[arg-type]


def body(command: int, data: str = "", edition: Edition = Edition.E2025) -> Body:
    unit = decode(frame(command, data, edition)).unit
    assert isinstance(unit, Body)
    assert unit.encode() == bytes.fromhex(data)
    return unit


@given(messages())
def test_message_of_any_type_is_found_again_as_it_was_built(built: Message) -> None:
    raw = built.frame.encode()
    found = decode(decode_frame(raw))
    assert found == built
    assert found.encode() == raw


@given(messages(), st.data())
def test_a_report_cut_short_is_refused_or_ends_between_two_informations(
    built: Message, data: st.DataObject
) -> None:
    whole = built.frame
    cut = data.draw(st.integers(0, max(len(whole.data) - 1, 0)))
    try:
        found = decode(replace(whole, data=whole.data[:cut]))
    except BadStructure:
        return
    assert found.unit.encode() == whole.data[:cut]


def test_login_of_2016_names_subsystems_and_codes_of_one_length() -> None:
    login = body(Command.LOGIN, LOGIN_2016, Edition.E2016)
    assert login.value("sequence") == 12
    assert login.text("iccid") == "89860924790023166606"
    assert login.codes("batteries") == (b"AAAA", b"BBBB")


def test_login_of_2025_counts_packs_of_each_management_system() -> None:
    login = body(Command.LOGIN, LOGIN_2025)
    assert login.head("batteries") == bytes((2, 1, 2))
    assert login.codes("batteries") == (b"A" * 24, b"B" * 24, b"C" * 24)


def test_platform_login_reads_user_and_password() -> None:
    data = CLOCK.hex() + "0802" + b"platform\0\0\0\0".hex() + (b"secret" + b"\0" * 14).hex() + "01"
    login = body(Command.PLATFORM_LOGIN, data, Edition.E2016)
    assert (login.text("user"), login.text("password")) == ("platform", "secret")


def test_key_exchange_and_activation_of_2025_are_recognised() -> None:
    exchange = body(Command.KEY_EXCHANGE, KEY)
    assert (exchange.value("algorithm"), exchange.held("key")) == (5, b"\1\2\3\4")
    activation = body(Command.ACTIVATION, ACTIVATION)
    assert activation.text("vin") == VIN.decode()
    assert (activation.held("r"), activation.held("s")) == (b"\xee", b"\xdd")
    assert body(Command.ACTIVATION_REPLY, "0202").value("detail") == 2


def test_heartbeat_and_time_sync_are_empty_and_keep_what_a_terminal_adds() -> None:
    assert body(Command.HEARTBEAT).held("content") == b""
    assert body(Command.TIME_SYNC, CLOCK.hex()).held("content") == CLOCK


def test_a_signature_ends_a_report_of_2025_and_is_kept() -> None:
    found = decode(frame(Command.REPORT, CLOCK.hex() + "04 0BB8 FF 01 0002 AABB 0001 CC")).unit
    assert isinstance(found, Report)
    assert found.signature is not None
    assert (found.signature.value("algorithm"), found.signature.held("r")) == (1, b"\xaa\xbb")
    assert found.rest == b""


@pytest.mark.parametrize(("edition", "kind"), [(Edition.E2016, 0x0A), (Edition.E2025, 0x33)])
def test_a_type_without_a_table_is_kept_with_all_that_follows(edition: Edition, kind: int) -> None:
    data = CLOCK.hex() + f"80 0001 AA {kind:02x} 010203"
    found = decode(frame(Command.REPORT, data, edition))
    assert isinstance(found.unit, Report)
    assert found.unit.rest == bytes((kind, 1, 2, 3))
    assert found.encode() == frame(Command.REPORT, data, edition).encode()


def test_beijing_time_is_eight_hours_ahead_of_utc() -> None:
    moment = datetime(2025, 10, 27, 12, 2, 2, tzinfo=UTC)
    assert beijing.to_utc(CLOCK) == moment
    assert beijing.from_utc(moment) == CLOCK


@pytest.mark.parametrize("clock", ["190D01000000", "190A20000000", "190A1B180000", "FFFFFFFFFFFF"])
def test_a_time_on_no_calendar_is_no_time(clock: str) -> None:
    assert beijing.to_utc(bytes.fromhex(clock)) is None


@pytest.mark.parametrize("method", [Encryption.RSA, Encryption.AES, Encryption.SM2, Encryption.SM4])
def test_an_encrypted_data_unit_is_refused_by_its_method(method: Encryption) -> None:
    with pytest.raises(Encrypted, match=f"{method:#04x}") as refused:
        decode(frame(Command.REPORT, CLOCK.hex(), encryption=method))
    assert refused.value.flag == Flag.BAD_ENCRYPTION


def test_what_is_no_frame_is_refused_with_what_is_wrong() -> None:
    raw = frame(Command.HEARTBEAT).encode()
    with pytest.raises(BadFrame, match="shortest"):
        decode_frame(raw[:20])
    with pytest.raises(BadFrame, match="23 23 or 24 24"):
        decode_frame(b"##"[:1] + raw[1:])
    with pytest.raises(BadFrame, match="length"):
        decode_frame(raw + b"\0")
    with pytest.raises(BadCheck, match="check byte"):
        decode_frame(raw[:-1] + bytes([raw[-1] ^ 1]))


def test_a_data_unit_longer_than_its_table_is_refused() -> None:
    with pytest.raises(BadStructure, match="1 bytes behind"):
        decode(frame(Command.LOGOUT, CLOCK.hex() + "0001 00"))
    with pytest.raises(BadStructure, match="its time alone"):
        decode(frame(Command.REPORT, "1901"))


def test_an_answer_keeps_the_time_alone_or_echoes_the_command() -> None:
    login = frame(Command.LOGIN, LOGIN_2016, Edition.E2016)
    short = answer(login, Flag.OK, CLOCK)
    assert (short.command, short.flag, short.data) == (Command.LOGIN, Flag.OK, CLOCK)
    assert (
        short.encode()
        == bytes.fromhex("2323 01 01" + VIN.hex() + "01 0006" + CLOCK.hex()) + (short.encode()[-1:])
    )
    echo = answer(login, Flag.OK, b"\x1a" + CLOCK[1:], echo=True)
    assert echo.data == b"\x1a" + login.data[1:]
    for found in (short, echo):
        assert decode(found).clock == found.data[:6]


def test_flags_of_2025_become_an_error_for_a_2016_terminal() -> None:
    old = frame(Command.REPORT, CLOCK.hex(), Edition.E2016)
    assert answer(old, Flag.VIN_UNKNOWN, CLOCK).flag == Flag.ERROR
    assert answer(old, Flag.VIN_DUPLICATE, CLOCK).flag == Flag.VIN_DUPLICATE
    assert answer(frame(Command.REPORT), Flag.VIN_UNKNOWN, CLOCK).flag == Flag.VIN_UNKNOWN


def test_neither_frame_nor_message_shows_the_vin() -> None:
    shown = repr(frame(Command.REPORT, CLOCK.hex())) + repr(decode(frame(Command.HEARTBEAT)))
    assert VIN.decode() not in shown
    assert str(VIN) not in shown


def test_every_command_of_the_standard_has_a_layout() -> None:
    for edition in Edition:
        known = {*message.UNITS[edition], *message.REPORTS}
        young = {Command.ACTIVATION, Command.ACTIVATION_REPLY, Command.KEY_EXCHANGE}
        assert set(Command) - known == (young if edition is Edition.E2016 else set())
