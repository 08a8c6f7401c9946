"""VINs of a CSV made known: every row is checked before the first one is entered.

    vin,powertrain,make,model,model_year,cells_in_series,rated_capacity_ah,centre,zone
    LTESTVN00S0000001,bev,Maker,Model,2025,96,150,centre-1,Asia/Shanghai

Only `vin` is needed; powertrain is bev where it is empty. The file is UTF-8 or GB 18030.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from domain.identity import new_vehicle_id
from domain.vehicle import Powertrain, Vehicle
from store.db.pool import Pool
from store.people.identity import Registry
from store.people.terminals import Terminals

_VIN = re.compile(r"[A-Z0-9]{17}\Z")
CENTRE = "centre-1"
COLUMNS = (
    "vin",
    "powertrain",
    "make",
    "model",
    "model_year",
    "cells_in_series",
    "rated_capacity_ah",
    "centre",
    "zone",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One vehicle to enrol."""

    vin: str
    powertrain: Powertrain
    make: str
    model: str
    model_year: int | None
    cells_in_series: int | None
    rated_capacity_ah: float | None
    centre: str
    zone: str


def read(file: Path) -> list[Row]:
    """The rows of a CSV; BadInput names line, column, value and remedy."""
    try:
        content = file.read_bytes()
    except OSError as problem:
        raise BadInput("FILE", str(file), "cannot be read", remedy="name a CSV") from problem
    table = csv.DictReader(io.StringIO(_text(content)))
    names = [name.strip().lower() for name in table.fieldnames or ()]
    if "vin" not in names:
        raise BadInput("FILE", str(file), "has no column vin", remedy=f"use {', '.join(COLUMNS)}")
    if strange := set(names) - set(COLUMNS):
        raise BadInput(
            "FILE", ", ".join(sorted(strange)), "is no column", remedy=f"use {', '.join(COLUMNS)}"
        )
    rows = [
        _row(number, dict(zip(names, _cells(line), strict=False)))
        for number, line in enumerate(table, 2)
    ]
    _refuse_twins(rows)
    return rows


def _cells(line: dict[str | Any, str | Any]) -> list[str]:
    return [str(value or "").strip() for value in line.values()]


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


def _refuse_twins(rows: list[Row]) -> None:
    vins: set[str] = set()
    for number, row in enumerate(rows, 2):
        if row.vin in vins:
            raise BadInput(f"line {number}, vin", row.vin, "stands twice", remedy="keep one row")
        vins.add(row.vin)


def _row(number: int, cells: dict[str, str]) -> Row:
    vin = cells["vin"].upper()
    if not _VIN.match(vin):
        raise BadInput(
            f"line {number}, vin", vin, "is no VIN", remedy="write 17 letters and digits"
        )
    return Row(
        vin=vin,
        powertrain=_powertrain(number, cells.get("powertrain", "")),
        make=cells.get("make", ""),
        model=cells.get("model", ""),
        model_year=_whole(number, "model_year", cells),
        cells_in_series=_whole(number, "cells_in_series", cells),
        rated_capacity_ah=_number(number, "rated_capacity_ah", cells),
        centre=cells.get("centre") or CENTRE,
        zone=cells.get("zone") or "Asia/Shanghai",
    )


def _powertrain(number: int, word: str) -> Powertrain:
    try:
        return Powertrain(word.lower() or "bev")
    except ValueError:
        known = ", ".join(Powertrain)
        raise BadInput(
            f"line {number}, powertrain", word, "is not known", remedy=f"use one of {known}"
        ) from None


def _number(number: int, name: str, cells: dict[str, str]) -> float | None:
    word = cells.get(name, "")
    try:
        return float(word) if word else None
    except ValueError:
        raise BadInput(
            f"line {number}, {name}", word, "is no number", remedy="write digits, or leave it empty"
        ) from None


def _whole(number: int, name: str, cells: dict[str, str]) -> int | None:
    found = _number(number, name, cells)
    return None if found is None else round(found)


def enrol(pool: Pool, tenant: str, rows: list[Row], since: datetime) -> dict[str, object]:
    """Enter the rows; how many are new and how many were known. As vigil_worker."""
    registry, terminals = Registry(pool), Terminals(pool)
    tenant_id = registry.add_tenant(tenant)
    centres = {name: registry.add_centre(tenant_id, name) for name in {r.centre for r in rows}}
    done = [
        terminals.enrol(row.vin, _vehicle(row, tenant_id, centres[row.centre]), since)
        for row in rows
    ]
    new = sum(one.new for one in done)
    return {"rows": len(rows), "enrolled": new, "known": len(done) - new}


def _vehicle(row: Row, tenant_id: int, centre_id: int) -> Vehicle:
    """Its id is drawn at random, never made from the VIN."""
    return Vehicle(
        id=new_vehicle_id(),
        tenant_id=tenant_id,
        centre_id=centre_id,
        powertrain=row.powertrain,
        make=row.make,
        model=row.model,
        model_year=row.model_year,
        zone=row.zone,
        cells_in_series=row.cells_in_series,
        rated_capacity_ah=row.rated_capacity_ah,
    )
