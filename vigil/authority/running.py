"""An enrolment server with a certificate of its own, made for the time it runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from vigil.authority.book import Book
from vigil.authority.ca import open_authority, write_secret
from vigil.authority.server import Enrolments, Server


@contextmanager
def running(
    folder: Path, *, broker: tuple[str, int], address: tuple[str, int], names: Sequence[str]
) -> Iterator[Server]:
    """The server, bound; call `serve_forever`, in a thread or not."""
    authority = open_authority(folder)
    desk = Enrolments(
        authority=authority,
        book=Book(folder / "book.db"),
        broker_host=broker[0],
        broker_port=broker[1],
    )
    with tempfile.TemporaryDirectory(prefix="vigil-enrol-") as name:
        key, certificate = authority.issue_server(names, now=datetime.now(UTC))
        write_secret(Path(name) / "key", key.encode())
        (Path(name) / "pem").write_text(certificate)
        server = Server(address, desk, key=Path(name) / "key", certificate=Path(name) / "pem")
    try:
        yield server
    finally:
        server.server_close()
