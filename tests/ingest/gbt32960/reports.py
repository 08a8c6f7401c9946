"""Reports as a terminal builds them, from values in the standard's units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from firmware_contracts.gbt32960 import beijing, edition_2016, edition_2025
from firmware_contracts.gbt32960.build import build
from firmware_contracts.gbt32960.frame import Command, Edition, Frame
from firmware_contracts.gbt32960.report import Item, Report

VIN = "LTESTVN00S0000001"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DRIVING: Mapping[str, Any] = {
    "vehicle_state": 1,
    "charging_state": 3,
    "drive_mode": 1,
    "speed_kmh": 50.0,
    "odometer_km": 12345.6,
    "voltage_v": 350.0,
    "current_a": 20.5,
    "soc_pct": 80,
    "dcdc": 1,
    "gear": 0x0E,
    "insulation_kohm": 5000,
    "accelerator_pct": 30,
    "brake_pct": 0,
}


def item(kind: int, given: Mapping[str, Any], edition: Edition = Edition.E2016) -> Item:
    types = edition_2016.TYPES if edition is Edition.E2016 else edition_2025.TYPES
    return Item(type=kind, body=build(types[kind], given))


def vehicle(**changes: Any) -> Item:
    return item(0x01, {**DRIVING, **changes})


def alarm(level: int | None, flags: int = 0) -> Item:
    return item(0x07, {"level": level, "flags": flags})


def cells(*volts: float | None, first: int = 1, total: int | None = None, number: int = 1) -> Item:
    page = {
        "number": number,
        "voltage_v": 350.0,
        "current_a": 20.5,
        "cells": total or len(volts),
        "first_cell": first,
        "voltages": volts,
    }
    return item(0x08, {"subsystems": [page]})


def report(at: datetime, *items: Item) -> Report:
    return Report(clock=beijing.from_utc(at), items=items)


def frame(
    unit: Report | bytes,
    command: int = Command.REPORT,
    vin: str = VIN,
    edition: Edition = Edition.E2016,
) -> Frame:
    data = unit if isinstance(unit, bytes) else unit.encode()
    return Frame(edition=edition, command=command, vin=vin.encode(), data=data)


def login(at: datetime = NOW, vin: str = VIN, edition: Edition = Edition.E2016) -> Frame:
    data = beijing.from_utc(at) + b"\0\1" + b"8" * 20 + b"\0\0"
    if edition is Edition.E2025:
        data = data[:-1]
    return frame(data, Command.LOGIN, vin, edition)


def logout(at: datetime = NOW, vin: str = VIN) -> Frame:
    return frame(beijing.from_utc(at) + b"\0\1", Command.LOGOUT, vin)


def platform_login(user: str, password: str, at: datetime = NOW) -> Frame:
    data = beijing.from_utc(at) + b"\0\1" + user.encode().ljust(12, b"\0")
    return frame(data + password.encode().ljust(20, b"\0") + b"\1", Command.PLATFORM_LOGIN)


def drive(start: datetime, seconds: Iterable[int], vin: str = VIN) -> list[Frame]:
    """One report a second: the odometer tells them apart."""
    return [
        frame(report(start + timedelta(seconds=s), vehicle(odometer_km=1000 + s / 10)), vin=vin)
        for s in seconds
    ]
