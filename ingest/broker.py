"""Where the MQTT broker is and how to speak to it, read from one URL.

mqtt://user:secret@host:1883            MQTT 5
mqtts://host:8883                       MQTT 5 over TLS
mqtt://127.0.0.1:1883?version=3.1.1     the in-process demo broker: no shared subscriptions
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from domain.errors import BadInput

PORTS = {"mqtt": 1883, "mqtts": 8883}
VERSIONS = ("5", "3.1.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """One broker; `password` never shows in a repr. TLS files are PEM.

    `mqtt5` False: MQTT 3.1.1, a plain subscription, one worker.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    mqtt5: bool = True
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None

    def context(self) -> ssl.SSLContext:
        """TLS context that checks the broker and, where there is one, shows our certificate."""
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.cert_file is not None:
            context.load_cert_chain(self.cert_file, self.key_file)
        return context


def broker(
    url: str,
    *,
    ca_file: str | None = None,
    cert_file: str | None = None,
    key_file: str | None = None,
) -> Broker:
    """The broker behind a URL; BadInput names what is wrong with it, without its password."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadInput(
            "mqtt.url",
            f"{parts.scheme}://{parts.hostname}",
            "is not a broker's address",
            remedy="write mqtt://host:1883 or mqtts://host:8883",
        )
    version = parse_qs(parts.query).get("version", ["5"])[0]
    if version not in VERSIONS:
        raise BadInput(
            "mqtt.url",
            f"version={version}",
            "is not an MQTT version we speak",
            remedy=f"use one of {', '.join(VERSIONS)}",
        )
    return Broker(
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=parts.scheme == "mqtts",
        mqtt5=version == "5",
        ca_file=ca_file,
        cert_file=cert_file,
        key_file=key_file,
    )
