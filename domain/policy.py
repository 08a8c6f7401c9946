"""Terms that several rooms keep to, each stated once."""

from __future__ import annotations

from datetime import timedelta

LIVE_FOR = timedelta(days=31)
"""How old a live or back-filled reading may be when it arrives: an outbox holds a month. Older rows
can only have been imported, are stored apart and count as history."""
AHEAD = timedelta(minutes=5)
"""How far ahead of ours a clock may be that still counts as synchronised."""
NOTIFY_FOR = timedelta(hours=24)
"""Evidence older than this is news to nobody's telephone: queues show it, no message is sent."""
