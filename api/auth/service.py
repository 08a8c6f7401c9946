"""Signing in and out. Wrong password and unknown address look the same, in words and time."""

from __future__ import annotations

import secrets
from datetime import datetime

from api.auth import passwords
from api.auth.caller import Caller, secret_hash
from api.auth.dependencies import AppContext
from api.auth.rights import ROLES
from api.auth.schemas import Me, TokenOut
from api.errors import SignInNeeded
from domain.errors import BadInput
from domain.identity import public_id
from store.people.people import People
from store.people.sessions import Session


def checked(context: AppContext, email: str, password: str, address: str) -> tuple[int, int]:
    """Tenant and person behind address and password; failures are limited."""
    with context.sign_ins.watched(email, address):
        found = context.stores.people.secret_of(email)
        if not passwords.matches(password, None if found is None else found[2]) or found is None:
            raise SignInNeeded("address or password is wrong", remedy="check both and try again")
    return found[0], found[1]


def open_session(context: AppContext, email: str, password: str, address: str) -> str:
    """Sign in for the pages; returns the cookie's secret."""
    tenant_id, person_id = checked(context, email, password, address)
    secret, now = secrets.token_urlsafe(32), context.options.clock()
    session = Session(tenant_id=tenant_id, person_id=person_id, csrf=secrets.token_urlsafe(24))
    context.stores.sessions.open(
        secret_hash(secret), session, at=now, expires_at=now + context.options.session_term
    )
    return secret


def issue_token(
    context: AppContext, email: str, password: str, label: str, address: str
) -> TokenOut:
    """Sign in for programs."""
    tenant_id, person_id = checked(context, email, password, address)
    text, id, end = context.signer.issue(
        tenant_id=tenant_id,
        person_id=person_id,
        label=label,
        at=context.options.clock(),
        term=context.options.token_term,
    )
    return TokenOut(token=text, id=id, expires_at=end)


def me(caller: Caller) -> Me:
    """The caller as they may see themselves."""
    person = caller.person
    return Me(
        id=public_id(person.id, "p"),
        name=person.name,
        role=person.role,
        lang=person.lang,
        zone=person.zone,
        rights=sorted(caller.rights),
    )


def add_person(
    people: People,
    *,
    tenant: str,
    email: str,
    name: str,
    role: str,
    password: str,
    centre: str | None = None,
    skills: tuple[str, ...] = (),
    lang: str = "zh",
) -> int:
    """A new account for an operator; BadInput for an unknown role, tenant or centre."""
    if role not in ROLES:
        raise BadInput("role", role, "is no role", remedy=f"use one of {', '.join(ROLES)}")
    if "@" not in email.strip("@"):
        raise BadInput("email", email, "is no address", remedy="e.g. name@example.org")
    staff = role in ("adviser", "technician", "centre_manager")
    if staff != (centre is not None):
        raise BadInput(
            "centre", centre, "staff belong to a centre, others to none", remedy="use --centre"
        )
    tenant_id = people.tenant_id(tenant)
    return people.add(
        tenant_id=tenant_id,
        email=email,
        name=name,
        role=role,
        password_hash=passwords.hashed(password),
        skills=skills,
        lang=lang,
        centre_id=None if centre is None else people.centre_id(tenant_id, centre),
    )


def sign_out(context: AppContext, secret: str | None, at: datetime) -> None:
    """End the session behind a cookie."""
    if secret:
        context.stores.sessions.revoke(secret_hash(secret), at)
