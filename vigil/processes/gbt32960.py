"""The process that takes GB/T 32960 terminals in, built from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.batcher import Limits
from ingest.gbt32960.forward import Superior
from ingest.gbt32960.options import Answer, Kick, Options, Reports, Signatures
from ingest.gbt32960.raw_frames import RawFrames
from ingest.gbt32960.service import GbtService, Listener
from ingest.health import HealthPort
from store.db.pool import Pool
from store.history.alarm_history import AlarmHistory
from store.people.terminals import TerminalDirectory
from store.sink.sink import Telemetry
from vigil.processes.signals import until_ended
from vigil.settings import Gbt32960, Settings

if TYPE_CHECKING:
    from pydantic import SecretStr


def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT."""
    own = settings.gbt32960
    with Pool.open(settings.database.url_for("ingest"), name="vigil-gbt32960") as pool:
        made = service(settings, pool)
        health = HealthPort(
            made.meters.registry, lambda: made.ready, host=own.health_host, port=own.health_port
        )
        made.start()
        health.start()
        until_ended(made.stop)
        health.stop()


def service(settings: Settings, pool: Pool) -> GbtService:
    """The service on an open pool of vigil_ingest."""
    own = settings.gbt32960
    return GbtService(
        sink=Telemetry(pool),
        terminals=TerminalDirectory(pool),
        history=AlarmHistory(pool),
        options=options(own),
        line=Listener(
            host=own.host,
            port=own.port,
            cert_file=own.cert_file,
            key_file=own.key_file,
            ca_file=own.ca_file,
        ),
        limits=Limits(group=settings.ingest.batch_messages, wait_s=settings.ingest.batch_ms / 1000),
        superior=_superior(own),
        raw=RawFrames(own.keep_raw_dir, own.keep_raw_days) if own.keep_raw_dir else None,
    )


def options(own: Gbt32960) -> Options:
    """The rules of sessions as the settings have them."""
    return Options(
        tenant=own.tenant,
        answer=Answer(own.answer),
        reports=Reports(own.answer_reports),
        kick=Kick(own.kick),
        signatures=Signatures(own.signatures),
        login_s=own.login_s,
        idle_s=own.idle_s,
        reports_s=own.reports_s,
        most_connections=own.most_connections,
        platform_user=own.platform_user,
        platform_password=_plain(own.platform_password),
    )


def _superior(own: Gbt32960) -> Superior | None:
    if own.forward_host is None:
        return None
    return Superior(
        host=own.forward_host,
        port=own.forward_port,
        user=own.forward_user,
        password=_plain(own.forward_password) or "",
    )


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
