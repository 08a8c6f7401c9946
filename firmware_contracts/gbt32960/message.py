"""The data unit of every command, and answers.

frame --decode--> Message(frame, unit)     unit: a Report, or the Body of a command's layout
message.encode()                           the frame's bytes, made anew from the unit
answer(frame, flag, clock)                 what a server says to a command
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from firmware_contracts.gbt32960 import beijing, edition_2025
from firmware_contracts.gbt32960.errors import BadStructure, Encrypted
from firmware_contracts.gbt32960.field import Field, fields
from firmware_contracts.gbt32960.frame import Command, Edition, Encryption, Flag, Frame
from firmware_contracts.gbt32960.layout import (
    Blob,
    Body,
    Codes,
    Layout,
    One,
    Packs,
    Rest,
    Series,
    Text,
)
from firmware_contracts.gbt32960.report import Report, decode_report

_TIME = Text("clock", beijing.SIZE)
_SEQUENCE = One(Field(name="sequence", width=2, top=65531))

LOGIN_2016 = Layout("login", (_TIME, _SEQUENCE, Text("iccid", 20), Codes("batteries")))
LOGIN_2025 = Layout("login", (_TIME, _SEQUENCE, Text("iccid", 20), Packs("batteries")))
LOGOUT = Layout("logout", (_TIME, _SEQUENCE))
PLATFORM_LOGIN = Layout(
    "platform_login",
    (
        _TIME,
        _SEQUENCE,
        Text("user", 12),
        Text("password", 20),
        *map(One, fields("encryption |1 | | |5 |")),
    ),
)
PLATFORM_LOGOUT = Layout("platform_logout", (_TIME, _SEQUENCE))
EMPTY = Layout("empty", (Rest("content"),))
"""Heartbeat and time synchronisation: empty by the standard; what a terminal adds is kept."""
ACTIVATION = Layout(
    "activation",
    (
        _TIME,
        Text("chip", 16),
        Blob("public_key", 2),
        Text("vin", 17),
        *edition_2025.SIGNATURE.parts,
    ),
)
ACTIVATION_REPLY = Layout(
    "activation_reply",
    tuple(
        map(
            One,
            fields("""
            state  |1 | | |2 |
            detail |1 | | |2 |
            """),
        )
    ),
)
KEY_EXCHANGE = Layout(
    "key_exchange",
    (
        *map(One, fields("algorithm |1 | | |5 |")),
        Blob("key", 2),
        Text("valid_from", beijing.SIZE),
        Text("valid_until", beijing.SIZE),
    ),
)
QUERY = Layout("query", (_TIME, Series("parameters", 1, Field(name="id", width=1, coded=False))))
SET = Layout("set", (_TIME, *map(One, fields("count |1 | | |252 |")), Rest("parameters")))
CONTROL = Layout("control", (_TIME, *map(One, fields("order |1! | | | |")), Rest("parameters")))
REPLY = Layout("reply", (_TIME,))
OPAQUE = Layout("opaque", (Rest("content"),))
"""A command that the standard reserves or leaves to makers."""

_BOTH: Mapping[int, Layout] = {
    Command.LOGOUT: LOGOUT,
    Command.PLATFORM_LOGIN: PLATFORM_LOGIN,
    Command.PLATFORM_LOGOUT: PLATFORM_LOGOUT,
    Command.HEARTBEAT: EMPTY,
    Command.TIME_SYNC: EMPTY,
    Command.QUERY: QUERY,
    Command.SET: SET,
    Command.CONTROL: CONTROL,
}
UNITS: Mapping[Edition, Mapping[int, Layout]] = MappingProxyType(
    {
        Edition.E2016: {**_BOTH, Command.LOGIN: LOGIN_2016},
        Edition.E2025: {
            **_BOTH,
            Command.LOGIN: LOGIN_2025,
            Command.ACTIVATION: ACTIVATION,
            Command.ACTIVATION_REPLY: ACTIVATION_REPLY,
            Command.KEY_EXCHANGE: KEY_EXCHANGE,
        },
    }
)
REPORTS = frozenset({Command.REPORT, Command.REISSUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A frame and what its data unit says."""

    frame: Frame
    unit: Report | Body

    @property
    def clock(self) -> bytes | None:
        """The six bytes of its time; None where it has none."""
        if isinstance(self.unit, Report):
            return self.unit.clock
        held = self.unit.held("clock") if "clock" in self.unit else None
        return held if isinstance(held, bytes) else None

    @property
    def time(self) -> datetime | None:
        """Its time as UTC; None where it has none, or one on no calendar."""
        return None if self.clock is None else beijing.to_utc(self.clock)

    def encode(self) -> bytes:
        """The frame's bytes, its data unit made anew."""
        frame = self.frame
        return Frame(
            edition=frame.edition,
            command=frame.command,
            flag=frame.flag,
            vin=frame.vin,
            encryption=frame.encryption,
            data=self.unit.encode(),
        ).encode()


def decode(frame: Frame) -> Message:
    """The message; Encrypted or BadStructure where its data unit cannot be read."""
    if frame.encryption != Encryption.NONE and frame.data:
        raise Encrypted(f"data unit encrypted by method {frame.encryption:#04x}")
    if not frame.is_command:
        return Message(frame=frame, unit=_answer_unit(frame))
    return Message(frame=frame, unit=_unit(frame))


def _unit(frame: Frame) -> Report | Body:
    if frame.command in REPORTS:
        return decode_report(frame.edition, frame.data)
    return UNITS[frame.edition].get(frame.command, OPAQUE).whole(frame.data)


def _answer_unit(frame: Frame) -> Report | Body:
    """An answer carries its time alone; annex B of 2016 has it repeat the command instead."""
    if len(frame.data) == beijing.SIZE:
        return REPLY.whole(frame.data)
    try:
        return _unit(frame) if frame.data else OPAQUE.whole(b"")
    except BadStructure:
        return OPAQUE.whole(frame.data)


def answer(frame: Frame, flag: int, clock: bytes, *, echo: bool = False) -> Frame:
    """The answer to a command: its time alone, or (`echo`, annex B of 2016) all of it.

    Both carry `clock` as their time. Flags above 3 came with 2025: a 2016 frame gets ERROR.
    """
    known = flag if frame.edition is Edition.E2025 or flag <= Flag.VIN_DUPLICATE else Flag.ERROR
    return Frame(
        edition=frame.edition,
        command=frame.command,
        flag=known,
        vin=frame.vin,
        data=clock + frame.data[beijing.SIZE :] if echo else clock,
    )
