"""Recorded GB/T 32960 frames, decoded, encoded again and held against what their file expects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from firmware_contracts.gbt32960.errors import Encrypted, ProtocolError
from firmware_contracts.gbt32960.frame import Frame, decode_frame
from firmware_contracts.gbt32960.message import decode
from vigil.trials.gbt_compare import differences
from vigil.trials.gbt_names import printed
from vigil.trials.gbt_view import GROUP, Leaf, Node, header, view

LISTS = frozenset({"motors", "stacks"})
"""Information that is a list of equal bodies and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one frame. `differs` names expected fields that are otherwise, `fields` are
    the decoded ones; `problem` says why a frame could not be read."""

    name: str
    parsed: bool
    reencoded: bool
    differs: list[str] | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def trial(file: Path) -> Mapping[str, Any]:
    """Every frame of the file; BadInput where it is no file of frames."""
    verdicts = [_verdict(number, entry) for number, entry in enumerate(_entries(file))]
    expected = [v for v in verdicts if v.differs is not None]
    return {
        "frames": len(verdicts),
        "parsed": sum(v.parsed for v in verdicts),
        "reencoded": sum(v.reencoded for v in verdicts),
        "expected": len(expected),
        "agree": sum(v.parsed and not v.differs for v in expected),
        "details": [asdict(v) for v in verdicts],
    }


def _entries(file: Path) -> list[Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadInput("FILE", str(file), "cannot be read", remedy="name a JSON file") from problem
    except ValueError as problem:
        raise BadInput("FILE", str(file), f"is no JSON: {problem}") from problem
    found = content.get("frames") if isinstance(content, dict) else content
    if not isinstance(found, list):
        raise BadInput(
            "FILE", str(file), "has no list of frames", remedy='write {"frames": [{"hex": ...}]}'
        )
    return found


def _verdict(number: int, entry: Any) -> Verdict:
    record = entry if isinstance(entry, Mapping) else {"hex": entry}
    name = str(record.get("name", number))
    expected = record.get("expect")
    differs = sorted(expected) if isinstance(expected, Mapping) else None
    try:
        raw = _raw(record.get("hex"))
        frame = decode_frame(raw)
    except (ProtocolError, ValueError) as problem:
        return Verdict(
            name=name, parsed=False, reencoded=False, differs=differs, problem=str(problem)
        )
    return _read(name, raw, frame, expected if isinstance(expected, Mapping) else None)


def _raw(text: Any) -> bytes:
    if not isinstance(text, str):
        raise ValueError("hex is missing, or no text")
    return bytes.fromhex(text.strip().removeprefix("0x").replace(":", ""))


def _read(name: str, raw: bytes, frame: Frame, expected: Mapping[str, Any] | None) -> Verdict:
    problem, encoded = "", frame.encode()
    try:
        message = decode(frame)
        tree, encoded = view(message), message.encode()
    except Encrypted as refusal:
        tree, problem = header(frame), f"{refusal}: only its envelope can be read"
    except ProtocolError as refusal:
        tree, problem = header(frame), str(refusal)
    return Verdict(
        name=name,
        parsed=not problem,
        reencoded=not problem and encoded == raw,
        differs=None if expected is None else differences(expected, tree),
        fields=as_json(tree),
        problem=problem,
    )


def as_json(node: Node) -> Mapping[str, Any]:
    """The tree as nested objects under printed names; a null stands as null."""
    found: dict[str, Any] = {}
    for key, child in node.children.items():
        if key.endswith(GROUP):
            continue
        unit, _, name = key.rpartition(".")
        found[printed(unit or node.kind, name)] = _json(child)
    if len(node.items) > 1:
        found["list"] = [as_json(item) for item in node.items]
    return found


def _json(child: Leaf | Node) -> Any:
    if isinstance(child, Leaf):
        return child.value
    if child.kind in LISTS:
        return [as_json(item) for item in child.items]
    return as_json(child)
