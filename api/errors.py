"""Errors as people and programs read them: RFC 9457 problem+json, always with a remedy.

error                    status
SignInNeeded             401
Forbidden, Refused       403
NotFound                 404   (also: not yours to see)
Conflict                 409
BadInput, bad request    422
Busy                     429   (Retry-After)
StoreUnavailable, Retry  503   (Retry-After)
StoreFull                507
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from domain.errors import (
    BadInput,
    Busy,
    Conflict,
    GiveUp,
    NotFound,
    Refused,
    Retry,
    StoreFull,
    VigilError,
)


class SignInNeeded(GiveUp):
    """Nobody is signed in: sign in, then ask again."""


class Forbidden(Refused):
    """Signed in, but the role may not do this."""


_STATUS: tuple[tuple[type[VigilError], int, str], ...] = (
    (SignInNeeded, 401, "Sign in first"),
    (Refused, 403, "Not allowed"),
    (NotFound, 404, "Not found"),
    (Conflict, 409, "It changed meanwhile"),
    (BadInput, 422, "Input not understood"),
    (StoreFull, 507, "Storage is full"),
    (Busy, 429, "Too many requests"),
    (Retry, 503, "Not available now"),
    (VigilError, 500, "Failed"),
)


class Problem(BaseModel):
    """RFC 9457 problem details, with the remedy as an extra member."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Input not understood"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["from '2026-01-01T00:00': has no time zone"])
    remedy: str = Field(default="", examples=["write 2026-01-01T00:00+08:00"])
    errors: list[dict[str, object]] | None = None


PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": text}
    for code, text in {
        401: "Not signed in",
        403: "The role may not do this",
        404: "No such thing, or not yours to see",
        409: "It changed since it was read",
        422: "Input not understood",
        429: "Too many requests",
        503: "The database does not answer now",
    }.items()
}


def status_of(error: VigilError) -> tuple[int, str]:
    """HTTP status and title of one of our errors."""
    return next((code, title) for kind, code, title in _STATUS if isinstance(error, kind))


def problem(
    status: int,
    title: str,
    detail: str,
    remedy: str = "",
    errors: Sequence[Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem+json answer."""
    body = Problem(title=title, status=status, detail=detail, remedy=remedy)
    content = body.model_dump(exclude={"errors"})
    if errors is not None:
        content["errors"] = jsonable_encoder(errors)
    return JSONResponse(
        content, status, media_type="application/problem+json", headers=dict(headers or {})
    )


Drawn = Callable[[Request, int, str, str, str], Response | None]
"""Draws an error for a person; None where a program asked."""


def of_error(error: VigilError) -> JSONResponse:
    """The answer for one of our errors."""
    status, title = status_of(error)
    headers = {"Retry-After": "2"} if status in (429, 503) else {}
    if status == 401:
        headers = {"WWW-Authenticate": "Bearer"}
    return problem(status, title, _detail(error), error.remedy, headers=headers)


def _detail(error: VigilError) -> str:
    """What the database said stays in the log: it may quote rows."""
    return "the store does not answer or refused" if _foreign(error) else str(error)


def _foreign(error: VigilError) -> bool:
    return error.__cause__ is not None and type(error.__cause__).__module__.startswith("psycopg")


def _invalid(error: RequestValidationError) -> tuple[str, list[dict[str, str]]]:
    found = [
        {"field": ".".join(str(x) for x in each["loc"]), "problem": each["msg"]}
        for each in error.errors()
    ]
    return "; ".join(f"{e['field']}: {e['problem']}" for e in found[:3]), found


def install(app: FastAPI, drawn: Drawn = lambda *_: None) -> None:
    """Make every error a problem+json answer for programs, and a page for people."""

    @app.exception_handler(VigilError)
    def ours(request: Request, error: VigilError) -> Response:
        status, title = status_of(error)
        page = drawn(request, status, title, _detail(error), error.remedy)
        return page or of_error(error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        detail, found = _invalid(error)
        words = ("Input not understood", detail, "correct the fields that are named")
        return drawn(request, 422, *words) or problem(422, *words, found)

    @app.exception_handler(HTTPException)
    def plain(request: Request, error: HTTPException) -> Response:
        known = {404: "see /openapi.json for the addresses", 405: "see /openapi.json for methods"}
        words = (str(error.detail), str(error.detail), known.get(error.status_code, ""))
        page = drawn(request, error.status_code, *words[:2], "")
        return page or problem(error.status_code, *words, headers=error.headers)
