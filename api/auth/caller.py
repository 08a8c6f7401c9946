"""Who asks: a cookie session or a bearer token, resolved for every request, denied by default.

An endpoint's signature names the right it needs:

    def read(caller: Annotated[Caller, Security(signed_in, scopes=[Right.VEHICLE_READ])])

With a cookie, a request that changes something also carries the session's CSRF word, as header
`X-CSRF-Token` or form field `csrf`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Form, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.auth.dependencies import AppContext, context_of
from api.auth.rights import RIGHTS, Right, reach_of
from api.errors import Forbidden, SignInNeeded
from store.db.reach import Reach
from store.people.people import Person

COOKIE = "vigil_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

bearer = HTTPBearer(auto_error=False, description="A token from POST /api/v1/tokens")
cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="A session of the pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A signed-in person, how far they see and what they may do."""

    person: Person
    reach: Reach
    rights: frozenset[Right]
    now: datetime
    csrf: str = ""

    def may(self, right: Right) -> bool:
        """True if the role holds the right."""
        return right in self.rights


def secret_hash(secret: str) -> bytes:
    """What the database keeps of a session's secret."""
    return hashlib.sha256(secret.encode()).digest()


def signed_in(
    request: Request,
    scopes: SecurityScopes,
    context: Annotated[AppContext, Depends(context_of)],
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    session: Annotated[str | None, Depends(cookie)],
) -> Caller:
    """The caller, if it may do all of `scopes`. SignInNeeded, Forbidden or Busy otherwise."""
    csrf = request.headers.get("x-csrf-token", "")
    return admitted(request, scopes, context, token.credentials if token else None, session, csrf)


def posting(
    request: Request,
    scopes: SecurityScopes,
    context: Annotated[AppContext, Depends(context_of)],
    session: Annotated[str | None, Depends(cookie)],
    csrf: Annotated[str, Form(max_length=100)] = "",
) -> Caller:
    """As `signed_in`, for the forms of the pages: the CSRF word is a field."""
    return admitted(request, scopes, context, None, session, csrf)


def admitted(
    request: Request,
    scopes: SecurityScopes,
    context: AppContext,
    token: str | None,
    session: str | None,
    csrf: str,
) -> Caller:
    """The one gate that both ways go through; no scope named is a no."""
    now = context.options.clock()
    caller = _by_token(context, token, now) if token else _by_cookie(context, session, now)
    if caller is None:
        raise SignInNeeded("not signed in, or the sign-in has ended", remedy="sign in again")
    context.requests.take(f"{caller.person.tenant_id}:{caller.person.id}")
    if caller.csrf and request.method not in SAFE:
        _check_csrf(csrf, caller.csrf)
    missing = [scope for scope in scopes.scopes if scope not in caller.rights]
    if missing or not scopes.scopes:
        raise Forbidden(
            f"the role {caller.person.role} has no right {', '.join(missing)}",
            remedy="ask somebody whose role has it",
        )
    return caller


def still_in(request: Request, context: AppContext) -> Callable[[], bool]:
    """Asks again, for a long answer, whether the sign-in behind a request is in force."""
    bearer_text = request.headers.get("authorization", "")
    scheme, _, token = bearer_text.partition(" ")
    session = request.cookies.get(COOKIE)

    def asked() -> bool:
        now = context.options.clock()
        if scheme.lower() == "bearer" and token:
            return _by_token(context, token, now) is not None
        return _by_cookie(context, session, now) is not None

    return asked


def _caller(person: Person, now: datetime, csrf: str) -> Caller:
    rights = RIGHTS[person.role]
    return Caller(person=person, reach=reach_of(person), rights=rights, now=now, csrf=csrf)


def _by_token(context: AppContext, token: str, now: datetime) -> Caller | None:
    opened = context.signer.opened(token)
    person = None if opened is None else context.stores.people.by_token(*opened, now)
    return None if person is None else _caller(person, now, "")


def _by_cookie(context: AppContext, secret: str | None, now: datetime) -> Caller | None:
    found = context.stores.people.by_session(secret_hash(secret), now) if secret else None
    return None if found is None else _caller(found, now, found.csrf)


def _check_csrf(given: str, wanted: str) -> None:
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Forbidden(
            "the form is not from this session", remedy="open the page again and send it again"
        )
