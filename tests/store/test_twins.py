"""The in-memory twins ship with the product and need no database driver."""

from __future__ import annotations

import subprocess
import sys

BLOCKED = """
import sys


class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("psycopg", "psycopg_pool", "procrastinate"):
            raise ImportError(f"{name} is not installed here")


sys.meta_path.insert(0, Blocked())
import store.memory

print(store.memory.Memory.__name__)
"""


def test_store_memory_is_imported_where_psycopg_is_not_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "Memory"
