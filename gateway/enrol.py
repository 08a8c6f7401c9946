"""How a gateway gets its certificate: a one-time code in, a key made here, a certificate back.

    code  XXXXX-XXXXX-XXXXX.<fingerprint of the authority>
    1     fetch the authority's certificate, compare it with the fingerprint in the code
    2     make a P-256 key; it never leaves this folder
    3     send the code and a signing request over TLS that trusts this authority alone
    4     keep certificate, authority and address; connect with mTLS from now on

Renewal needs no code: the old certificate asks for the new one, at two thirds of its life.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.errors import EnrolFailed
from gateway.link import Link, Tls

KEY, CERTIFICATE, AUTHORITY, IDENTITY = "device.key", "device.pem", "authority.pem", "identity.json"
_TIMEOUT_S = 15
"""For one answer of the authority, over a slow mobile network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who this gateway is and where it reports; the files lie beside it in `folder`."""

    folder: Path
    tenant: str
    device: str
    host: str
    port: int
    authority_url: str

    @property
    def tls(self) -> Tls:
        """The files for mTLS."""
        return Tls(
            ca=self.folder / AUTHORITY,
            certificate=self.folder / CERTIFICATE,
            key=self.folder / KEY,
        )

    def link(self) -> Link:
        """The uplink's settings."""
        return Link(
            host=self.host, port=self.port, tenant=self.tenant, device=self.device, tls=self.tls
        )

    def certificate(self) -> x509.Certificate:
        """The certificate in force."""
        return x509.load_pem_x509_certificate((self.folder / CERTIFICATE).read_bytes())


def load(folder: Path) -> Identity:
    """The identity kept in a folder; EnrolFailed says how to get one."""
    try:
        kept = json.loads((folder / IDENTITY).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EnrolFailed(
            f"no identity in {folder}: run `vigil-gateway enrol --code CODE --authority URL`"
        ) from error
    return Identity(folder=folder, **kept)


def enrol(url: str, code: str, folder: Path) -> Identity:
    """Trade a one-time code for an identity, kept in `folder`; EnrolFailed with the remedy."""
    secret, _, fingerprint = code.strip().partition(".")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority = _trusted_authority(url, fingerprint)
    (folder / AUTHORITY).write_text(authority)
    key = _key(folder / KEY)
    given = _post(
        f"{url}/v1/enrol",
        {"code": secret, "request": _request(key, "new")},
        ssl.create_default_context(cadata=authority),
    )
    identity = Identity(
        folder=folder,
        tenant=given["tenant"],
        device=given["device"],
        host=given["host"],
        port=int(given["port"]),
        authority_url=url,
    )
    _keep(identity, given["certificate"])
    return identity


def renewal_due(identity: Identity, now: datetime | None = None) -> bool:
    """True from two thirds of the certificate's life on."""
    kept = identity.certificate()
    begins, ends = kept.not_valid_before_utc, kept.not_valid_after_utc
    return (now or datetime.now(UTC)) >= begins + (ends - begins) * 2 / 3


def renew(identity: Identity) -> None:
    """Put a new certificate in the place of the old one, for the same key."""
    key = _key(identity.folder / KEY)
    given = _post(
        f"{identity.authority_url}/v1/renew",
        {"request": _request(key, identity.device)},
        identity.tls.context(),
    )
    _keep(identity, given["certificate"])


def _trusted_authority(url: str, fingerprint: str) -> str:
    """The authority's certificate, known by the fingerprint that came with the code."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    pem = str(_call(f"{url}/v1/authority", None, unchecked)["certificate"])
    try:
        der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(serialization.Encoding.DER)
    except ValueError as error:
        raise EnrolFailed(f"{url} sent no certificate; check the address") from error
    said = hashlib.sha256(der).hexdigest()[: len(fingerprint)]
    if len(fingerprint) < 16 or not hmac.compare_digest(said, fingerprint.lower()):
        raise EnrolFailed(
            f"the authority at {url} is not the one that issued this code; nothing was sent to it"
        )
    return pem


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The device's key; made here at the first time, readable by its owner only."""
    if path.exists():
        kept = serialization.load_pem_private_key(path.read_bytes(), None)
        if not isinstance(kept, ec.EllipticCurvePrivateKey):
            raise EnrolFailed(f"{path} is no elliptic-curve key; move it away and enrol again")
        return kept
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    return key


def _request(key: ec.EllipticCurvePrivateKey, name: str) -> str:
    """A signing request; the authority decides the name, whatever stands here."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def _keep(identity: Identity, certificate: str) -> None:
    """Certificate first, identity last: a half-finished enrolment has no identity."""
    for name, text in ((CERTIFICATE, certificate), (IDENTITY, _as_json(identity))):
        half = identity.folder / f"{name}.new"
        half.write_text(text, "utf-8")
        half.replace(identity.folder / name)


def _as_json(identity: Identity) -> str:
    kept = asdict(identity)
    del kept["folder"]
    return json.dumps(kept, indent=1)


def _post(url: str, body: dict[str, str], context: ssl.SSLContext) -> Mapping[str, Any]:
    return _call(url, json.dumps(body).encode(), context)


def _call(url: str, body: bytes | None, context: ssl.SSLContext) -> Mapping[str, Any]:
    if not url.startswith("https://"):
        raise EnrolFailed(f"authority {url!r}: the address must begin with https://")
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S, context=context) as answer:
            said = json.loads(answer.read(65_536))
    except urllib.error.HTTPError as refused:
        raise EnrolFailed(f"the authority refused: {_reason(refused)}") from refused
    except (OSError, ValueError) as error:
        raise EnrolFailed(f"no answer from {url}: {error}; check the address, try again") from error
    if not isinstance(said, dict):
        raise EnrolFailed(f"{url} answered something else; check the address")
    return said


def _reason(refused: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(refused.read(4096))["detail"])
    except (ValueError, KeyError, TypeError, OSError):
        return f"HTTP {refused.code}"
