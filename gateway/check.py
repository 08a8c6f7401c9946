"""A look at a car: what is heard, who answers, what the profile reads. Nothing is sent on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from firmware_contracts.signal import Group, Reason
from firmware_contracts.signals import BY_ID
from gateway import profiles
from gateway.agent import broadcast_of, mono_ms
from gateway.bus import Bus, BusSetting
from gateway.errors import ProfileWrong
from gateway.frames import Tick
from gateway.poller import Poller
from gateway.station.station import Station

STEP_S = 0.02


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
        }

    def text(self) -> str:
        """For people."""
        rate = self.frames / max(self.seconds, 0.1)
        lines = [
            f"heard      {self.frames} frames ({rate:.0f}/s) of {len(self.ids)} ids",
            f"asked      {', '.join(f'{k} {v}' for k, v in self.asked.items())}",
            f"VIN        {self.vin or 'not read'}",
            f"codes      {', '.join(self.codes) or 'none'}",
            f"cells      {self.cells}",
        ]
        if not self.frames:
            lines.append(
                "nothing was heard: is the ignition on, the bitrate right, CAN-H/L swapped?"
            )
        for name, value in sorted(self.signals.items()):
            lines.append(f"  {name:<28} {value:g} {_unit(name)}")
        lines += [f"  {name:<28} - {why}" for name, why in sorted(self.refused.items())]
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


def _unit(name: str) -> str:
    return next(s.unit for s in BY_ID.values() if s.name == name)


def look(setting: BusSetting, profile_name: str, seconds: float) -> Found:
    """Drive a station for a while. Raises BusFailed or ProfileWrong."""
    try:
        profile = profiles.load(profile_name)
    except ValueError as wrong:
        raise ProfileWrong(str(wrong)) from wrong
    broadcast = broadcast_of(profile, profiles.FOLDER / profile_name)
    station = Station(Poller(profile), broadcast, allowed=frozenset(Group))
    found = Found(profile=profile.name, seconds=seconds)
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
    for tick in station.close().ticks:
        found.take(tick)
    found.frames, found.vin = station.frames, station.poller.vin
    found.asked, found.errors = dict(station.poller.counts), station.errors
    return found
