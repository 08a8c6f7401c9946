"""docker-compose.yml: its shape, its promises, and that it is what the tests run with."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509

from simulators import fleet
from tests import timescale
from vigil import settings as config
from vigil import wiring
from vigil.commands import db

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"].startswith("vigil:")}
TOP = {"name", "services", "volumes", "secrets", "networks", "configs"}
SHAPE: dict[str, type | tuple[type, ...]] = {
    "image": str,
    "build": dict,
    "command": list,
    "restart": str,
    "user": str,
    "read_only": bool,
    "tmpfs": list,
    "cap_drop": list,
    "security_opt": list,
    "depends_on": dict,
    "environment": dict,
    "secrets": list,
    "volumes": list,
    "ports": list,
    "healthcheck": dict,
    "deploy": dict,
    "profiles": list,
    "shm_size": str,
}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
HEALTH = {"test", "interval", "timeout", "retries", "start_period"}


def test_it_has_the_shape_of_a_compose_file() -> None:
    assert {key for key in COMPOSE if not key.startswith("x-")} <= TOP
    for name, service in SERVICES.items():
        for key, value in service.items():
            assert isinstance(value, SHAPE[key]), f"{name}.{key}"
        assert all(isinstance(value, str) for value in service.get("environment", {}).values()), (
            name
        )
        assert set(service.get("healthcheck", {})) <= HEALTH
        for needed, how in service.get("depends_on", {}).items():
            assert needed in SERVICES
            assert how["condition"] in CONDITIONS
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed]
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert source in COMPOSE["volumes"] or source.startswith("./"), mount


def test_the_services_of_the_plan_are_there() -> None:
    assert set(SERVICES) >= {"store", "broker", "ingest", "urgent", "worker", "api", "demo"}
    assert SERVICES["ingest"]["deploy"]["replicas"] == 2
    assert SERVICES["demo"]["profiles"] == ["demo"]


def test_everything_long_running_has_a_health_check_and_no_rights() -> None:
    for name, service in SERVICES.items():
        if name not in ("prepare", "demo"):
            assert service["healthcheck"]["test"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        if name != "store":
            assert service["user"].split(":")[0] not in ("0", "root"), name
            assert service["read_only"], name
            assert service["cap_drop"] == ["ALL"], name


def test_images_are_pinned() -> None:
    images = [service["image"] for service in SERVICES.values()]
    images += re.findall(r"^FROM (\S+:\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for image in images:
        assert re.search(r":v?\d+\.\d+\.\d+", image), image


def test_no_secret_stands_in_the_file() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|ADMIN_URL", key):
                assert key.endswith("_FILE"), f"{name}.{key}"
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            assert not re.search(r"//[^/]*:[^/]*@", value), f"{name}.{key}"


def test_each_service_gets_its_own_role_and_no_other() -> None:
    for name, service in OURS.items():
        given = {s for s in service["secrets"] if s.endswith("_password")} - {"admin_password"}
        if name == "prepare":
            assert given == {f"{role}_password" for role in config.DATABASE_ROLES}
        elif name == "demo":
            assert given == {"worker_password", "api_password"}
        else:
            assert len(given) == 1, name
            assert not given & {"owner_password", "backup_password"}, name


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of secrets as deploy/compose/prepare.sh makes it."""
    folder = tmp_path_factory.mktemp("compose")
    script = folder / "deploy/compose/prepare.sh"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / "deploy/compose/prepare.sh", script)
    shutil.copytree(ROOT / "simulators/scenarios", folder / "simulators/scenarios")
    for _ in range(2):
        subprocess.run([script], check=True, capture_output=True)
    return script.parent / "secrets"


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_a_service_load(name: str, prepared: Path) -> None:
    """With the secrets that prepare.sh makes, under the names that compose mounts."""
    environment = {}
    for key, value in OURS[name]["environment"].items():
        if value.startswith("/run/secrets/") and value != "/run/secrets":
            secret = COMPOSE["secrets"][value.removeprefix("/run/secrets/")]
            value = str(prepared / Path(secret["file"]).name)
            assert Path(value).exists(), f"prepare.sh makes no {value}"
        environment[key] = value
    made = config.load(environment=environment)
    port = 8883 if name == "demo" else 8884
    assert made.mqtt.url_for("ingest") == f"mqtts://broker:{port}"
    assert (made.ingest.group != "ingest") == (name == "ingest"), "the group is a secret"
    command = OURS[name]["command"]
    if command[0] == "serve":
        assert command[1] in wiring.SERVICES
        role = {"ingest": "ingest", "gbt32960": "ingest", "api": "api"}.get(command[1], "worker")
        assert made.database.url_for(role).startswith(f"postgresql://vigil_{role}:")
    else:
        assert command == ["db", db.prepare.__name__]
        assert set(made.database.passwords()) == set(config.DATABASE_ROLES)


def test_the_servers_are_those_of_the_tests() -> None:
    """TimescaleDB by the image that `make test` takes from Docker; the broker by the very files
    that tests.attacks starts a mosquitto with."""
    assert SERVICES["store"]["image"] == timescale.IMAGE
    assert (
        "./deploy/mosquitto/mosquitto.conf:/mosquitto/config/mosquitto.conf:ro"
        in (SERVICES["broker"]["volumes"])
    )
    for name in ("cars", "services"):
        mounted = f"./deploy/mosquitto/{name}.acl:/mosquitto/config/{name}.acl:ro"
        assert mounted in SERVICES["broker"]["volumes"]
    assert SERVICES["broker"]["ports"] == ["8883:8883"], "services stay inside"
    switches = SERVICES["store"]["command"][2::2]
    assert {f"{key}={timescale.OPTIONS[key]}" for key in ("timezone", "max_connections")} <= set(
        switches
    )
    assert not any(switch.startswith(("fsync", "synchronous_commit")) for switch in switches)


def test_prepare_makes_nothing_twice_and_every_password_different(prepared: Path) -> None:
    words = [path.read_text() for path in prepared.glob("*.password")]
    assert len(words) == len(set(words)) == 9
    assert all(len(word.strip()) >= 24 for word in words)
    assert oct((prepared / "authority/authority.key").stat().st_mode)[-3:] == "600"


def test_every_demo_car_has_a_certificate_of_its_own_name(prepared: Path) -> None:
    cars = fleet.load("demo").cars
    assert len(cars) == 24
    for car in cars:
        signed = x509.load_pem_x509_certificate((prepared / f"demo/gw-{car.name}.pem").read_bytes())
        names = signed.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        assert [name.value for name in names] == [f"demo/gw-{car.name}"]
