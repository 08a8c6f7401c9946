"""A look at a car: what is heard, who answers, what the profile reads. Nothing is sent on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from firmware_contracts.signal import Group, Reason
from firmware_contracts.signals import BY_ID
from gateway import profiles
from gateway.agent import broadcast_of, mono_ms
from gateway.bus import Bus, BusSetting
from gateway.decode.addressing import STANDARD_TOP
from gateway.errors import ProfileWrong
from gateway.fit import Fit, rank
from gateway.frames import Tick
from gateway.poller import Poller
from gateway.station.station import Station

STEP_S = 0.02
AUTO, GENERIC = "auto", "obd_petrol"
"""Without a profile the generic one looks, then all that ship are ranked."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What a look found. `signals` maps a catalogue name to its last value."""

    profile: str
    seconds: float
    frames: int = 0
    ids: set[int] = field(default_factory=set)
    vin: str | None = None
    asked: dict[str, int] = field(default_factory=dict)
    errors: int = 0
    signals: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    cells: int = 0
    codes: list[str] = field(default_factory=list)
    units: set[int] = field(default_factory=set)
    refusals: dict[str, str] = field(default_factory=dict)
    unverified: frozenset[str] = frozenset()
    fits: list[Fit] = field(default_factory=list)

    @property
    def addressing(self) -> str:
        """How the car's legislated units answer."""
        if not self.units:
            return "no unit answered"
        return "29 bit" if max(self.units) > STANDARD_TOP else "11 bit"

    @property
    def next_step(self) -> str:
        """What to type next; empty where the profile in use is the best."""
        if not self.fits or self.fits[0].profile == self.profile:
            return ""
        return f"vigil-gateway check --profile {self.fits[0].profile}"

    def shown(self) -> dict[str, object]:
        """For --json; the VIN only as "read or not"."""
        return {
            "profile": self.profile,
            "seconds": round(self.seconds, 1),
            "frames": self.frames,
            "ids": sorted(f"{i:X}" for i in self.ids),
            "vin_read": self.vin is not None,
            "requests": self.asked,
            "errors": self.errors,
            "signals": self.signals,
            "without_value": self.refused,
            "cells": self.cells,
            "codes": self.codes,
            "addressing": self.addressing,
            "units": sorted(f"{i:X}" for i in self.units),
            "refusals": self.refusals,
            "unverified": sorted(self.unverified & self.signals.keys()),
            "fits": [
                {"profile": f.profile, "plausible": f.plausible, "tried": f.tried}
                for f in self.fits
            ],
            "next": self.next_step,
        }

    def text(self) -> str:
        """For people."""
        rate = self.frames / max(self.seconds, 0.1)
        lines = [
            f"heard      {self.frames} frames ({rate:.0f}/s) of {len(self.ids)} ids",
            f"asked      {', '.join(f'{k} {v}' for k, v in self.asked.items())}",
            f"VIN        {masked(self.vin)}",
            f"units      {self.addressing}: {', '.join(f'{i:X}' for i in sorted(self.units))}",
            f"codes      {', '.join(self.codes) or 'none'}",
            f"cells      {self.cells}",
        ]
        if not self.frames:
            lines.append(
                "nothing was heard: is the ignition on, the bitrate right, CAN-H/L swapped?"
            )
        for name, value in sorted(self.signals.items()):
            mark = "  unverified: not sent" if name in self.unverified else ""
            lines.append(f"  {name:<28} {value:g} {_unit(name)}{mark}")
        lines += [f"  {name:<28} - {why}" for name, why in sorted(self.refused.items())]
        lines += [f"  {request:<28} no: {why}" for request, why in sorted(self.refusals.items())]
        lines += [
            f"fits       {f.profile:<20} {f.plausible} of {f.tried} fields" for f in self.fits
        ]
        if self.next_step:
            lines.append(f"next       {self.next_step}")
        return "\n".join(lines)

    def take(self, tick: Tick) -> None:
        """Note a row."""
        self.signals |= {BY_ID[no].name: value for no, value in tick.values.items()}
        self.refused |= {
            BY_ID[no].name: Reason(why).name.lower().replace("_", " ")
            for no, why in tick.reasons.items()
        }
        self.refused = {n: w for n, w in self.refused.items() if n not in self.signals}
        self.cells = max(self.cells, len(tick.cells))


def masked(vin: str | None) -> str:
    """Maker and model year of a VIN; the rest names a person's car.

    >>> masked("1M8GDM9AXKP042788")
    '1M8******K*******'
    """
    return f"{vin[:3]}******{vin[9]}*******" if vin else "not read"


def _unit(name: str) -> str:
    return next(s.unit for s in BY_ID.values() if s.name == name)


def look(setting: BusSetting, profile_name: str, seconds: float) -> Found:
    """Drive a station for a while. Raises BusFailed or ProfileWrong."""
    auto = profile_name == AUTO
    try:
        profile = profiles.load(GENERIC if auto else profile_name, unverified=True)
    except ValueError as wrong:
        raise ProfileWrong(str(wrong)) from wrong
    broadcast = broadcast_of(profile, profiles.FOLDER / profile_name)
    station = Station(Poller(profile), broadcast, allowed=frozenset(Group))
    found = Found(profile=profile.name, seconds=seconds, unverified=profile.unverified)
    end = time.monotonic() + seconds
    with Bus(setting, mono_ms) as bus:
        while time.monotonic() < end:
            frame = bus.read(STEP_S)
            outputs = [station.pass_time(mono_ms())]
            if frame is not None:
                found.ids.add(frame.id)
                outputs.append(station.take_frame(frame))
            for output in outputs:
                for send in output.sends:
                    bus.send(send.id, send.data)
                for tick in output.ticks:
                    found.take(tick)
                found.codes += [event.code for event in output.events if event.code]
        found.fits = rank(bus, found.ids) if auto and found.ids else []
    for tick in station.close().ticks:
        found.take(tick)
    found.frames, found.vin = station.frames, station.poller.vin
    found.asked, found.errors = dict(station.poller.counts), station.errors
    found.units = set(station.poller.announced)
    found.refusals = dict(station.poller.refusals)
    return found
