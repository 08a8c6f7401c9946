"""Frames as they came, kept in files on request: FOLDER/2026-03-01/DEVICE.gbt, one after the other.

A file is a stream of whole frames, with a blank VIN and its check byte made anew: data unit and
signature are untouched. A day is dropped whole when its term is over; one device's frames are its
files, so that they can be erased.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from firmware_contracts.gbt32960.frame import Frame
from ingest.gbt32960.intake import blank

PRIVATE = 0o700
"""The folder is for the service's account alone: frames carry VINs and positions."""


class RawFrames:
    """Appends; used from one thread."""

    def __init__(self, folder: Path, days: int) -> None:
        self._folder = folder
        self._days = days
        self._swept: date | None = None

    def keep(self, device: str, frames: Iterable[Frame], received_at: datetime) -> None:
        """Append the frames to the device's file of this day."""
        day = received_at.date()
        if day != self._swept:
            self._sweep(day)
        with (self._folder / day.isoformat() / f"{device}.gbt").open("ab") as file:
            file.write(b"".join(blank(frame).encode() for frame in frames))

    def _sweep(self, today: date) -> None:
        """Make today's folder, drop those beyond the term."""
        (self._folder / today.isoformat()).mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        oldest = today - timedelta(days=self._days)
        for folder in self._folder.iterdir():
            try:
                expired = date.fromisoformat(folder.name) < oldest
            except ValueError:
                continue  # not ours
            if expired:
                shutil.rmtree(folder)
        self._swept = today
