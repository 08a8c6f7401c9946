"""Vehicle profiles are data: what to ask which ECU, how often, and what the answer means.

    name, powertrain, evidence, source, licence
    obd:       PIDs by class (only those the car's bitmaps announce are asked)
    uds:       units (tx, rx, target), identifiers with fields, cell pages, class
    dtc:       period of trouble code reads
    broadcast: DBC file and name map
    j1939:     parameter groups (pgn) with fields (spn); such a bus is only heard

Each field says how it is known (its own `evidence`, else its identifier's, else the profile's) and
carries a worked example. `computed` fields are read by `check` alone, marked, and never sent on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from firmware_contracts.signals import BY_NAME
from gateway.decode.field import Evidence, Field
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
class Unit:
    """The ids of one control unit; `target` is its address byte with extended addressing."""

    tx: int
    rx: int
    target: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UdsPoll:
    """Identifiers of one unit that are asked for at once (one, unless the unit takes several)."""

    unit: Unit
    identifiers: tuple[Identifier, ...]
    period_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A car as the gateway sees it."""

    name: str
    powertrain: str
    obd: tuple[ObdPoll, ...] = ()
    uds: tuple[UdsPoll, ...] = ()
    dtc_period_s: float = 300.0
    dtc_units: tuple[Unit, ...] = ()
    dbc: str | None = None
    broadcast: Mapping[str, Any] | None = None
    evidence: Evidence = Evidence.PUBLISHED
    source: str = ""
    licence: str = ""
    groups: Mapping[int, tuple[Field, ...]] = field(default_factory=dict)
    older_spn_method: int | None = None

    @property
    def j1939(self) -> bool:
        """True for a truck or bus: everything is heard, nothing is asked."""
        return bool(self.groups)

    @property
    def unverified(self) -> frozenset[str]:
        """Names of the signals that are only computed."""
        return frozenset(f.signal.name for f in self.fields if f.evidence is Evidence.COMPUTED)

    @property
    def fields(self) -> Iterator[Field | CellPage]:
        """Every field and cell page of its identifiers and groups."""
        for listed in self.groups.values():
            yield from listed
        for poll in self.uds:
            for identifier in poll.identifiers:
                yield from identifier.fields
                yield from identifier.pages


def names() -> list[str]:
    """Profiles that ship with the gateway."""
    return sorted(p.stem for p in FOLDER.glob("*.yaml"))


def load(name_or_path: str, *, unverified: bool = False) -> Profile:
    """A shipped profile by name, or any file. ValueError names the file and what is wrong.

    `unverified` keeps fields that are only computed.
    """
    path = FOLDER / f"{name_or_path}.yaml"
    if not path.exists():
        path = Path(name_or_path)
    if not path.exists():
        raise ValueError(
            f"profile {name_or_path!r} is neither a file nor one of: {', '.join(names())}"
        )
    try:
        found = _profile(_read(path))
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise ValueError(f"profile {path.name}: {error}") from error
    return found if unverified else _verified(found)


def _read(path: Path) -> Mapping[str, Any]:
    """The file, laid over the shipped profile that it `extends`."""
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    base = raw.pop("extends", None)
    return raw if base is None else {**_read(FOLDER / f"{base}.yaml"), **raw}


def _profile(raw: Mapping[str, Any]) -> Profile:
    evidence = Evidence(raw.get("evidence", "published"))
    return Profile(
        name=raw["name"],
        powertrain=raw["powertrain"],
        obd=tuple(
            ObdPoll(pids=tuple(pids), period_s=PERIODS_S[period])
            for period, pids in raw.get("obd", {}).items()
        ),
        uds=tuple(poll for unit in raw.get("uds", ()) for poll in _polls(unit, evidence)),
        dtc_period_s=float(raw.get("dtc_period_s", 300)),
        dtc_units=tuple(_unit(e) for e in raw.get("uds", ()) if e.get("dtc")),
        dbc=raw.get("dbc"),
        broadcast=raw.get("broadcast"),
        evidence=evidence,
        source=raw.get("source", ""),
        licence=raw.get("licence", ""),
        groups={g["pgn"]: _parameters(g, evidence) for g in raw.get("j1939", ())},
        older_spn_method=raw.get("older_spn_method"),
    )


