"""Candidates become a profile: what is known by name goes in, what nobody said is asked for.

Answers are given as NAME=VALUE with the names of the source file:

    map        NAME=signal             which catalogue signal it is
    sign       NAME=charging|discharging|same|turned     which direction is positive there
    range      NAME=low..high          what it can be at all, in our unit
    sentinels  NAME=0,255              raw numbers that mean "no value", or `none`

A field with an open question about its sign is written as `computed`: `check` shows it, marked,
and the agent does not send it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from firmware_contracts.signal import Signal
from firmware_contracts.signals import BY_NAME
from gateway.imports.candidate import Candidate, Skipped
from gateway.imports.meanings import TWO_WAY, conversion, signal_for

_FAST_S, _SLOW_S = 2.0, 30.0
SIGNS = {"charging": 1.0, "same": 1.0, "discharging": -1.0, "turned": -1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the person who imports has said, by name."""

    map: Mapping[str, str] = field(default_factory=dict)
    sign: Mapping[str, str] = field(default_factory=dict)
    range: Mapping[str, str] = field(default_factory=dict)
    sentinels: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Draft:
    """The profile as data, the questions that stay open, and what was left out with its reason."""

    profile: dict[str, Any]
    questions: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def text(self) -> str:
        """The profile file; open questions stand at its top."""
        head = "".join(f"# open: {q}\n" for q in self.questions)
        return head + yaml.safe_dump(self.profile, sort_keys=False, allow_unicode=True, width=100)


def draft(
    name: str,
    powertrain: str,
    found: Iterable[Candidate | Skipped],
    answers: Answers,
    *,
    source: str,
    licence: str,
) -> Draft:
    """Put a profile together. ValueError names an answer that cannot be."""
    head = {"name": name, "powertrain": powertrain, "evidence": "published"}
    out = Draft(profile={**head, "source": source, "licence": licence, "uds": []})
    units: dict[tuple[int, int, int | None], dict[str, Any]] = {}
    for item in found:
        if isinstance(item, Skipped):
            out.skipped.append(item)
            continue
        entry = _entry(item, answers, out)
        if entry is not None:
            _place(units, item, entry)
    out.profile["uds"] = list(units.values())
    return out


def _entry(item: Candidate, answers: Answers, out: Draft) -> dict[str, object] | None:
    meaning = _meaning(item, answers)
    if meaning is None:
        out.skipped.append(Skipped(name=item.name, reason="no signal; say --map NAME=signal"))
        return None
    signal, part = meaning
    converted = conversion(item.unit, signal)
    if converted is None:
        unit = item.unit or "nothing"
        reason = f"its unit is {unit}, {signal.name} wants {signal.unit}"
        out.skipped.append(Skipped(name=item.name, reason=reason))
        return None
    factor, shift = converted
    sign, sure = _sign(item, signal, answers, out)
    entry = _bits(item, signal, part)
    entry |= {
        "scale": item.bits.scale * factor * sign,
        "offset": (item.bits.offset * factor + shift) * sign,
    }
    entry |= _range(item, signal, (factor * sign, shift * sign), answers, out)
    entry |= _sentinels(item, answers, out)
    return entry if sure else entry | {"evidence": "computed"}


def _meaning(item: Candidate, answers: Answers) -> tuple[Signal, int] | None:
    said = answers.map.get(item.name)
    if said is None:
        return signal_for(item.name, item.title, item.metric, item.high)
    name, _, part = said.partition(":")
    if name not in BY_NAME:
        raise ValueError(f"--map {item.name}={said}: {name!r} is not in the catalogue")
    return BY_NAME[name], int(part or 0)


def _bits(item: Candidate, signal: Signal, part: int) -> dict[str, object]:
    bits = item.bits
    optional = {
        "size": (bits.size, 1),
        "signed": (bits.signed, False),
        "little": (bits.little, False),
        "shift": (bits.shift, 0),
        "width": (bits.width, None),
        "part": (part, 0),
    }
    stated = {k: v for k, (v, default) in optional.items() if v != default}
    return {"signal": signal.name, "start": bits.start, **stated}


def _sign(item: Candidate, signal: Signal, answers: Answers, out: Draft) -> tuple[float, bool]:
    if signal.name not in TWO_WAY:
        return 1.0, True
    said = answers.sign.get(item.name)
    if said is None:
        out.questions.append(
            f"sign of {item.name} ({signal.name}): --sign {item.name}=charging|discharging"
        )
        return 1.0, False
    if said not in SIGNS:
        raise ValueError(f"--sign {item.name}={said}: use one of {', '.join(SIGNS)}")
    return SIGNS[said], True


def _range(
    item: Candidate,
    signal: Signal,
    turn: tuple[float, float],
    answers: Answers,
    out: Draft,
) -> dict[str, float]:
    said = answers.range.get(item.name)
    if said is not None:
        low, dots, high = said.partition("..")
        if not dots:
            raise ValueError(f"--range {item.name}={said}: write low..high")
        return {"low": float(low), "high": float(high)}
    if item.low is None or item.high is None:
        out.questions.append(
            f"range of {item.name} ({signal.name}): --range {item.name}=low..high {signal.unit}"
        )
        return {}
    ends = sorted(end * turn[0] + turn[1] for end in (item.low, item.high))
    return {"low": ends[0], "high": ends[1]}


def _sentinels(item: Candidate, answers: Answers, out: Draft) -> dict[str, list[int]]:
    said = answers.sentinels.get(item.name)
    if said is not None:
        listed = [] if said == "none" else [int(n, 0) for n in said.split(",")]
        return {"sentinels": listed}
    if item.sentinels:
        return {"sentinels": list(item.sentinels)}
    out.questions.append(
        f"sentinels of {item.name}: --sentinels {item.name}=0,255 (raw numbers) or none"
    )
    return {}


def _place(
    units: dict[tuple[int, int, int | None], dict[str, Any]], item: Candidate, entry: dict[str, Any]
) -> None:
    unit = units.setdefault((item.tx, item.rx, item.target), _unit(item))
    for known in unit["identifiers"]:
        if (known["did"], known.get("service", 0x22)) == (item.did, item.service):
            known["fields"].append(entry)
            return
    identifier: dict[str, Any] = {"did": item.did, "class": _class(item.period_s)}
    if item.service != 0x22:
        identifier["service"] = item.service
    unit["identifiers"].append(identifier | {"fields": [entry]})


def _unit(item: Candidate) -> dict[str, object]:
    address = {} if item.target is None else {"target": item.target}
    return {"tx": item.tx, "rx": item.rx, **address, "identifiers": []}


def _class(period_s: float) -> str:
    return "fast" if period_s <= _FAST_S else "slow" if period_s <= _SLOW_S else "rare"
