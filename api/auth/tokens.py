"""Bearer tokens: `vgl_<key id>.<token id>.<mac>`, signed, rotated by key id, revocable.

    key = HMAC-SHA256(secret of the service, key id)     mac = HMAC-SHA256(key, key id.token id)

The database knows key ids and token ids only: a stolen copy of it signs nothing, and a token
whose id is not in it is worth nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from store.people.sessions import Sessions

PREFIX = "vgl_"


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """Signs with the newest key in force, verifies with any key in force."""

    secret: bytes
    sessions: Sessions

    def issue(
        self, *, tenant_id: int, person_id: int, label: str, at: datetime, term: timedelta
    ) -> tuple[str, str, datetime]:
        """A new token: its text (shown once), its id, its end."""
        keys = self.sessions.key_ids()
        key_id = keys[0] if keys else self.rotate(at)
        token_id = secrets.token_hex(12)
        self.sessions.add_token(
            token_id,
            tenant_id=tenant_id,
            person_id=person_id,
            label=label,
            at=at,
            expires_at=at + term,
        )
        body = f"{key_id}.{token_id}"
        return f"{PREFIX}{body}.{self._mac(key_id, body)}", token_id, at + term

    def rotate(self, at: datetime) -> str:
        """Put a new signing key in force; older ones still verify until they are retired."""
        key_id = secrets.token_hex(4)
        self.sessions.add_key(key_id, at)
        return key_id

    def opened(self, token: str) -> tuple[str, str] | None:
        """Key id and token id of a token whose signature is ours; the store says if in force."""
        parts = token.removeprefix(PREFIX).split(".")
        if not token.startswith(PREFIX) or len(parts) != 3:
            return None
        key_id, token_id, mac = parts
        wanted = self._mac(key_id, f"{key_id}.{token_id}")
        return (key_id, token_id) if hmac.compare_digest(mac.encode(), wanted.encode()) else None

    def _mac(self, key_id: str, body: str) -> str:
        key = hmac.digest(self.secret, key_id.encode(), hashlib.sha256)
        mac = hmac.digest(key, body.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
