"""What can go wrong in the car's own parts.

GatewayError                  says what, where, and what to do
├── OutboxFull                the disk is full: retry when there is room; nothing was half written
├── OutboxBusy                another process holds the outbox: stop it, or name another file
├── OutboxFailed              the disk refused to read or write: retry, then check the medium
├── ProfileWrong              a profile file names what does not exist: fix the file
├── RecordingWrong            a file of frames that cannot be read: name another, or its format
├── BusFailed                 the interface cannot be opened or went away: retry with back-off
└── EnrolFailed               the code is wrong, used or expired, or the authority is away
"""

from __future__ import annotations


class GatewayError(Exception):
    """Base of everything the gateway raises on its own account."""


class OutboxFull(GatewayError):
    """No room on the disk. Retry later: what was kept is whole."""


class OutboxBusy(GatewayError):
    """Another process writes this outbox. Give up: two writers would share one stream."""


class OutboxFailed(GatewayError):
    """The file could not be read or written. Retry; if it stays, check medium and rights."""


class ProfileWrong(GatewayError):
    """A vehicle profile that cannot be used. Give up; the message names file and field."""


class RecordingWrong(GatewayError):
    """A recording that is missing, broken or of no known format. Give up with this file."""


class BusFailed(GatewayError):
    """A CAN interface that cannot be opened or was lost. Retry with back-off."""


class EnrolFailed(GatewayError):
    """No certificate was issued. Give up with this code, or retry if the authority was away."""
