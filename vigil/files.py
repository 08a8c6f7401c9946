"""Files that only their owner reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_private(path: Path, values: Any) -> None:
    """JSON that only the owner reads, replaced in one step."""
    half = path.with_suffix(".new")
    half.unlink(missing_ok=True)
    half.touch(mode=0o600)
    half.write_text(json.dumps(values, indent=1))
    half.replace(path)
