"""Around every answer: limits in front, headers that keep pages to themselves behind.

In this order: the size is refused or not, the whole body is read within a deadline, and only then
does the request take one of the places. Who sends half a body holds a socket and no place.
"""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors

BIGGEST_BODY = 64 * 1024
BODY_S = 10.0
"""A body of 64 kB that takes longer is none that a person waits for."""
MOST_AT_ONCE = 64
"""Requests under way in one process (live feeds not counted): more are told to come back, so that
those that were let in are answered in time. A process answers about 60 reads a second."""
OUTSIDE_THE_MEASURE = frozenset({"/healthz", "/readyz"})
"""What says that the service lives must be answered when it is busy."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' "
    "'unsafe-inline'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
}
_HSTS = "max-age=31536000"
"""A year, behind TLS: a browser that came once comes by https only."""


class Guard:
    """ASGI middleware; streams pass through untouched. Outermost: its headers are on every
    answer, those of errors too."""

    def __init__(
        self,
        app: ASGIApp,
        most: int = MOST_AT_ONCE,
        *,
        body_s: float | None = None,
        behind_tls: bool = False,
    ) -> None:
        self._app = app
        self._most = most
        self._body_s = BODY_S if body_s is None else body_s
        self._under_way = 0
        self._headers = _HEADERS | ({"Strict-Transport-Security": _HSTS} if behind_tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        marked = self._marked(send, static=scope["path"].startswith("/static/"))
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers:
            refusal = errors.problem(411, "Length required", "no Content-Length", "send one")
            await refusal(scope, receive, marked)
        elif not length.isdigit() or int(length) > BIGGEST_BODY:
            refusal = errors.problem(
                413, "Too large", f"the body is larger than {BIGGEST_BODY} bytes", "send less"
            )
            await refusal(scope, receive, marked)
        elif scope["path"].endswith("/stream") or scope["path"] in OUTSIDE_THE_MEASURE:
            await self._app(scope, receive, marked)
        else:
            await self._with_body(scope, receive, marked, int(length))

    async def _with_body(self, scope: Scope, receive: Receive, send: Send, length: int) -> None:
        try:
            body = await asyncio.wait_for(_whole(receive), self._body_s) if length else b""
        except TimeoutError:
            refusal = errors.problem(
                408, "Too slow", f"the body did not come within {self._body_s:.0f} s", "send again"
            )
            await refusal(scope, receive, send)
            return
        if body is None:
            return
        if self._under_way >= self._most:
            wait = {"Retry-After": "1"}
            words = ("Too many requests", "the service is busy", "wait 1 s and ask again")
            await errors.problem(429, *words, headers=wait)(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._app(scope, _replayed(body, receive), send)
        finally:
            self._under_way -= 1

    def _marked(self, send: Send, *, static: bool) -> Send:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if not static:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return marked


async def _whole(receive: Receive) -> bytes | None:
    """The whole body; None where the other side went away."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body once, in one piece; then whatever else comes."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
