"""Sign-in and out for the pages."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Cookie, Depends, Form, Request, Response, Security

from api.auth import service
from api.auth.caller import COOKIE, Caller, posting, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.errors import Forbidden, SignInNeeded
from api.web import frame
from domain.errors import Busy

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Security(signed_in, scopes=[Right.SELF])]
Leaves = Annotated[Caller, Security(posting, scopes=[Right.SELF])]
Context = Annotated[AppContext, Depends(context_of)]


@router.get("/")
def start(caller: Anybody) -> Response:
    """Each role's first page."""
    return frame.back(frame.home(caller))


@router.get("/sign-in")
def form(request: Request, next: str = "/") -> Response:
    """The sign-in page. Public."""
    return frame.draw(request, None, "sign_in.html", next=frame.local(next), wrong="", email="")


@router.post("/sign-in")
def sign_in(
    request: Request,
    context: Context,
    email: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=200)],
    next: Annotated[str, Form(max_length=400)] = "/",
) -> Response:
    """Open a session. Public, rate limited; wrong address and wrong password look the same."""
    _check_from_here(request)
    address = request.client.host if request.client else "?"
    onward = frame.local(next)
    try:
        secret = service.open_session(context, email, password, address)
    except (SignInNeeded, Busy) as error:
        limited = isinstance(error, Busy)
        return frame.draw(
            request,
            None,
            "sign_in.html",
            status=429 if limited else 401,
            next=onward,
            wrong="web.sign_in.limited" if limited else "web.sign_in.wrong",
            email=email,
        )
    answer = frame.back(onward)
    answer.set_cookie(
        COOKIE,
        secret,
        httponly=True,
        samesite="strict",
        secure=context.options.behind_tls,
        max_age=int(context.options.session_term.total_seconds()),
    )
    return answer


def _check_from_here(request: Request) -> None:
    """Forbidden for a form of another site: it would sign somebody in as somebody else."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = site not in (None, "same-origin", "none")
    if origin not in (None, "null"):
        foreign = foreign or urlsplit(str(origin)).netloc != request.headers.get("host")
    if foreign:
        raise Forbidden(
            "this form comes from another site", remedy="open the sign-in page here and sign in"
        )


@router.post("/sign-out")
def sign_out(
    caller: Leaves, context: Context, vigil_session: Annotated[str | None, Cookie()] = None
) -> Response:
    """End the session; the browser forgets the pages it kept."""
    service.sign_out(context, vigil_session, caller.now)
    answer = frame.back("/sign-in")
    answer.delete_cookie(COOKIE)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
