"""Settings: flags > environment VIGIL_SECTION__KEY (or ..._FILE) > TOML > defaults.

Built once by the command line and passed in; nothing else reads the environment. A value from a
file (VIGIL_DATABASE__URL_FILE=/run/secrets/url) is stripped of its last line end. Secrets are
`SecretStr`: they print as stars, and `vigil config show` shows nothing else.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from domain.errors import BadInput

PREFIX = "VIGIL_"
CONFIG_NAME = "vigil.toml"
OUTSIDE = frozenset({"VIGIL_CONFIG", "VIGIL_DATA"})
DATABASE_ROLES = ("owner", "ingest", "worker", "api", "read", "backup")
MQTT_ROLES = ("ingest", "control", "device")
INGEST_GROUP = "ingest"
"""The name where nobody but us is on the broker; elsewhere it is a secret."""
MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}
Nested = dict[str, Any]


class Section(BaseModel):
    """One section: frozen, and an unknown key is an error that names it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Database(Section):
    """Where the store is. Without `url` a server of our own is started in the data folder."""

    url: SecretStr | None = Field(
        default=None, description="postgresql://host:port/name of the store"
    )
    admin_url: SecretStr | None = Field(
        default=None, description="administrator's URL; used by `vigil db prepare` only"
    )
    owner_password: SecretStr | None = Field(default=None, description="vigil_owner: migrations")
    ingest_password: SecretStr | None = Field(default=None, description="vigil_ingest")
    worker_password: SecretStr | None = Field(default=None, description="vigil_worker")
    api_password: SecretStr | None = Field(default=None, description="vigil_api")
    read_password: SecretStr | None = Field(default=None, description="vigil_read")
    backup_password: SecretStr | None = Field(default=None, description="vigil_backup")
    pool_max: int = Field(default=8, ge=1, le=200, description="connections per process")

    def url_for(self, role: str) -> str:
        """URL that signs in as vigil_<role>; BadInput when the address or the role is unknown."""
        if role not in DATABASE_ROLES:
            raise BadInput("role", role, f"is none of {', '.join(DATABASE_ROLES)}")
        if self.url is None:
            raise BadInput(
                "database.url", None, "is not set", remedy="set VIGIL_DATABASE__URL or `make run`"
            )
        secret: SecretStr | None = getattr(self, f"{role}_password")
        return with_login(self.url.get_secret_value(), f"vigil_{role}", secret)

    def passwords(self) -> dict[str, str]:
        """Passwords by role, those that are set."""
        found = {role: getattr(self, f"{role}_password") for role in DATABASE_ROLES}
        return {role: word.get_secret_value() for role, word in found.items() if word}


def _mqtt_url(url: SecretStr | None) -> SecretStr | None:
    if url is not None and urlsplit(url.get_secret_value()).scheme not in MQTT_PORTS:
        raise ValueError(f"begins with none of {', '.join(MQTT_PORTS)}")
    return url


class Mqtt(Section):
    """Where the broker is. Without `url` a broker of our own is started."""

    url: Annotated[SecretStr | None, AfterValidator(_mqtt_url)] = Field(
        default=None, description="mqtt://host:1883 or mqtts://host:8883"
    )
    ingest_password: SecretStr | None = Field(default=None, description="user ingest")
    control_password: SecretStr | None = Field(default=None, description="user control")
    device_password: SecretStr | None = Field(
        default=None,
        description="demo gateways on a broker of our own; real ones have certificates",
    )
    ca_file: Path | None = Field(default=None, description="authority that signed the broker")
    cert_file: Path | None = Field(default=None, description="our certificate (mTLS)")
    key_file: Path | None = Field(default=None, description="our key (mTLS)")

    @property
    def host(self) -> str:
        """Host of `url`."""
        return urlsplit(self._known()).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        """Port of `url`; by its scheme where it names none."""
        parts = urlsplit(self._known())
        return parts.port or MQTT_PORTS[parts.scheme]

    @property
    def tls(self) -> bool:
        """True where the broker speaks TLS."""
        return urlsplit(self._known()).scheme == "mqtts"

    def files(self) -> dict[str, Path]:
        """Files of TLS by name, those that are set."""
        named = {"ca_file": self.ca_file, "cert_file": self.cert_file, "key_file": self.key_file}
        return {name: path for name, path in named.items() if path is not None}

    @property
    def demo_only(self) -> bool:
        """True for a broker without shared subscriptions: one ingest worker, nothing kept."""
        return self.url is not None and "version=3.1.1" in self.url.get_secret_value()

    def url_for(self, role: str) -> str:
        """URL that signs in as `role`; as it is when the broker asks for certificates or nobody."""
        login = self.login(role)
        url = self._known()
        return with_login(url, login[0], SecretStr(login[1])) if login else url

    def login(self, role: str) -> tuple[str, str] | None:
        """User and password of a role, None when the broker asks for certificates or nothing."""
        if role not in MQTT_ROLES:
            raise BadInput("role", role, f"is none of {', '.join(MQTT_ROLES)}")
        word: SecretStr | None = getattr(self, f"{role}_password")
        return (role, word.get_secret_value()) if word else None

    def passwords(self) -> dict[str, str]:
        """Passwords by role, those that are set."""
        return dict(filter(None, (self.login(role) for role in MQTT_ROLES)))

    def _known(self) -> str:
        if self.url is None:
            raise BadInput(
                "mqtt.url", None, "is not set", remedy="set VIGIL_MQTT__URL or `make run`"
            )
        return self.url.get_secret_value()


