"""The keys that sign reports: made at install, rotated, public halves kept for ever.

    folder/            0700
      signing.pem      0600   the private key in use, and only that one
      keys.json        0644   every public key ever used: since, until, compromised at

After a compromise: `compromise(key_id, at)` marks the key and makes a new one. What it signed
verifies as withdrawn from then on, but for older reports that the issuer's own book holds; owners
of withdrawn ones get a new report.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.errors import BadInput, Refused
from domain.reports import PublicKey, SignedReport, canonical

PRIVATE, PUBLIC = "signing.pem", "keys.json"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The folder of keys."""

    folder: Path

    def open(self, now: datetime) -> KeyRing:
        """Make the folder and the first key where there is none; refuses loose permissions."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (self.folder / PRIVATE).exists():
            self._new_key(now)
        mode = (self.folder / PRIVATE).stat().st_mode & 0o777
        if mode & 0o077:
            raise Refused(
                f"{self.folder / PRIVATE} can be read by others (mode {mode:o})",
                remedy=f"chmod 600 {self.folder / PRIVATE}, and rotate the key if it may be known",
            )
        return self

    def public(self) -> dict[str, PublicKey]:
        """Every public key ever used, by id."""
        path = self.folder / PUBLIC
        return public_keys(path.read_text("utf-8")) if path.exists() else {}

    def sign(self, body: dict[str, object]) -> SignedReport:
        """Sign with the key in use."""
        private = self._private()
        return SignedReport(
            body=body, key_id=_key_id(_raw(private)), signature=private.sign(canonical(body))
        )

    def rotate(self, now: datetime) -> str:
        """Retire the key in use and make the next; returns the new id."""
        current = _key_id(_raw(self._private()))
        self._change(current, until=now)
        return self._new_key(now)

    def compromise(self, key_id: str, at: datetime, now: datetime) -> str:
        """From `at` on nothing signed by that key stands; returns the id in use afterwards."""
        if key_id not in self.public():
            known = ", ".join(self.public())
            raise BadInput("key id", key_id, "was never used", remedy=f"give one of: {known}")
        current = _key_id(_raw(self._private()))
        self._change(key_id, compromised_at=at)
        return self.rotate(now) if key_id == current else current

    def _private(self) -> Ed25519PrivateKey:
        pem = (self.folder / PRIVATE).read_bytes()
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise BadInput("signing key", PRIVATE, "is not Ed25519", remedy="rotate the key")
        return key

    def _new_key(self, now: datetime) -> str:
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        key = PublicKey(key_id=_key_id(_raw(private)), raw=_raw(private), since=now)
        self._write_public({**self.public(), key.key_id: key})
        _write(self.folder / PRIVATE, pem, 0o600)
        return key.key_id

    def _change(self, key_id: str, **changes: datetime) -> None:
        keys = self.public()
        self._write_public({**keys, key_id: replace(keys[key_id], **changes)})  # type: ignore[arg-type]

    def _write_public(self, keys: dict[str, PublicKey]) -> None:
        told = [
            {
                "key_id": key.key_id,
                "algorithm": "Ed25519",
                "public": base64.urlsafe_b64encode(key.raw).decode(),
                "since": key.since.isoformat(),
                "until": key.until.isoformat() if key.until else None,
                "compromised_at": key.compromised_at.isoformat() if key.compromised_at else None,
            }
            for key in keys.values()
        ]
        _write(self.folder / PUBLIC, json.dumps(told, indent=1).encode(), 0o644)


def public_keys(text: str) -> dict[str, PublicKey]:
    """The public keys of a keys.json, by id."""
    try:
        return {
            each["key_id"]: PublicKey(
                key_id=each["key_id"],
                raw=base64.urlsafe_b64decode(each["public"]),
                since=datetime.fromisoformat(each["since"]),
                until=_optional(each["until"]),
                compromised_at=_optional(each["compromised_at"]),
            )
            for each in json.loads(text)
        }
    except (ValueError, KeyError, TypeError) as error:
        remedy = "give the keys.json of the installation"
        raise BadInput("keys", text[:40], "are no public keys of ours", remedy=remedy) from error


def _optional(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _raw(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )


def _key_id(raw: bytes) -> str:
    return f"k-{hashlib.sha256(raw).hexdigest()[:16]}"


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never for a moment more open than `mode`."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
