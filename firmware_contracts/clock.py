"""The talk that puts an unsynchronised boot on the calendar: hello(boot, mono) -> time(...)."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware_contracts.telemetry import Anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Birth on topic `status`: who boots, what it runs, what was lost since the last birth."""

    boot: bytes
    mono_ms: int
    utc_ms: int | None = None
    quality_ms: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    streams: dict[str, bytes] = field(default_factory=dict)
    unsupported: tuple[int, ...] = ()
    profile: str = ""
    scheme: str = ""
    evicted: int = 0
    alive: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReply:
    """The answer on topic `receipt`: echoes boot and mono, adds the cloud's clock."""

    boot: bytes
    mono_ms: int
    utc_ms: int

    def anchor(self, mono_now_ms: int) -> Anchor:
        """Anchor at the middle of the round trip; half of it is the uncertainty."""
        half = (mono_now_ms - self.mono_ms) // 2
        return Anchor(
            boot=self.boot, offset_ms=self.utc_ms - (self.mono_ms + half), quality_ms=half
        )
