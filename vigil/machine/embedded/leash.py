"""Run one command that cannot outlive the process that started it.

    python -I leash.py [--uid N --gid N] [--root FOLDER] --signal NAME -- command arguments...

On Linux it drops its rights, asks the kernel for NAME at the parent's death and becomes the
command. Elsewhere it stays as a watcher between the two. It holds only the standard library,
so that it starts in 20 ms and needs no environment.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import time
from types import FrameType

PR_SET_PDEATHSIG = 1
POLL_S = 0.5
"""How late a server notices that its master is gone."""


def drop_rights(uid: int | None, gid: int | None) -> None:
    """Become the account for good, groups included. Does nothing without ids."""
    if gid is not None:
        os.setgroups([gid])
        os.setgid(gid)
    if uid is not None:
        os.setuid(uid)


def bind_to_parent(parent: int, signum: int) -> None:
    """Linux: ask for `signum` when the parent dies; ends at once if it has died already."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:
        raise SystemExit(1)


def watch(command: list[str], parent: int, signum: int) -> int:
    """Elsewhere: hold the command as a child, pass signals on, end it when the parent is gone."""
    child = subprocess.Popen(command)

    def forward(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, forward)
    while child.poll() is None:
        if os.getppid() != parent:
            child.send_signal(signum)
            return child.wait()
        time.sleep(POLL_S)
    return child.returncode


def main() -> int:
    """Entry point of the file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--root")
    parser.add_argument("--signal", default="SIGTERM")
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    signum = signal.Signals[given.signal]
    if given.root:
        os.chroot(given.root)
        os.chdir("/")
    drop_rights(given.uid, given.gid)
    if sys.platform != "linux":
        return watch(given.command, given.parent, signum)
    bind_to_parent(given.parent, signum)
    os.execvp(given.command[0], given.command)


if __name__ == "__main__":
    sys.exit(main())
