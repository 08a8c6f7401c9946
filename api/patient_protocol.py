"""uvicorn's HTTP protocol with an end of patience: a connection that does not finish its first
request's head in time is closed. Bodies have a deadline of their own (api.request_limits)."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0
"""A browser sends a head at once; the slowest telephone within a second or two."""
MOST_CONNECTIONS = 1_000
"""Sockets of one process: more are answered 503 at once, before they cost anything."""


class PatientProtocol(H11Protocol):
    """One connection."""

    def connection_made(self, transport: Any) -> None:
        """Give the head its time."""
        super().connection_made(transport)
        self._patience = asyncio.get_running_loop().call_later(HEAD_S, self._close_silent)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for."""
        self._patience.cancel()
        super().connection_lost(exc)

    def _close_silent(self) -> None:
        if getattr(self, "cycle", None) is None and not self.transport.is_closing():
            self.transport.close()
