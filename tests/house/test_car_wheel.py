"""The car's own wheel: contracts and gateway alone, and it runs alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CAR = ROOT / "deploy" / "car"
CLOUD = ("domain", "store", "ingest", "models", "api", "simulators", "vigil")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=CAR, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def needs(path: Path, *extras: str) -> set[str]:
    project = tomllib.loads(path.read_text())["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return set(lines)


def test_it_holds_contracts_and_gateway_only(wheel: Path) -> None:
    rooms = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {room for room in rooms if ".dist-info" not in room} == {"firmware_contracts", "gateway"}


def test_it_asks_for_what_the_gateway_asks_for() -> None:
    assert needs(CAR / "pyproject.toml") == needs(ROOT / "pyproject.toml", "gateway")


@pytest.mark.slow
def test_installed_alone_its_command_answers(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own, where the libraries are there and the cloud's rooms are not."""
    venv.create(tmp_path / "car", with_pip=True)
    python = tmp_path / "car" / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run([*pip, "--disable-pip-version-check"], check=True, capture_output=True)
    lend_libraries(python)
    said = subprocess.run(
        [tmp_path / "car" / "bin" / "vigil-gateway", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert "Usage" in said.stdout
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for room in CLOUD:
        command = [str(python), "-c", f"import {room}"]
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, env=alone, check=False)
        assert found.returncode != 0, f"{room} came along"


def lend_libraries(python: Path) -> None:
    """Third-party libraries of this environment by symbolic links: nothing is downloaded."""
    ours = Path(sysconfig.get_path("purelib"))
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    theirs = Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())
    for entry in ours.iterdir():
        editable = re.search(r"vigil|\.pth$|^_vigil", entry.name)
        if not editable and not (theirs / entry.name).exists():
            (theirs / entry.name).symlink_to(entry)
