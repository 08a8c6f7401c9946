"""Who may say what on a connection: login first, one connection a vehicle. No sockets here.

    opened --login--> vehicle logged in --report, re-issue, heartbeat, time sync--> answered
           --platform login--> every enrolled VIN may report
    unknown VIN, wrong password, a report before login: refused, and the connection ends

Each command is a row of a table; what it decides is a list of steps for the server to take.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.identity import Device
from firmware_contracts.gbt32960 import beijing
from firmware_contracts.gbt32960.errors import Encrypted, ProtocolError
from firmware_contracts.gbt32960.frame import Command, Flag, Frame
from firmware_contracts.gbt32960.layout import Body
from firmware_contracts.gbt32960.message import Message, answer, decode
from firmware_contracts.gbt32960.report import Report
from ingest.gbt32960.options import Answer, Options, Reports, Signatures


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Send this frame."""

    frame: Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Store this report of this vehicle; answer after the commit where that is asked for."""

    frame: Frame
    report: Report
    device: Device


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Keep this frame as a dead letter: its vehicle is known, its content cannot be read."""

    frame: Frame
    device: Device
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enter:
    """The vehicle is logged in here: end its other connection."""

    device: Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """The vehicle logged out."""

    device: Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Count a refusal; `end` closes the connection."""

    reason: str
    end: bool = False


Step = Say | Keep | DeadLetter | Enter | Leave | Refuse


@dataclass(slots=True, kw_only=True)
class Session:
    """One connection: the vehicles that logged in on it, and whether a platform did."""

    vehicles: dict[bytes, Device] = field(default_factory=dict)
    platform: bool = False

    def device(self, vin: bytes) -> Device | None:
        """The device of a logged-in vehicle."""
        return self.vehicles.get(vin)

    @property
    def open(self) -> bool:
        """True where somebody logged in."""
        return self.platform or bool(self.vehicles)


class Rules:
    """Steps of every command. `device` is who the frame's VIN belongs to, None for a stranger."""

    def __init__(
        self, options: Options, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._options = options
        self._now = now

    def needs_device(self, session: Session, frame: Frame) -> bool:
        """True where the directory must be asked who this VIN is."""
        reports = frame.command in (Command.REPORT, Command.REISSUE)
        asked = frame.command == Command.LOGIN or (session.platform and reports)
        return frame.is_command and asked and session.device(frame.vin) is None

    def steps(self, session: Session, frame: Frame, device: Device | None) -> list[Step]:
        """What to do about one frame. Answers of terminals are passed over."""
        if not frame.is_command:
            return []
        known = session.device(frame.vin) or device
        try:
            message = decode(frame)
        except ProtocolError as refusal:
            return self._unreadable(session, frame, known, refusal)
        rule = _RULES.get(frame.command, Rules._unsupported)
        return rule(self, session, message, known)

    def stored(self, frame: Frame, flag: int = Flag.OK) -> list[Frame]:
        """The answer to a report after its commit, as the options have it."""
        wanted = self._options.reports
        if wanted is Reports.NEVER or (wanted is Reports.ERRORS and flag == Flag.OK):
            return []
        return [self._answer(frame, flag)]

    def _unreadable(
        self, session: Session, frame: Frame, device: Device | None, refusal: ProtocolError
    ) -> list[Step]:
        reason = "encrypted" if isinstance(refusal, Encrypted) else "structure"
        known = session.device(frame.vin) is not None or session.platform
        steps: list[Step] = [Refuse(reason=reason, end=not known)]
        if self._options.reports is not Reports.NEVER or frame.command not in _REPORTS:
            steps.insert(0, Say(frame=self._answer(frame, refusal.flag)))
        if known and device is not None:
            steps.append(DeadLetter(frame=frame, device=device, why=str(refusal)))
        return steps

    def _login(self, session: Session, message: Message, device: Device | None) -> list[Step]:
        frame = message.frame
        if device is None or device.revoked:
            refusal = Refuse(reason="unknown_vin", end=not session.platform)
            return [Say(frame=self._answer(frame, Flag.VIN_UNKNOWN)), refusal]
        session.vehicles[frame.vin] = device
        return [Enter(device=device), Say(frame=self._answer(frame, Flag.OK))]

    def _logout(self, session: Session, message: Message, device: Device | None) -> list[Step]:
        left = session.vehicles.pop(message.frame.vin, None)
        say: list[Step] = [Say(frame=self._answer(message.frame, Flag.OK))]
        return [*say, Leave(device=left)] if left is not None else say

    def _platform_login(
        self, session: Session, message: Message, device: Device | None
    ) -> list[Step]:
        unit = message.unit
        if not isinstance(unit, Body) or not self._known_platform(unit):
            return [
                Say(frame=self._answer(message.frame, Flag.ERROR)),
                Refuse(reason="platform_login", end=True),
            ]
        session.platform = True
        return [Say(frame=self._answer(message.frame, Flag.OK))]

    def _known_platform(self, unit: Body) -> bool:
        """Compared in constant time; nobody is known where no user is set."""
        user, password = self._options.platform_user, self._options.platform_password
        if not user or not password:
            return False
        login = f"{unit.text('user')}\0{unit.text('password')}"
        return hmac.compare_digest(login.encode(), f"{user}\0{password}".encode())

    def _platform_logout(
        self, session: Session, message: Message, device: Device | None
    ) -> list[Step]:
        session.platform = False
        return [Say(frame=self._answer(message.frame, Flag.OK))]

    def _alive(self, session: Session, message: Message, device: Device | None) -> list[Step]:
        return [Say(frame=self._answer(message.frame, Flag.OK))]

    def _time(self, session: Session, message: Message, device: Device | None) -> list[Step]:
        """The annex leaves the answer's content open; without a time it would be of no use."""
        return [Say(frame=answer(message.frame, Flag.OK, beijing.from_utc(self._now())))]

    def _report(self, session: Session, message: Message, device: Device | None) -> list[Step]:
        frame, report = message.frame, message.unit
        if device is None or device.revoked or not isinstance(report, Report):
            reason = "unknown_vin" if session.platform else "before_login"
            flag = Flag.VIN_UNKNOWN if session.platform else Flag.ERROR
            ends = not session.platform
            return [Say(frame=self._answer(frame, flag)), Refuse(reason=reason, end=ends)]
        if report.signature is not None and self._options.signatures is Signatures.REFUSE:
            return [
                Say(frame=self._answer(frame, Flag.BAD_SIGNATURE)),
                Refuse(reason="signature"),
            ]
        session.vehicles.setdefault(frame.vin, device)
        return [Keep(frame=frame, report=report, device=device)]

    def _unsupported(self, session: Session, message: Message, device: Device | None) -> list[Step]:
        """Activation, key exchange, makers' commands: answered as an error, said in the counts."""
        return [
            Say(frame=self._answer(message.frame, Flag.ERROR)),
            Refuse(reason="unsupported", end=not session.open),
        ]

    def _answer(self, frame: Frame, flag: int) -> Frame:
        """Its own time alone; with ECHO everything, and the time of now (annex B of 2016)."""
        if frame.command in _EMPTY:
            return answer(frame, flag, b"")
        if self._options.answer is Answer.ECHO:
            return answer(frame, flag, beijing.from_utc(self._now()), echo=True)
        return answer(frame, flag, frame.data[: beijing.SIZE])


_REPORTS = frozenset({Command.REPORT, Command.REISSUE})
_EMPTY = frozenset({Command.HEARTBEAT})
Rule = Callable[[Rules, Session, Message, Device | None], list[Step]]
_RULES: Mapping[int, Rule] = {
    Command.LOGIN: Rules._login,
    Command.LOGOUT: Rules._logout,
    Command.PLATFORM_LOGIN: Rules._platform_login,
    Command.PLATFORM_LOGOUT: Rules._platform_logout,
    Command.HEARTBEAT: Rules._alive,
    Command.TIME_SYNC: Rules._time,
    Command.REPORT: Rules._report,
    Command.REISSUE: Rules._report,
}
