"""A signed battery health report: canonical bytes, signature, and whether it can be trusted.

    body --RFC 8785--> bytes --Ed25519, key id--> SignedReport --verify(keys)--> genuine or why not

The signature covers every value of the body; whoever holds the public keys can check it without
us. Genuine is not the same as current: a later report supersedes, and one may be withdrawn.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.errors import BadInput

FORMAT = "vigil-battery-report/1"
ALGORITHM = "Ed25519 over RFC 8785 canonical JSON"


class Standing(StrEnum):
    """What a verify page says about a report."""

    VALID = "valid"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    FORGED = "forged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A verification key: 32 raw bytes, when it was in use, and from when it is not trusted."""

    key_id: str
    raw: bytes
    since: datetime
    until: datetime | None = None
    compromised_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedReport:
    """A body with its signature; `body` is plain JSON and is never changed after signing."""

    body: Mapping[str, object]
    key_id: str
    signature: bytes = field(repr=False)

    @property
    def report_id(self) -> str:
        """The public id of the report."""
        return str(self.body["report_id"])

    def to_json(self) -> str:
        """The file an owner gets."""
        seal = {
            "algorithm": ALGORITHM,
            "key_id": self.key_id,
            "value": base64.urlsafe_b64encode(self.signature).decode(),
        }
        return json.dumps({"body": self.body, "signature": seal}, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> SignedReport:
        """Read such a file; BadInput when it is none."""
        try:
            found = json.loads(text)
            body, seal = found["body"], found["signature"]
            value = base64.urlsafe_b64decode(seal["value"])
            if body["format"] != FORMAT or not isinstance(body["report_id"], str):
                raise KeyError("format")
            return cls(body=body, key_id=str(seal["key_id"]), signature=value)
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            remedy = "give the JSON file of the report, unchanged"
            raise BadInput("report", text[:40], "is no report of ours", remedy=remedy) from error


def canonical(body: Mapping[str, object]) -> bytes:
    """The bytes that are signed (RFC 8785: sorted keys, one form of every number)."""
    try:
        return rfc8785.dumps(dict(body))  # type: ignore[arg-type]
    except rfc8785.CanonicalizationError as error:
        remedy = "give JSON with finite numbers and integers below 2^53"
        raise BadInput(
            "report", "body", f"has no canonical form ({error})", remedy=remedy
        ) from error


def verify(
    report: SignedReport,
    keys: Mapping[str, PublicKey],
    now: datetime,
    *,
    superseded: bool = False,
    withdrawn: bool = False,
    recorded: bool = False,
) -> Standing:
    """Is it genuine, and does it still stand? `keys` are all public keys ever used, by id.

    A thief of a key can sign any date: reports of a compromised key stand only if they are older
    and `recorded`, i.e. the issuer's own book holds these very bytes.
    """
    key = keys.get(report.key_id)
    if key is None:
        return Standing.UNKNOWN
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(report.signature, canonical(report.body))
    except (InvalidSignature, BadInput):
        return Standing.FORGED
    issued, valid_until = _moment(report.body, "issued_at"), _moment(report.body, "valid_until")
    if issued is None or valid_until is None:
        return Standing.FORGED
    doubted = key.compromised_at is not None and not (recorded and issued < key.compromised_at)
    if withdrawn or doubted:
        return Standing.WITHDRAWN
    if superseded:
        return Standing.SUPERSEDED
    return Standing.EXPIRED if now > valid_until else Standing.VALID


def masked_vin(vin: str | None) -> str | None:
    """A VIN that a buyer can compare and nobody can look up: first three and last four.

    >>> masked_vin("1M8GDM9AXKP042788")
    '1M8**********2788'
    """
    if not vin or len(vin) != 17:
        return None
    return vin[:3] + "*" * 10 + vin[-4:]


def _moment(body: Mapping[str, object], name: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(body[name]))
    except (KeyError, ValueError):
        return None
    return at if at.tzinfo is not None else None