class Ingest(Section):
    """The door."""

    workers: int = Field(default=1, ge=1, le=64, description="ingest processes of `make run`")
    batch_messages: int = Field(
        default=200, ge=1, le=10_000, description="messages per transaction"
    )
    batch_ms: int = Field(
        default=50, ge=1, le=10_000, description="or this long, whichever is first"
    )
    group: str = Field(
        default=INGEST_GROUP,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="name of the shared subscription; a secret where cars share the broker",
    )
    receive_maximum: int = Field(
        default=400, ge=1, le=65_535, description="unacknowledged messages"
    )
    health_host: str = Field(default="127.0.0.1", description="address of the health port")
    health_port: int = Field(
        default=0, ge=0, le=65_535, description="/metrics, /healthz, /readyz; 0 for none"
    )


class Gbt32960(Section):
    """The door for terminals that speak GB/T 32960 (docs/gbt32960.md)."""

    enabled: bool = Field(default=False, description="run it with `vigil run`")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=32960, ge=0, le=65_535, description="0 takes any free one")
    tenant: str = Field(default="demo", description="whose vehicles log in here")
    cert_file: Path | None = Field(default=None, description="our certificate: TLS instead of TCP")
    key_file: Path | None = Field(default=None, description="its key")
    ca_file: Path | None = Field(default=None, description="asks terminals for certificates of it")
    answer: Literal["time", "echo"] = Field(
        default="time", description="time alone (main text), or echo (annex B of 2016)"
    )
    answer_reports: Literal["never", "errors", "always"] = Field(
        default="errors", description="errors as annex B; always for terminals that wait for it"
    )
    kick: Literal["old", "new"] = Field(
        default="old", description="which of two connections with one VIN ends"
    )
    signatures: Literal["unverified", "refuse"] = Field(
        default="unverified", description="signed reports: stored and counted, or refused"
    )
    login_s: float = Field(default=30, gt=0, description="no login for so long ends a connection")
    idle_s: float = Field(default=300, gt=0, description="silence that ends a connection")
    reports_s: float = Field(default=50, gt=0, description="share of one vehicle, reports a second")
    most_connections: int = Field(default=10_000, ge=1, description="beyond, new ones are closed")
    keep_raw_dir: Path | None = Field(default=None, description="keeps frames here, VIN blanked")
    keep_raw_days: int = Field(default=7, ge=1, le=90, description="how long")
    platform_user: str | None = Field(default=None, description="a platform below us logs in so")
    platform_password: SecretStr | None = Field(default=None, description="and with this")
    forward_host: str | None = Field(default=None, description="superior platform: frames go on")
    forward_port: int = Field(default=32960, ge=1, le=65_535, description="its port")
    forward_user: str = Field(default="", description="our platform login there; empty for none")
    forward_password: SecretStr | None = Field(default=None, description="its password")
    health_host: str = Field(default="127.0.0.1", description="address of the health port")
    health_port: int = Field(default=0, ge=0, le=65_535, description="as of ingest")


class Api(Section):
    """Owners and service centres."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65_535, description="0 takes any free one")
    public_url: str | None = Field(
        default=None, description="address that people type; for links and QR"
    )
    secret: SecretStr | None = Field(default=None, description="signs sessions and tokens")
    behind_tls: bool = Field(default=False, description="cookies are marked Secure")
    trusted_proxies: str = Field(
        default="",
        description="addresses or networks of our own proxies, by comma: who they say comes is who "
        "comes; empty for none",
    )

    @property
    def address(self) -> str:
        """Address for people."""
        return self.public_url or f"http://{self.host}:{self.port}"


class Demo(Section):
    """The cars that `make run` brings along."""

    enabled: bool = Field(default=True, description="start demo cars at all")
    cars: int = Field(default=24, ge=0, le=2_000, description="how many, two of them on a CAN bus")
    seed: int | None = Field(default=None, ge=0, description="unset draws one and prints it")
    history_days: int = Field(default=120, ge=0, le=3_650, description="history of each demo car")
    certificates_dir: Path | None = Field(
        default=None, description="DEVICE.pem and DEVICE.key of each demo gateway, for mqtts"
    )


class Log(Section):
    """What the processes write."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Tls(Section):
    """The authority for gateways and brokers."""

    authority_dir: Path | None = Field(default=None, description="default: data_dir/authority")
    valid_days: int = Field(default=365, ge=1, le=3_650, description="term of a device certificate")


