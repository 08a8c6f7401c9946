"""What the HTTP service is told at its start. Built once by the command line and passed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


def utc_now() -> datetime:
    """The wall clock; tests pass their own."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the service. `secret` signs tokens and never reaches the database."""

    secret: bytes = field(repr=False)
    behind_tls: bool = False
    public_url: str = ""
    catalogue: Path | None = None
    session_term: timedelta = timedelta(hours=12)
    token_term: timedelta = timedelta(days=90)
    requests_s: float = 60.0
    burst: int = 240
    sign_ins: int = 10
    sign_in_window: timedelta = timedelta(minutes=5)
    feeds: int = 50
    clock: Callable[[], datetime] = utc_now
    ready: Callable[[], dict[str, str]] | None = None
    score: Callable[[], Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        if len(self.secret) < 16:
            raise ValueError(
                f"the secret has {len(self.secret)} bytes; give at least 16 (VIGIL_API__SECRET)"
            )
