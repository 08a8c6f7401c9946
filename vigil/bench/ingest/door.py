"""How the bench's devices reach the broker of the settings."""

from __future__ import annotations

from vigil.bench.ingest.devices import Door
from vigil.settings import Settings


def door_of(settings: Settings) -> Door:
    """Address and login of demo devices; TLS where the settings name an authority."""
    mqtt = settings.mqtt
    ca = None if mqtt.ca_file is None else str(mqtt.ca_file)
    return Door(host=mqtt.host, port=mqtt.port, login=mqtt.login("device"), ca_file=ca)
