"""Which shipped profiles fit a car: their identifiers are asked once, and what comes is judged.

Only reading requests are sent, one at a time. A profile fits by the fields that came out
plausible, not by an answer alone: many makers use the same ids.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from firmware_contracts import allowlist
from gateway import profiles
from gateway.bus import Bus
from gateway.decode import isotp, uds
from gateway.profiles import Profile, Unit

GAP_S, ANSWER_S, PENDING_S = 0.05, 0.3, 3.0
PER_UNIT = 3
"""Identifiers of one unit that are tried: enough to tell makers apart."""
_OWN = "demo_"
Asked = dict[tuple[Unit, bytes], bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a profile fits: fields that came out plausible of those that were tried."""

    profile: str
    plausible: int
    tried: int

    @property
    def share(self) -> float:
        """0 to 1; 0 where nothing could be tried."""
        return self.plausible / self.tried if self.tried else 0.0


def rank(bus: Bus, heard: Iterable[int]) -> list[Fit]:
    """Profiles that read anything, the best first."""
    ids = set(heard)
    known: Asked = {}
    found = []
    for name in profiles.names():
        if not name.startswith(_OWN):
            profile = profiles.load(name, unverified=True)
            found.append(_fit(profile, ids, lambda unit, request: _ask(bus, unit, request, known)))
    return sorted((f for f in found if f.plausible), key=lambda f: (-f.plausible, -f.share))


def _fit(profile: Profile, ids: set[int], ask: Callable[[Unit, bytes], bytes | None]) -> Fit:
    plausible = tried = 0
    for unit, identifiers in _first(profile).items():
        for identifier in identifiers:
            tried += len(identifier.fields) + len(identifier.pages)
            pdu = ask(unit, identifier.request)
            samples = identifier.read(pdu, 0) if pdu else []
            scalar = {s.signal for s in samples if s.value is not None}
            plausible += len(scalar)
    expected = _broadcast_ids(profile) | {pgn << 8 for pgn in profile.groups}
    tried += len(expected)
    plausible += len(expected & (ids | {i & 0x3FFFF00 for i in ids if i > 0x7FF}))
    return Fit(profile=profile.name, plausible=plausible, tried=tried)


def _first(profile: Profile) -> dict[Unit, list[uds.Identifier]]:
    """The first identifiers of every unit."""
    out: dict[Unit, list[uds.Identifier]] = {}
    for poll in profile.uds:
        listed = out.setdefault(poll.unit, [])
        listed += poll.identifiers[: max(0, PER_UNIT - len(listed))]
    return out


def _broadcast_ids(profile: Profile) -> set[int]:
    if profile.dbc is None:
        return set()
    from gateway.recording.survey import load_dbc

    database = load_dbc(profiles.FOLDER / Path(profile.dbc).name)
    return {m.frame_id for m in database.messages}


def _ask(bus: Bus, unit: Unit, request: bytes, known: Asked) -> bytes | None:
    """One request, asked once however many profiles want it; None for silence and a no."""
    key = (unit, request)
    if key not in known:
        allowlist.check(request)
        time.sleep(GAP_S)
        bus.send(unit.tx, isotp.single(request, unit.target))
        known[key] = _answer(bus, unit)
    return known[key]


def _answer(bus: Bus, unit: Unit) -> bytes | None:
    assembler = isotp.Assembler(address_bytes=int(unit.target is not None))
    begun = time.monotonic()
    end = begun + ANSWER_S
    while time.monotonic() < end:
        frame = bus.read(0.01)
        if frame is None or frame.id != unit.rx:
            continue
        heard = assembler.feed(frame.data, frame.t_ms)
        if heard.wants_flow_control:
            bus.send(unit.tx, isotp.flow_control(unit.target))
        if assembler.busy:
            end = max(end, time.monotonic() + isotp.N_CR_MS / 1000)
        if heard.pdu is None:
            continue
        verdict = uds.refusal(heard.pdu)
        if verdict is None:
            return heard.pdu
        if verdict is not uds.Refusal.WAIT:
            return None
        end = begun + PENDING_S
    return None
