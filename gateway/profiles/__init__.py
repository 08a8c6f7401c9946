"""Vehicle profiles are data: what to ask which ECU, how often, and what the answer means.

    name, powertrain
    obd:       functional id, PIDs by class (only those the car's bitmaps announce are asked)
    uds:       ECUs (tx, rx), identifiers with fields, cell pages, class
    dtc:       period of trouble code reads
    broadcast: DBC file and name map

Sources: standards text and public projects' facts; each identifier names its evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from firmware_contracts.signals import BY_NAME
from gateway.decode.field import Field
from gateway.decode.uds import CellPage, Identifier

FOLDER = Path(__file__).parent
PERIODS_S: Mapping[str, float] = {"fast": 1.0, "slow": 10.0, "rare": 60.0}
"""Default polling periods by class while the bus is awake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObdPoll:
    """PIDs to ask for in mode 01, with their period."""

    pids: tuple[int, ...]
    period_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UdsPoll:
    """One identifier of one ECU."""

    tx: int
    rx: int
    identifier: Identifier
    period_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A car as the gateway sees it."""

    name: str
    powertrain: str
    obd: tuple[ObdPoll, ...] = ()
    uds: tuple[UdsPoll, ...] = ()
    dtc_period_s: float = 300.0
    dtc_ecus: tuple[tuple[int, int], ...] = ()
    dbc: str | None = None
    broadcast: Mapping[str, Any] | None = None


def names() -> list[str]:
    """Profiles that ship with the gateway."""
    return sorted(p.stem for p in FOLDER.glob("*.yaml"))


def load(name_or_path: str) -> Profile:
    """A shipped profile by name, or any file. ValueError names the file and what is wrong."""
    path = FOLDER / f"{name_or_path}.yaml"
    if not path.exists():
        path = Path(name_or_path)
    if not path.exists():
        raise ValueError(
            f"profile {name_or_path!r} is neither a file nor one of: {', '.join(names())}"
        )
    try:
        return _profile(_read(path))
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise ValueError(f"profile {path.name}: {error}") from error


def _read(path: Path) -> dict[str, Any]:
    """The file, laid over the shipped profile that it `extends`."""
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    base = raw.pop("extends", None)
    return raw if base is None else _read(FOLDER / f"{base}.yaml") | raw


def _profile(raw: Mapping[str, Any]) -> Profile:
    return Profile(
        name=raw["name"],
        powertrain=raw["powertrain"],
        obd=tuple(
            ObdPoll(pids=tuple(pids), period_s=PERIODS_S[period])
            for period, pids in raw.get("obd", {}).items()
        ),
        uds=tuple(poll for ecu in raw.get("uds", ()) for poll in _ecu(ecu)),
        dtc_period_s=float(raw.get("dtc_period_s", 300)),
        dtc_ecus=tuple((e["tx"], e["rx"]) for e in raw.get("uds", ()) if e.get("dtc")),
        dbc=raw.get("dbc"),
        broadcast=raw.get("broadcast"),
    )


def _ecu(raw: Mapping[str, Any]) -> list[UdsPoll]:
    return [
        UdsPoll(
            tx=raw["tx"],
            rx=raw["rx"],
            identifier=_identifier(item),
            period_s=PERIODS_S[item.get("class", "slow")],
        )
        for item in raw["identifiers"]
    ]


def _identifier(raw: Mapping[str, Any]) -> Identifier:
    return Identifier(
        did=raw["did"],
        fields=tuple(_field(f) for f in raw.get("fields", ())),
        pages=tuple(CellPage(**page) for page in raw.get("cells", ())),
    )


def _field(raw: Mapping[str, Any]) -> Field:
    entry = dict(raw)
    name = entry.pop("signal")
    if name not in BY_NAME:
        raise ValueError(f"signal {name!r} is not in the catalogue")
    entry["sentinels"] = frozenset(entry.get("sentinels", ()))
    entry.pop("example", None)
    return Field(signal=BY_NAME[name], **entry)
