"""The table of shipped profiles for docs/profiles.md: every field, how it is known, its example."""

from __future__ import annotations

from collections.abc import Iterator

from gateway import profiles
from gateway.profiles import Profile

_HEAD = """# Profiles that ship
Written by `python -m gateway.imports.catalogue > docs/profiles.md`; a test holds it current.

**captured** agrees with answers of real cars. **published** is stated by a standard or an open
project and was not seen by us. **computed** is nobody's word: `check` shows it, the agent does not
send it. Legislated PIDs are published by SAE J1979.
"""


def markdown() -> str:
    """The whole page."""
    return _HEAD + "".join(_profile(profiles.load(n, unverified=True)) for n in profiles.names())


def _profile(profile: Profile) -> str:
    lines = [f"\n## {profile.name}", f"{profile.powertrain}; {profile.source} ({profile.licence})"]
    rows = list(_rows(profile))
    if rows:
        lines += ["", "| signal | evidence | bytes -> value |", "|---|---|---|", *rows]
    for poll in profile.obd:
        pids = " ".join(f"{pid:02X}" for pid in poll.pids)
        lines += ["", f"Every {poll.period_s:g} s where announced: {pids}"]
    return "\n".join(lines) + "\n"


def _rows(profile: Profile) -> Iterator[str]:
    for field in profile.fields:
        yield f"| {field.signal.name} | {field.evidence.value} | {field.example} |"
    for key, spec in (profile.broadcast or {}).items():
        stated = {"signal": spec} if isinstance(spec, str) else spec
        example = f"{key} {stated.get('example', '')}".strip()
        yield f"| {stated['signal']} | {profile.evidence.value} | {example} |"


if __name__ == "__main__":
    import sys

    sys.stdout.write(markdown())
