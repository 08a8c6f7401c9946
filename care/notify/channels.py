"""The port for channels, and three of them: log, webhook, SMTP. A channel proves or raises.

A proof is what the other side said on taking the message: the line of the log, the HTTP status
and request id, the SMTP reply.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

import httpx

from domain.errors import BadInput, Retry

logger = logging.getLogger("vigil.notify")
TIMEOUT_S = 10.0
"""A receiver that says nothing for ten seconds did not take the message."""


class NotDelivered(Retry):
    """The channel did not take the message; it is tried again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one person through one channel; `id` stays the same when tried again."""

    id: int
    to: str
    lang: str
    subject: str
    body: str
    red: bool


class Channel(Protocol):
    """Takes a message and returns its proof, or raises NotDelivered."""

    def send(self, message: Message) -> str:
        """The proof of delivery."""
        ...


class LogChannel:
    """Writes that there is a message, not its words: a log is no mailbox."""

    def send(self, message: Message) -> str:
        """The line's digest."""
        digest = hashlib.sha256(f"{message.id}{message.subject}{message.body}".encode()).hexdigest()
        logger.info("message %d %s red=%s", message.id, digest[:12], message.red)
        return f"log {digest[:12]}"


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """POSTs JSON; the receiver sees the same `Idempotency-Key` when it is tried again."""

    url: str

    def send(self, message: Message) -> str:
        """Status and request id of the receiver."""
        body = {
            "id": message.id,
            "to": message.to,
            "lang": message.lang,
            "red": message.red,
            "subject": message.subject,
            "body": message.body,
        }
        try:
            answer = httpx.post(
                self.url,
                json=body,
                headers={"Idempotency-Key": str(message.id)},
                timeout=TIMEOUT_S,
            )
        except httpx.HTTPError as error:
            raise NotDelivered(f"webhook: {type(error).__name__}") from error
        if not answer.is_success:
            raise NotDelivered(f"webhook answered {answer.status_code}")
        return f"http {answer.status_code} {answer.headers.get('x-request-id', '')}".strip()


@dataclass(frozen=True, slots=True)
class SmtpChannel:
    """E-mail. `url` is smtp://user:password@host:port or smtps://…; STARTTLS where offered."""

    url: str
    sender: str

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("smtp", "smtps"):
            raise BadInput(
                "notify.smtp_url",
                urlsplit(self.url).scheme,
                "is no mail server",
                remedy="write smtp://host:25 or smtps://user:password@host:465",
            )

    def send(self, message: Message) -> str:
        """The server's reply to the last word of the message."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, message.to, message.subject
        mail["Message-ID"] = f"<vigil-{message.id}@{self.sender.rpartition('@')[2]}>"
        mail.set_content(message.body)
        try:
            with self._open() as server:
                server.mail(self.sender)
                code, reply = server.rcpt(message.to)
                if code < 300:
                    code, reply = server.data(mail.as_bytes())
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"smtp: {type(error).__name__}") from error
        if code >= 300:
            raise NotDelivered(f"smtp answered {code}")
        return f"smtp {code} {reply.decode('ascii', 'replace')[:120]}"

    def _open(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        server = kind(parts.hostname or "localhost", parts.port or 25, timeout=TIMEOUT_S)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls()
            server.ehlo()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server


def channels_for(
    *, webhook_url: str | None = None, smtp_url: str | None = None, sender: str = "vigil@localhost"
) -> dict[str, Channel]:
    """The channels that are set up; the log always is."""
    found: dict[str, Channel] = {"log": LogChannel()}
    if webhook_url:
        found["webhook"] = WebhookChannel(webhook_url)
    if smtp_url:
        found["email"] = SmtpChannel(smtp_url, sender)
    return found