def _parameters(raw: Mapping[str, Any], evidence: Evidence) -> tuple[Field, ...]:
    """J1939 is little endian and counts bytes from 1; here they count from 0 as everywhere."""
    own = Evidence(raw.get("evidence", evidence.value))
    return tuple(_field({"little": True, **f}, own) for f in raw["fields"])


def _verified(profile: Profile) -> Profile:
    """Without the fields that nobody stated, and without questions that only they needed."""
    polls = []
    for poll in profile.uds:
        kept = tuple(i for i in map(_stated, poll.identifiers) if i.fields or i.pages)
        if kept:
            polls.append(replace(poll, identifiers=kept))
    groups = {
        pgn: tuple(f for f in fields if f.evidence is not Evidence.COMPUTED)
        for pgn, fields in profile.groups.items()
    }
    return replace(profile, uds=tuple(polls), groups=groups)


def _stated(identifier: Identifier) -> Identifier:
    return replace(
        identifier,
        fields=tuple(f for f in identifier.fields if f.evidence is not Evidence.COMPUTED),
        pages=tuple(p for p in identifier.pages if p.evidence is not Evidence.COMPUTED),
    )


def _unit(raw: Mapping[str, Any]) -> Unit:
    return Unit(tx=raw["tx"], rx=raw["rx"], target=raw.get("target"))


def _polls(raw: Mapping[str, Any], evidence: Evidence) -> list[UdsPoll]:
    """One poll an identifier, or, where the unit takes several `together`, groups of one class."""
    unit, most = _unit(raw), int(raw.get("together", 1))
    by_class: dict[str, list[Identifier]] = {}
    for item in raw.get("identifiers", ()):
        by_class.setdefault(item.get("class", "slow"), []).append(_identifier(item, evidence))
    out = []
    for period, listed in by_class.items():
        for group in _groups(listed, most):
            out.append(UdsPoll(unit=unit, identifiers=group, period_s=PERIODS_S[period]))
    return out


def _groups(listed: list[Identifier], most: int) -> Iterator[tuple[Identifier, ...]]:
    joint = [i for i in listed if most > 1 and i.length is not None and i.service == 0x22]
    yield from ((i,) for i in listed if i not in joint)
    yield from (tuple(joint[at : at + most]) for at in range(0, len(joint), most))


def _identifier(raw: Mapping[str, Any], evidence: Evidence) -> Identifier:
    own = Evidence(raw.get("evidence", evidence.value))
    return Identifier(
        did=raw["did"],
        service=raw.get("service", 0x22),
        length=raw.get("length"),
        fields=tuple(_field(f, own) for f in raw.get("fields", ())),
        pages=tuple(_page(page, own) for page in raw.get("cells", ())),
    )


def _field(raw: Mapping[str, Any], evidence: Evidence) -> Field:
    return Field(**_known(raw, evidence))


def _page(raw: Mapping[str, Any], evidence: Evidence) -> CellPage:
    return CellPage(**_known({"signal": "cell_voltage_v", "sentinels": (0,), **raw}, evidence))


def _known(raw: Mapping[str, Any], evidence: Evidence) -> Mapping[str, Any]:
    """The entry with its names looked up: signal, sentinels, evidence."""
    entry = dict(raw)
    name = entry.pop("signal")
    if name not in BY_NAME:
        raise ValueError(f"signal {name!r} is not in the catalogue")
    return entry | {
        "signal": BY_NAME[name],
        "sentinels": frozenset(entry.get("sentinels", ())),
        "evidence": Evidence(entry.get("evidence", evidence.value)),
    }
