"""Keys and certificates: the authority's own, the servers', the devices', and the deny list."""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from domain.errors import BadInput

TEN_YEARS = timedelta(days=3650)
DEVICE_TERM = timedelta(days=90)
SERVER_TERM = timedelta(days=365)
_BACKDATE = timedelta(minutes=5)
"""A car's clock may be behind ours when it meets its first certificate."""
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The key that signs, and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        """The certificate that everyone trusts."""
        return self.certificate.public_bytes(_PEM).decode()

    @property
    def fingerprint(self) -> str:
        """First 32 hex digits of SHA-256 over the certificate: stands in every code."""
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return hashlib.sha256(der).hexdigest()[:32]

    def requested_key(self, request: str) -> ec.EllipticCurvePublicKey:
        """The key of a PEM signing request that it signed itself; BadInput for anything else."""
        try:
            asked = x509.load_pem_x509_csr(request.encode())
            valid = asked.is_signature_valid
        except (ValueError, InvalidSignature) as wrong:
            raise BadInput("request", None, "is no PEM signing request") from wrong
        key = asked.public_key()
        if not valid or not isinstance(key, ec.EllipticCurvePublicKey):
            raise BadInput("request", None, "must carry a P-256 key that signed it")
        if not isinstance(key.curve, ec.SECP256R1):
            raise BadInput("request", key.curve.name, "is no P-256 key", remedy="make one")
        return key

    def sign_device(
        self, key: ec.EllipticCurvePublicKey, identity: str, *, now: datetime
    ) -> x509.Certificate:
        """A client certificate whose common name is the identity, whatever the request said."""
        built = self._builder(identity, key, now, DEVICE_TERM, ExtendedKeyUsageOID.CLIENT_AUTH)
        return built.sign(self.key, hashes.SHA256())

    def issue_server(self, names: Iterable[str], *, now: datetime) -> tuple[str, str]:
        """Key and certificate (PEM) of a server with these host names and addresses."""
        listed = list(names)
        key = ec.generate_private_key(ec.SECP256R1())
        built = self._builder(
            listed[0], key.public_key(), now, SERVER_TERM, ExtendedKeyUsageOID.SERVER_AUTH
        ).add_extension(x509.SubjectAlternativeName([_name(n) for n in listed]), critical=False)
        certificate = built.sign(self.key, hashes.SHA256())
        return _private(key).decode(), certificate.public_bytes(_PEM).decode()

    def issue_client(self, name: str, *, now: datetime) -> tuple[str, str]:
        """Key and certificate (PEM) of a role of ours, e.g. ingest."""
        key = ec.generate_private_key(ec.SECP256R1())
        built = self._builder(
            name, key.public_key(), now, SERVER_TERM, ExtendedKeyUsageOID.CLIENT_AUTH
        )
        certificate = built.sign(self.key, hashes.SHA256())
        return _private(key).decode(), certificate.public_bytes(_PEM).decode()

    def deny_list(self, serials: Iterable[int], *, now: datetime) -> str:
        """The revocation list (PEM) that the broker reads.

        It says of itself that it holds as long as the authority: a broker refuses every car once
        the list it has is past its term, and nobody writes it anew while nobody is denied.
        """
        built = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now - _BACKDATE)
            .next_update(now + TEN_YEARS)
        )
        for serial in serials:
            revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
            built = built.add_revoked_certificate(revoked.build())
        return built.sign(self.key, hashes.SHA256()).public_bytes(_PEM).decode()

    def _builder(
        self,
        name: str,
        key: ec.EllipticCurvePublicKey,
        now: datetime,
        term: timedelta,
        usage: x509.ObjectIdentifier,
    ) -> x509.CertificateBuilder:
        return (
            _certificate(name, self.certificate.subject, key, now, term)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )


def open_authority(folder: Path, *, now: datetime | None = None) -> Authority:
    """The authority of a folder; made, with its key, at the first time."""
    key_path, pem_path = folder / "authority.key", folder / "authority.pem"
    if not pem_path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = _new_authority(now or datetime.now(UTC))
        write_secret(key_path, _private(made.key))
        pem_path.write_text(made.pem)
    key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadInput(str(key_path), None, "is no elliptic-curve key")
    return Authority(key=key, certificate=x509.load_pem_x509_certificate(pem_path.read_bytes()))


def _new_authority(now: datetime) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject("Vigil authority")
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    built = (
        _certificate("Vigil authority", subject, key.public_key(), now, TEN_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    return Authority(key=key, certificate=built.sign(key, hashes.SHA256()))


def _certificate(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, term: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_subject(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + term)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def write_secret(path: Path, content: bytes) -> None:
    """A file that only its owner reads; refuses to replace one that is there."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
