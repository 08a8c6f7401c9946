"""`gateway decode`: recordings, DBC files and a profile put together, with progress on stderr."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from gateway import profiles
from gateway.errors import ProfileWrong
from gateway.profiles import Profile
from gateway.recording.diagnosis import Diagnosis
from gateway.recording.figures import Figures
from gateway.recording.joined import Joined
from gateway.recording.survey import Listener, book_of, survey
from gateway.recording.trucks import LongMessages, TruckProfile

EVERY_S = 1.0


class Progress:
    """A line on stderr every second where a person looks at it."""

    def __init__(self) -> None:
        self._next = time.monotonic() + EVERY_S
        self._shown = False

    def __call__(self, path: Path, done: int, frames: int) -> None:
        """How far the reading is."""
        if time.monotonic() < self._next or not sys.stderr.isatty():
            return
        self._next = time.monotonic() + EVERY_S
        self._shown = True
        part = 100 * done / max(path.stat().st_size, 1)
        sys.stderr.write(f"\r{path.name} {part:3.0f} %  {frames} frames ")
        sys.stderr.flush()

    def close(self) -> None:
        """End the line."""
        if self._shown:
            sys.stderr.write("\n")


def decode(files: list[Path], dbcs: list[Path], profile_name: str = "") -> Figures:
    """Figures of some recordings. RecordingWrong or ProfileWrong say what cannot be used."""
    profile = _profile(profile_name) if profile_name else None
    book = book_of([*dbcs, *_dbc_of(profile, profile_name)])
    listeners: list[Listener] = [Joined(book), LongMessages(book)]
    if profile is not None:
        listeners.append(TruckProfile(profile) if profile.j1939 else Diagnosis(profile))
    progress = Progress()
    try:
        return survey(files, book, tuple(listeners), progress)
    finally:
        progress.close()


def _profile(name: str) -> Profile:
    try:
        return profiles.load(name, unverified=True)
    except ValueError as wrong:
        raise ProfileWrong(str(wrong)) from wrong


def _dbc_of(profile: Profile | None, name: str) -> list[Path]:
    if profile is None or profile.dbc is None:
        return []
    for path in (Path(name).parent / profile.dbc, profiles.FOLDER / profile.dbc):
        if path.exists():
            return [path]
    raise ProfileWrong(f"profile {profile.name}: DBC {profile.dbc} is not beside the profile")