class Notify(Section):
    """How messages leave."""

    smtp_url: SecretStr | None = Field(default=None, description="smtp://user:password@host:port")
    sender: str = Field(default="vigil@localhost", description="sender of e-mail")
    webhook_url: SecretStr | None = Field(default=None, description="POST target of webhooks")


class Settings(Section):
    """Everything a process needs to know, built once."""

    data_dir: Path = Field(default=Path(".vigil"), description="folder of state, keys and logs")
    database: Database = Field(default_factory=Database)
    mqtt: Mqtt = Field(default_factory=Mqtt)
    ingest: Ingest = Field(default_factory=Ingest)
    gbt32960: Gbt32960 = Field(default_factory=Gbt32960)
    api: Api = Field(default_factory=Api)
    demo: Demo = Field(default_factory=Demo)
    log: Log = Field(default_factory=Log)
    tls: Tls = Field(default_factory=Tls)
    notify: Notify = Field(default_factory=Notify)

    def with_values(self, changes: Nested) -> Settings:
        """A copy with nested changes, checked like any input."""
        return build(merged(self.revealed(), changes))

    def revealed(self) -> Nested:
        """As nested plain values, secrets in clear: for a file that only the owner reads."""
        revealed: Nested = _plain(self.model_dump())
        return revealed

    def masked(self) -> Nested:
        """As nested plain values with every secret hidden, passwords inside URLs too."""
        shown: Nested = json.loads(self.model_dump_json())
        return shown


def load(
    *,
    flags: Nested | None = None,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """The settings of this process; BadInput names the field, its value and the remedy."""
    env = os.environ if environment is None else environment
    named = config or (Path(env["VIGIL_CONFIG"]) if env.get("VIGIL_CONFIG") else None)
    layers = merged(from_file(named), from_environment(env))
    return build(merged(layers, flags or {}))


def from_file(path: Path | None) -> Nested:
    """A TOML (or the instance's JSON) file; `vigil.toml` of the working folder when not named."""
    if path is None:
        path = Path(CONFIG_NAME)
        if not path.exists():
            return {}
    try:
        text = path.read_text(encoding="utf-8")
        return dict(json.loads(text) if path.suffix == ".json" else tomllib.loads(text))
    except OSError as problem:
        raise BadInput(
            "config", str(path), problem.strerror or "unreadable", remedy="name a readable file"
        ) from problem
    except ValueError as problem:
        raise BadInput(
            "config", str(path), f"is not valid: {problem}", remedy="compare config.example.toml"
        ) from problem


def from_environment(environment: Mapping[str, str]) -> Nested:
    """VIGIL_API__PORT=8001 -> {"api": {"port": "8001"}}; ..._FILE reads the value from a file."""
    found: Nested = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name in OUTSIDE or name.startswith("VIGIL_TEST_"):
            continue
        keys = name.removeprefix(PREFIX).lower().split("__")
        if keys[-1].endswith("_file") and not _is_field(keys):
            keys[-1] = keys[-1].removesuffix("_file")
            value = _file_value(name, value)
        place = found
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
    return found


def _is_field(keys: list[str]) -> bool:
    model: Any = Settings
    for key in keys:
        field = getattr(model, "model_fields", {}).get(key)
        if field is None:
            return False
        model = field.annotation
    return True


def _file_value(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as problem:
        raise BadInput(
            name, path, problem.strerror or "unreadable", remedy="name a readable file"
        ) from problem


def build(values: Nested) -> Settings:
    """Settings from nested values; the first problem becomes a BadInput."""
    try:
        return Settings.model_validate(values)
    except ValidationError as problem:
        first = problem.errors(include_input=True)[0]
        where = [str(part) for part in first["loc"]]
        field = ".".join(where)
        shown = "(hidden)" if _is_secret(field) else first.get("input")
        variable = PREFIX + "__".join(where).upper()
        remedy = f"correct it: {field} in the file, or {variable} in the environment"
        raise BadInput(field, shown, first["msg"], remedy=remedy) from None


def _is_secret(field: str) -> bool:
    return any(word in field for word in ("password", "secret", "url"))


def merged(lower: Nested, upper: Nested) -> Nested:
    """Nested values where `upper` wins; None in `upper` means not given."""
    result = dict(lower)
    for key, value in upper.items():
        if isinstance(value, dict):
            below = result.get(key)
            result[key] = merged(below if isinstance(below, dict) else {}, value)
        elif value is not None:
            result[key] = value
    return result


def with_login(url: str, user: str, secret: SecretStr | None) -> str:
    """`url` with this user and password in place of whatever it names."""
    parts = urlsplit(url)
    word = f":{quote(secret.get_secret_value(), safe='')}" if secret else ""
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}{word}@{address}"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value) if isinstance(value, Path) else value
