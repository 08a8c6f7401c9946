"""/api/v1/tokens and /api/v1/me."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response, Security

from api.auth import service
from api.auth.caller import Caller, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.auth.schemas import Me, SignIn, TokenOut, TokenRow
from api.errors import PROBLEMS
from domain.errors import NotFound

router = APIRouter(prefix="/api/v1", tags=["sign-in"], responses=PROBLEMS)

AnyCaller = Annotated[Caller, Security(signed_in, scopes=[Right.SELF])]
Context = Annotated[AppContext, Depends(context_of)]


@router.post("/tokens", status_code=201)
def sign_in(body: SignIn, request: Request, context: Context) -> TokenOut:
    """Sign in with address and password; the token is shown once. Public, rate limited."""
    address = request.client.host if request.client else "?"
    return service.issue_token(context, body.email, body.password, body.label, address)


@router.get("/tokens")
def tokens(caller: AnyCaller, context: Context) -> list[TokenRow]:
    """Your tokens, without their text."""
    person = caller.person
    found = context.stores.sessions.tokens(person.tenant_id, person.id)
    return [TokenRow.model_validate(each, from_attributes=True) for each in found]


@router.delete("/tokens/{token_id}", status_code=204)
def revoke(
    token_id: Annotated[str, Path(pattern="^[0-9a-f]{24}$")], caller: AnyCaller, context: Context
) -> Response:
    """End one of your tokens at once."""
    person = caller.person
    done = context.stores.sessions.revoke_token(
        token_id, tenant_id=person.tenant_id, person_id=person.id, at=caller.now
    )
    if not done:
        raise NotFound("you have no such token", remedy="see GET /api/v1/tokens")
    return Response(status_code=204)


@router.get("/me")
def me(caller: AnyCaller) -> Me:
    """Who you are and what your role may do."""
    return service.me(caller)
