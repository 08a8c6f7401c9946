"""HTTPS for enrolment. Three doors, JSON in and out, problems as {"detail": ...}.

GET  /v1/authority   the authority's certificate        anyone
POST /v1/enrol       code + request -> certificate      who holds a one-time code
POST /v1/renew       request -> certificate             who comes with a certificate in force
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from domain.errors import BadInput
from vigil.authority.book import Book, Device
from vigil.authority.ca import Authority

_MOST_BYTES = 65_536
_TIMEOUT_S = 10
"""A signing request is 500 bytes and comes at once."""


class Refused(Exception):
    """An answer other than 200, with its status."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolments:
    """What the doors do, without HTTP: pure but for the book."""

    authority: Authority
    book: Book
    broker_host: str
    broker_port: int
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def enrol(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """Spend a code; the device is the one the code names. A bad request spends none."""
        key = self._key(said)
        who = self.book.spend(str(said.get("code", "")), now=self.clock())
        if who is None:
            raise Refused(403, "the code is wrong, used or expired; ask for a new one")
        return self._sign(who, key)

    def renew(self, said: Mapping[str, Any], serial: int | None) -> Mapping[str, Any]:
        """A new certificate for the holder of one in force."""
        who = None if serial is None else self.book.holder(serial)
        if who is None:
            raise Refused(401, "renewal needs a certificate in force; enrol again with a code")
        return self._sign(who, self._key(said))

    def _key(self, said: Mapping[str, Any]) -> EllipticCurvePublicKey:
        try:
            return self.authority.requested_key(str(said.get("request", "")))
        except BadInput as wrong:
            raise Refused(400, str(wrong)) from wrong

    def _sign(self, who: Device, key: EllipticCurvePublicKey) -> Mapping[str, Any]:
        now = self.clock()
        made = self.authority.sign_device(key, who.identity, now=now)
        self.book.issued(made.serial_number, who, now=now, ends=made.not_valid_after_utc)
        return {
            "certificate": made.public_bytes(serialization.Encoding.PEM).decode(),
            "tenant": who.tenant,
            "device": who.device,
            "host": self.broker_host,
            "port": self.broker_port,
        }


class Server(ThreadingHTTPServer):
    """The three doors on one address; `serve_forever` and `shutdown` as in the standard library."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], desk: Enrolments, *, key: Path, certificate: Path
    ) -> None:
        self.desk = desk
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._context.load_cert_chain(certificate, key)
        self._context.load_verify_locations(cadata=desk.authority.pem)
        self._context.verify_mode = ssl.CERT_OPTIONAL
        super().__init__(address, _Doors)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        """A connection whose handshake its own thread does: a silent one blocks nobody."""
        line, address = super().get_request()
        line.settimeout(_TIMEOUT_S)
        return (
            self._context.wrap_socket(line, server_side=True, do_handshake_on_connect=False),
            address,
        )

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken handshake or a cut line is the other side's affair."""


class _Doors(BaseHTTPRequestHandler):
    server: Server

    def setup(self) -> None:
        self.request.do_handshake()
        super().setup()

    def do_GET(self) -> None:
        if self.path == "/v1/authority":
            self._answer(200, {"certificate": self.server.desk.authority.pem})
        else:
            self._answer(404, {"detail": "there is no such door"})

    def do_POST(self) -> None:
        try:
            self._answer(200, self._work())
        except Refused as refused:
            self._answer(refused.status, {"detail": str(refused)})

    def _work(self) -> Mapping[str, Any]:
        said = self._said()
        if self.path == "/v1/enrol":
            return self.server.desk.enrol(said)
        if self.path == "/v1/renew":
            return self.server.desk.renew(said, self._serial())
        raise Refused(404, "there is no such door")

    def _said(self) -> Mapping[str, Any]:
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            raise Refused(411, "send a Content-Length") from None
        if not 0 <= length <= _MOST_BYTES:
            raise Refused(413, f"at most {_MOST_BYTES} bytes")
        try:
            said = json.loads(self.rfile.read(length))
        except ValueError:
            raise Refused(400, "the body is no JSON") from None
        if not isinstance(said, dict):
            raise Refused(400, "the body is no JSON object")
        return said

    def _serial(self) -> int | None:
        der = self.request.getpeercert(binary_form=True)
        return None if der is None else x509.load_der_x509_certificate(der).serial_number

    def _answer(self, status: int, said: Mapping[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a line with a code in it must not reach a log."""
