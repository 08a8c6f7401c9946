"""Certificates that strict clients take, and a deny list that never runs out by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from vigil.authority.ca import Authority, open_authority

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def authority(tmp_path: Path) -> Authority:
    return open_authority(tmp_path, now=NOW)


def test_a_deny_list_of_the_authority_still_holds_years_after_its_last_writing(
    tmp_path: Path,
) -> None:
    """A broker refuses every car, denied or not, once its list is past its term."""
    listed = x509.load_pem_x509_crl(authority(tmp_path).deny_list([7], now=NOW).encode())
    assert listed.next_update_utc is not None
    assert listed.next_update_utc > NOW + timedelta(days=9 * 365)
    assert [revoked.serial_number for revoked in listed] == [7]


def test_issue_client_and_issue_server_name_the_key_that_signed(tmp_path: Path) -> None:
    """RFC 5280 asks for both identifiers, and newer TLS clients refuse without them."""
    signs = authority(tmp_path)
    own = signs.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    for _, pem in (
        signs.issue_client("box-1", now=NOW),
        signs.issue_server(["localhost"], now=NOW),
    ):
        extensions = x509.load_pem_x509_certificate(pem.encode()).extensions
        issuer = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
        assert issuer.value.key_identifier == own.value.digest
        assert extensions.get_extension_for_class(x509.SubjectKeyIdentifier) is not None
