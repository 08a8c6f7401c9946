"""Around every answer: size limit in front, headers that keep pages to themselves behind."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors

BIGGEST_BODY = 64 * 1024
MOST_AT_ONCE = 64
"""Requests under way in one process (live feeds not counted): more are told to come back, so that
those that were let in are answered in time. A process answers about 60 reads a second."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' "
    "'unsafe-inline'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
}


class Guard:
    """ASGI middleware; streams pass through untouched."""

    def __init__(self, app: ASGIApp, most: int = MOST_AT_ONCE) -> None:
        self._app = app
        self._most = most
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers:
            refusal = errors.problem(411, "Length required", "no Content-Length", "send one")
            await refusal(scope, receive, send)
        elif not length.isdigit() or int(length) > BIGGEST_BODY:
            refusal = errors.problem(
                413, "Too large", f"the body is larger than {BIGGEST_BODY} bytes", "send less"
            )
            await refusal(scope, receive, send)
        elif scope["path"].endswith("/stream"):
            await self._app(scope, receive, _marked(send, static=False))
        elif self._under_way >= self._most:
            wait = {"Retry-After": "1"}
            words = ("Too many requests", "the service is busy", "wait 1 s and ask again")
            await errors.problem(429, *words, headers=wait)(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._under_way += 1
        try:
            await self._app(scope, receive, _marked(send, scope["path"].startswith("/static/")))
        finally:
            self._under_way -= 1


def _marked(send: Send, static: bool) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if not static:
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return marked
