"""`gateway profile import` and `gateway profile show`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from gateway import profiles
from gateway.errors import ProfileWrong
from gateway.imports import obdb, wican
from gateway.imports.candidate import Candidate, Skipped
from gateway.imports.draft import Answers, Draft, draft

SOURCES = {
    "obdb": ("OBDb signal set", "CC-BY-SA 4.0: keep the imported file out of other works"),
    "wican": ("WiCAN vehicle profile", "GPL-3.0: keep the imported file out of other works"),
}


def pairs(option: str, given: Iterable[str]) -> dict[str, str]:
    """NAME=VALUE answers. ProfileWrong names one that is not."""
    out = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not value:
            raise ProfileWrong(f"--{option} {text}: write NAME=VALUE")
        out[name] = value
    return out


def make(path: Path, name: str, powertrain: str, year: int | None, answers: Answers) -> Draft:
    """The draft of a file. ProfileWrong says what it is not."""
    kind = kind_of(path)
    found: list[Candidate | Skipped]
    try:
        found = list(obdb.candidates(path, year) if kind == "obdb" else wican.candidates(path))
        source, licence = SOURCES[kind]
        return draft(
            name, powertrain, found, answers, source=f"{source} {path.name}", licence=licence
        )
    except ValueError as wrong:
        raise ProfileWrong(f"{path.name}: {wrong}") from wrong


def kind_of(path: Path) -> str:
    """By what the file holds. ProfileWrong where it is neither."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProfileWrong(f"{path}: {error}") from error
    keys = raw if isinstance(raw, dict) else {}
    if "commands" in keys:
        return "obdb"
    if "pids" in keys:
        return "wican"
    raise ProfileWrong(f"{path.name}: neither an OBDb signal set nor a WiCAN vehicle profile")


def table(name: str) -> str:
    """Every field of a profile: how it is known, and its worked example."""
    try:
        profile = profiles.load(name, unverified=True)
    except ValueError as wrong:
        raise ProfileWrong(str(wrong)) from wrong
    lines = [f"{profile.name}, {profile.powertrain}; {profile.source} ({profile.licence})"]
    for field in profile.fields:
        mark = "  unverified" if field.evidence.value == "computed" else ""
        lines.append(f"  {field.signal.name:<26} {field.evidence.value:<10} {field.example}{mark}")
    for poll in profile.obd:
        pids = " ".join(f"{pid:02X}" for pid in poll.pids)
        lines.append(f"  every {poll.period_s:g} s, published: PIDs {pids}")
    return "\n".join(lines)
