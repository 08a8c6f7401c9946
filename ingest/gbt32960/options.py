"""How the server behaves where the standard leaves it open."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Answer(StrEnum):
    """What an answer holds: the main text of both editions keeps the time alone, annex B of 2016
    repeats the command with a new time."""

    TIME = "time"
    ECHO = "echo"


class Reports(StrEnum):
    """Which reports are answered: annex B answers errors only; many terminals wait for an answer
    to each, and keep what they hear nothing about."""

    NEVER = "never"
    ERRORS = "errors"
    ALWAYS = "always"


class Kick(StrEnum):
    """Which of two connections with one VIN ends: the standard ends the old one."""

    OLD = "old"
    NEW = "new"


class Signatures(StrEnum):
    """Signed reports of 2025: signatures are not verified; stored and counted, or refused."""

    UNVERIFIED = "unverified"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Times in seconds; `reports_s` is the share of one vehicle, reports a second. Without a
    platform user, platform logins are refused."""

    tenant: str = "demo"
    answer: Answer = Answer.TIME
    reports: Reports = Reports.ERRORS
    kick: Kick = Kick.OLD
    signatures: Signatures = Signatures.UNVERIFIED
    login_s: float = 30.0
    idle_s: float = 300.0
    reports_s: float = 50.0
    most_connections: int = 10_000
    most_garbage: int = 256 * 1024
    platform_user: str | None = None
    platform_password: str | None = field(default=None, repr=False)
