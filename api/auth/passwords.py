"""Passwords: argon2id hashes, one cost for right, wrong and unknown."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.errors import BadInput

SHORTEST = 10
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
"""Checked against when the account is unknown, so that the answer takes as long."""


def hashed(password: str) -> str:
    """The hash to keep; BadInput for a short password."""
    if len(password) < SHORTEST:
        raise BadInput(
            "password",
            "…",
            f"has {len(password)} characters",
            remedy=f"give at least {SHORTEST}",
        )
    return _HASHER.hash(password)


def matches(password: str, hash: str | None) -> bool:
    """True if the password is the one behind the hash; False for no hash, after the same work."""
    try:
        return _HASHER.verify(hash or _NOBODY, password) and hash is not None
    except (VerificationError, InvalidHashError):
        return False
