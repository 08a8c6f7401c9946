"""Settings: flags over environment over file over defaults, and nothing secret is shown."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr
from typer.testing import CliRunner

from domain.errors import BadInput
from vigil import settings as config
from vigil.cli import app

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config.example.toml"


def load(file: Path | None = None, **environment: str) -> config.Settings:
    return config.load(config=file, environment=environment)


def test_each_source_beats_the_one_below(tmp_path: Path) -> None:
    file = tmp_path / "vigil.toml"
    file.write_text("[api]\nport = 1\nhost = '::1'\n[log]\nlevel = 'debug'\n")
    made = config.load(
        config=file,
        environment={"VIGIL_API__PORT": "2", "VIGIL_API__HOST": "127.0.0.2"},
        flags={"api": {"port": 3, "host": None}},
    )
    assert (made.api.port, made.api.host, made.log.level) == (3, "127.0.0.2", "debug")
    assert made.ingest == config.Ingest()


def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hidden word\n")
    made = load(
        VIGIL_DATABASE__URL="postgresql://db:5432/vigil",
        VIGIL_DATABASE__API_PASSWORD_FILE=str(secret),
    )
    assert made.database.url_for("api") == "postgresql://vigil_api:hidden%20word@db:5432/vigil"


@given(st.text(min_size=1, max_size=40))
def test_any_password_survives_the_url(password: str) -> None:
    from urllib.parse import unquote, urlsplit

    url = config.with_login("postgresql://h:1/d", "u", SecretStr(password))
    parts = urlsplit(url)
    assert (unquote(parts.password or ""), parts.hostname, parts.port) == (password, "h", 1)


@pytest.mark.parametrize(
    ("environment", "field"),
    [
        ({"VIGIL_API__PORT": "many"}, "api.port"),
        ({"VIGIL_API__PROT": "1"}, "api.prot"),
        ({"VIGIL_INGEST__WORKERS": "0"}, "ingest.workers"),
        ({"VIGIL_MQTT__URL": "http://broker"}, "mqtt.url"),
        ({"VIGIL_CONFIG": "/does/not/exist.toml"}, "config"),
        ({"VIGIL_API__SECRET_FILE": "/does/not/exist"}, "VIGIL_API__SECRET_FILE"),
    ],
)
def test_a_wrong_value_names_its_field_and_what_helps(
    environment: dict[str, str], field: str
) -> None:
    with pytest.raises(BadInput) as caught:
        load(None, **environment)
    assert caught.value.field == field
    assert caught.value.remedy


def test_a_wrong_secret_is_not_repeated() -> None:
    with pytest.raises(BadInput) as caught:
        load(VIGIL_MQTT__URL="http://user:hunter2@broker")
    assert "hunter2" not in str(caught.value)


def test_a_role_or_address_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInput):
        config.Database().url_for("api")
    with pytest.raises(BadInput):
        load(VIGIL_DATABASE__URL="postgresql://h/d").database.url_for("postgres")


def test_config_show_hides_every_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in secret_fields(config.Settings):
        value = "mqtt://u:hunter2@h" if name.endswith("MQTT__URL") else "hunter2"
        monkeypatch.setenv(name, value)
    for arguments in (["config", "show"], ["config", "show", "--json"]):
        said = CliRunner().invoke(app, arguments)
        assert said.exit_code == 0, said.output
        assert "hunter2" not in said.output
        assert "*****" in said.output


def secret_fields(model: type[BaseModel], prefix: str = "VIGIL_") -> list[str]:
    names = []
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            names += secret_fields(field.annotation, f"{prefix}{name.upper()}__")
        elif "SecretStr" in str(field.annotation):
            names.append(prefix + name.upper())
    return names


def test_the_example_loads_and_names_every_setting() -> None:
    made = config.load(config=EXAMPLE, environment={})
    assert made == config.Settings()
    text = EXAMPLE.read_text()
    told = tomllib.loads("\n".join(uncommented(line) for line in text.splitlines()))
    assert keys(told) == keys(config.Settings().masked())


def uncommented(line: str) -> str:
    """`# key = value` without its mark; a sentence stays a comment."""
    body = line.removeprefix("# ")
    return (
        body
        if line.startswith("# ") and " = " in body and body.split(" = ")[0].isidentifier()
        else line
    )


def keys(values: dict[str, Any], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, value in values.items():
        found |= keys(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name}
    return found
