"""Messages: in the reader's language, not at night, red at once, delivered with proof."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.notify.channels import (
    Channel,
    LogChannel,
    Message,
    NotDelivered,
    SmtpChannel,
    WebhookChannel,
)
from care.notify.quiet_hours import is_quiet, not_before
from care.notify.service import notify
from domain.errors import BadInput
from tests.api.world import World, add_alert

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


@given(
    at=st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1)),
    start=st.times(),
    end=st.times(),
)
def test_nobody_is_woken_except_for_red(at: datetime, start: time, end: time) -> None:
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    hours: dict[str, Any] = {"zone": "UTC", "quiet_from": start, "quiet_until": end}
    when = not_before(at, red=False, **hours)
    assert at <= when <= at + timedelta(days=1)
    assert not is_quiet(when.time(), start, end)
    assert not_before(at, red=True, **hours) == at


def test_quiet_hours_are_those_of_the_persons_zone() -> None:
    night = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    when = not_before(
        night, red=False, zone="Asia/Shanghai", quiet_from=time(22), quiet_until=time(8)
    )
    assert when == datetime(2026, 3, 3, 0, 0, tzinfo=UTC)


class Receiver(BaseHTTPRequestHandler):
    bodies: list[bytes] = []  # noqa: RUF012
    answer = 200

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.answer)
        self.send_header("X-Request-Id", "r-1")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    Receiver.bodies, Receiver.answer = [], 200
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.database
def test_red_leaves_at_night_through_every_channel_and_is_proven(
    world: World, receiver: str
) -> None:
    night = datetime.now(UTC).replace(hour=18, minute=0)  # 02:00 in Shanghai
    add_alert(world, "theirs", "thermal_event", 3, component="pack", at=night)
    add_alert(world, "theirs", "tyre_leak", 1, component="tyre_fl", at=night)
    channels: dict[str, Channel] = {"log": LogChannel(), "webhook": WebhookChannel(receiver)}
    with world.database.pool("vigil_worker") as pool:
        first = notify(pool, channels, night)
        again = notify(pool, channels, night)
    assert again.queued == again.sent == 0
    assert first.queued > first.sent > 0
    with psycopg.connect(world.database.admin_url) as line:
        kept = line.execute(
            "SELECT channel, red, sent_at IS NOT NULL, proof FROM notifications n"
            " JOIN identity.people p ON p.id = n.person_id WHERE p.email = 'other@example.org'"
            " ORDER BY red DESC, channel"
        ).fetchall()
    red = {(channel, sent) for channel, red, sent, _ in kept if red}
    assert red == {("log", True), ("webhook", True)}
    assert ("webhook", True, True, "http 200 r-1") in kept
    assert [(c, s) for c, r, s, _ in kept if not r and c == "log"] == [("log", False)] * 2


@pytest.mark.database
def test_red_that_nobody_acknowledged_goes_to_the_manager(world: World) -> None:
    now = datetime.now(UTC)
    id = add_alert(world, "mine", "insulation", 3, component="hv", at=now)

    def heard() -> set[str]:
        with psycopg.connect(world.database.admin_url) as line:
            found = line.execute(
                "SELECT p.role FROM notifications n JOIN identity.people p ON p.id = n.person_id"
                " JOIN alert_changes c ON c.id = n.change_id WHERE c.alert_id = %s",
                (id,),
            ).fetchall()
        return {role for (role,) in found}

    with world.database.pool("vigil_worker") as pool:
        notify(pool, {"log": LogChannel()}, now)
        assert heard() == {"owner", "adviser"}
        notify(pool, {"log": LogChannel()}, now + timedelta(minutes=6))
        assert heard() == {"owner", "adviser", "centre_manager"}


@pytest.mark.database
def test_what_was_not_taken_is_tried_again(world: World, receiver: str) -> None:
    now = datetime.now(UTC)
    add_alert(world, "petrol", "crash", 3, component="body", at=now)
    Receiver.answer = 500
    channels = {"webhook": WebhookChannel(receiver)}
    with world.database.pool("vigil_worker") as pool:
        assert notify(pool, channels, now).failed > 0
        Receiver.answer = 200
        assert notify(pool, channels, now + timedelta(seconds=31)).sent > 0


def test_a_wrong_mail_address_of_the_server_is_named() -> None:
    with pytest.raises(BadInput, match=r"notify\.smtp_url"):
        SmtpChannel("http://mail", "vigil@localhost")


class MailServer(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as a delivery needs."""

    mails: list[str] = []  # noqa: RUF012
    answers = {"EHLO": b"250 here", "MAIL": b"250 ok", "RCPT": b"250 ok", "QUIT": b"221 bye"}  # noqa: RUF012

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == "DATA":
                self.wfile.write(b"354 go on\r\n")
                self._mail()
            else:
                self.wfile.write(self.answers.get(verb, b"502 no") + b"\r\n")
            if verb == "QUIT":
                return

    def _mail(self) -> None:
        lines = list(iter(self.rfile.readline, b".\r\n"))
        self.mails.append(b"".join(lines).decode())
        self.wfile.write(b"250 queued as 7\r\n")


@pytest.fixture
def mail_server() -> Iterator[str]:
    MailServer.mails = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"smtp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


MESSAGE = Message(id=5, to="a@example.org", lang="zh", subject="电芯偏弱", body="正文", red=False)


def test_mail_is_proven_by_the_servers_reply(mail_server: str) -> None:
    assert SmtpChannel(mail_server, "vigil@localhost").send(MESSAGE) == "smtp 250 queued as 7"
    assert "Message-ID: <vigil-5@localhost>" in MailServer.mails[0]


def test_mail_without_a_server_is_not_delivered() -> None:
    with pytest.raises(NotDelivered, match="smtp"):
        SmtpChannel("smtp://127.0.0.1:9", "vigil@localhost").send(MESSAGE)
