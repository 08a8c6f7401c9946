"""What the columns of a recording mean: a YAML file, read strictly.

    value = sign * (raw * scale + offset)        in the unit of the catalogue's signal

Built-in mappings are in vigil/replay/mappings; anything else is a path to a file of the user's own.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from domain.errors import BadInput
from domain.vehicle import Powertrain
from firmware_contracts.signals import BY_NAME, PACKED

PARTS = ("cells", "probes")


class Section(BaseModel):
    """One part of the file: frozen, and an unknown key is an error that names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Way(Section):
    """One way to turn raw numbers into values."""

    name: str = "as declared"
    scale: float = Field(default=1.0, gt=0)
    offset: float = 0.0
    sign: Literal[1, -1] = 1
    fillers: tuple[float, ...] = ()
    doubtful: tuple[float, ...] = ()


class Dialect(Section):
    """What another source of the kind does otherwise; what is left out stays as declared."""

    name: str
    scale: float | None = Field(default=None, gt=0)
    offset: float | None = None
    sign: Literal[1, -1] | None = None
    fillers: tuple[float, ...] | None = None
    doubtful: tuple[float, ...] | None = None


class Reading(Section):
    """How a column, or each column of a pack, is turned."""

    unit: str = ""
    scale: float = Field(default=1.0, gt=0)
    offset: float = 0.0
    sign: Literal[1, -1] = 1
    fillers: tuple[float, ...] = ()
    doubtful: tuple[float, ...] = ()
    dialects: tuple[Dialect, ...] = ()

    @property
    def ways(self) -> tuple[Way, ...]:
        """The declared way first, then the dialects."""
        declared = self.model_dump(include={"scale", "offset", "sign", "fillers", "doubtful"})
        others = (Way(**{**declared, **d.model_dump(exclude_none=True)}) for d in self.dialects)
        return (Way(**declared), *others)


class ColumnMap(Reading):
    """One column of one signal. `values` maps raw codes; codes not listed become null."""

    column: str
    aliases: tuple[str, ...] = ()
    signal: str
    values: dict[int, int] | None = None

    @field_validator("signal")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in BY_NAME or BY_NAME[name].id in PACKED:
            raise ValueError("is not a scalar signal of the catalogue")
        return name


class PackMap(Reading):
    """Numbered columns, one per cell or probe; `{n}` stands for the number, from 1.

    Where no header fits `pattern`, the first of `aliases` that fits any is meant.
    """

    pattern: str
    aliases: tuple[str, ...] = ()

    @field_validator("pattern", "aliases")
    @classmethod
    def _numbered(cls, said: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if any(p.count("{n}") != 1 for p in ((said,) if isinstance(said, str) else said)):
            raise ValueError("needs {n} exactly once")
        return said

    @property
    def patterns(self) -> tuple[str, ...]:
        """The pattern and its aliases, in the order in which they are tried."""
        return (self.pattern, *self.aliases)


class TimeMap(Section):
    """The time column. Without `zone`, times that name none are refused."""

    column: str
    aliases: tuple[str, ...] = ()
    zone: str | None = None

    @field_validator("zone")
    @classmethod
    def _exists(cls, zone: str | None) -> str | None:
        try:
            return None if zone is None else ZoneInfo(zone).key
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{zone!r} is no time zone of the IANA table") from None


class Alarms(Section):
    """Rows of `signal` at `from_level` or above become an event with start and end."""

    signal: str
    from_level: int = Field(default=3, ge=1)


class Check(Section):
    """One cross-check; `chooses` lets it pick the dialect under which it holds."""

    check: Literal["maximum", "mean", "total", "median", "direction", "distance"]
    of: str
    against: str = ""
    tolerance: float = 0.0
    between: tuple[float, float] | None = None
    chooses: str | None = None


class Mapping(Section):
    """A whole file."""

    version: Literal[1]
    name: str
    powertrain: Powertrain
    time: TimeMap
    columns: tuple[ColumnMap, ...]
    cells: PackMap | None = None
    probes: PackMap | None = None
    witnesses: tuple[str, ...] = ()
    alarms: Alarms | None = None
    checks: tuple[Check, ...] = ()

    @field_validator("columns")
    @classmethod
    def _once(cls, columns: tuple[ColumnMap, ...]) -> tuple[ColumnMap, ...]:
        names = [column.signal for column in columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names a signal twice: {', '.join(twice)}")
        return columns

    @cached_property
    def digest(self) -> bytes:
        """16 bytes over the meaning of the file; comments and layout do not count."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).digest()

    @property
    def part_names(self) -> dict[str, str]:
        """How the source writes numbered parts, as `Vehicle.part_names` wants it."""
        packs = {"cell": self.cells, "probe": self.probes}
        return {kind: pack.pattern for kind, pack in packs.items() if pack is not None}


def built_in() -> tuple[str, ...]:
    """Names that `load` knows without a path."""
    found = (Path(entry.name) for entry in files("vigil.replay.mappings").iterdir())
    return tuple(sorted(path.stem for path in found if path.suffix == ".yaml"))


def load(name: str) -> Mapping:
    """A built-in mapping or a file; BadInput names the place, what is wrong and the remedy."""
    if name in built_in():
        text = files("vigil.replay.mappings").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    elif Path(name).is_file():
        text = Path(name).read_text(encoding="utf-8")
    else:
        raise BadInput(
            "--as",
            name,
            "is neither a built-in mapping nor a file",
            remedy=f"use one of {', '.join(built_in())}, or the path of a mapping file",
        )
    return parse(text, source=name)


def parse(text: str, *, source: str = "mapping") -> Mapping:
    """The mapping in a YAML text."""
    try:
        return Mapping.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as problem:
        raise BadInput(source, "", f"is not YAML: {problem}", remedy="correct it") from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"{source}: {place}",
            first["input"],
            first["msg"],
            remedy="compare it with vigil/replay/mappings/tbox.yaml",
        ) from problem
