"""Around every answer: size limit in front, headers that keep pages to themselves behind."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors

BIGGEST_BODY = 64 * 1024

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' "
    "'unsafe-inline'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
}


class Guard:
    """ASGI middleware; streams pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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
        else:
            await self._app(scope, receive, _marked(send, scope["path"].startswith("/static/")))


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
