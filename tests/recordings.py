"""Real recordings for tests marked `recordings`: found beside the repository, never in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


def recording(name: str) -> Path:
    """The path of one recording; skips the test, naming the file, where it is not there."""
    folder = Path(os.environ.get("VIGIL_DATA", _ROOT.parent / "shared" / "data"))
    path = folder / name
    if not path.exists():
        pytest.skip(f"recording {path} is not there")
    return path
