"""What a file expects of a frame, held against what was decoded, under the file's own names.

    {"speed_kmh": 12.2}          a number: the same step of the field
    {"vmax_mv": 4063}            the same in thousandths
    {"gear_raw": 30}             the number on the wire; {"key_len": 16} the length of bytes
    {"soc": null}                no value; "invalid" or "abnormal": for that reason
    {"all": "invalid..."}        every field that the standard can call invalid is so
    {"level": 3}                 without its group: the one information that has such a field;
                                 {"alarm_level": 3} with it

A name that we do not know counts as a difference: it was not checked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime

from firmware_contracts.gbt32960 import beijing
from firmware_contracts.gbt32960.field import Null
from vigil.trials.gbt_names import meant
from vigil.trials.gbt_view import Leaf, Node

_LESS_THAN_HALF = 0.49
"""Half a step rounds either way; below it both sides must agree."""
_ON_THE_WIRE = ("_raw", "_len", "_length")
_NULLS = (Null.INVALID, Null.ABNORMAL)


def differences(expected: Mapping[str, object], node: Node, at: str = "") -> list[str]:
    """Paths of what differs or cannot be found."""
    found: list[str] = []
    for name, wanted in expected.items():
        path = f"{at}{name}"
        if name == "all":
            found += [] if _all_null(node, str(wanted)) else [path]
        else:
            found += _named(wanted, node, name, path)
    return found


def _named(wanted: object, node: Node, name: str, path: str) -> list[str]:
    if name.endswith("_mv") and isinstance(wanted, float | int):
        name, wanted = name.removesuffix("_mv"), wanted / 1000
    places = list(_places(node, name))
    if not places:
        return [path]
    tries = [_differs(wanted, place, path, raw=_base(name) != name) for place in places]
    return min(tries, key=len)


def _base(name: str) -> str:
    for ending in _ON_THE_WIRE:
        name = name.removesuffix(ending)
    return name


def _places(node: Node, name: str) -> Iterator[Leaf | Node]:
    """Everything that this name may mean here: fields of the node, then of what it holds."""
    base = _base(name)
    own = [child for key, child in node.children.items() if _is(node.kind, key, base)]
    own += [node] if node.items and base in ("list", "packs", "items", "subsystems") else []
    if own:
        yield from own
        return
    if len(node.items) == 1 or (node.items and node.kind == "alarm"):
        yield from _places(node.items[0], name)
    elif node.kind == "frame":
        yield from _inside(node, name)


def _inside(frame: Node, name: str) -> Iterator[Leaf | Node]:
    """A name without its group, or with the group's name before it (sig_type, pos_lon)."""
    for key, child in frame.children.items():
        if not isinstance(child, Node):
            continue
        yield from _places(child, name)
        for cut in (i for i, letter in enumerate(name) if letter == "_"):
            if _is("frame", key, name[:cut]):
                yield from _places(child, name[cut + 1 :])


def _is(kind: str, key: str, name: str) -> bool:
    unit, _, field = key.rpartition(".")
    if kind == "custom":
        return key in (name.lower(), f"0x{name.lower()}")
    kinds = (unit or kind, "signature") if unit == "activation" else (unit or kind,)
    return key == name or any(field in meant(one, name) for one in kinds)


def _differs(wanted: object, place: Leaf | Node, path: str, *, raw: bool) -> list[str]:
    if isinstance(place, Leaf):
        return [] if _equal(wanted, place, raw=raw) else [path]
    if isinstance(wanted, Mapping):
        return differences(wanted, place, f"{path}.")
    if isinstance(wanted, str):
        return [] if _all_null(place, wanted) else [path]
    if isinstance(wanted, list):
        return _listed(wanted, place, path)
    count = place.children.get("count")
    return [] if isinstance(count, Leaf) and _equal(wanted, count, raw=False) else [path]


def _listed(wanted: list[object], place: Node, path: str) -> list[str]:
    items = place.items or (place,)
    if wanted and not isinstance(wanted[0], Mapping):
        values = place.children.get("values")
        return [] if isinstance(values, Leaf) and _equal(wanted, values, raw=False) else [path]
    if len(wanted) != len(items):
        return [path]
    found: list[str] = []
    for number, (one, item) in enumerate(zip(wanted, items, strict=True)):
        found += _differs(one, item, f"{path}[{number}]", raw=False)
    return found


def _equal(wanted: object, leaf: Leaf, *, raw: bool) -> bool:
    if raw:
        return wanted == leaf.raw or (isinstance(wanted, str) and _hex(wanted) == leaf.raw)
    if wanted is None:
        return leaf.value is None
    if leaf.value is None:
        return _is_null(wanted, leaf)
    return any(_same(wanted, value, leaf.step) for value in (leaf.value, *leaf.also))


def _is_null(wanted: object, leaf: Leaf) -> bool:
    """A null is expected by its reason, or as the number that stands for it on the wire."""
    if isinstance(wanted, str):
        return leaf.null is not None and wanted.lower().startswith(leaf.null.value)
    if not isinstance(wanted, float | int):
        return False
    if leaf.null is Null.OUT_OF_RANGE:
        return _same(wanted, leaf.number, leaf.step)
    return leaf.raw is not None and leaf.raw == leaf.number == wanted


def _same(wanted: object, value: object, step: float) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted == value
    if isinstance(wanted, float | int) and isinstance(value, float | int):
        slack = step * _LESS_THAN_HALF if step < 1 else 1e-9
        return math.isclose(wanted, value, rel_tol=1e-12, abs_tol=slack)
    if isinstance(wanted, list) and isinstance(value, tuple | list):
        pairs = zip(wanted, value, strict=False)
        return len(wanted) == len(value) and all(_same(w, v, step) for w, v in pairs)
    if isinstance(wanted, str):
        return _text_same(wanted, value)
    return wanted == value


def _text_same(wanted: str, value: object) -> bool:
    if value is None:
        return wanted.lower().startswith((*(null.value for null in _NULLS), "null"))
    if isinstance(value, int) and _hex(wanted) == value:
        return True
    text = str(value)
    if wanted.strip().lower() == text.lower():
        return True
    moments = _moment(wanted), _moment(text)
    return None not in moments and moments[0] == moments[1]


def _hex(text: str) -> int | None:
    try:
        return int(text, 16) if text.lower().startswith("0x") else None
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    """An ISO time; without a zone it is the standard's own, Beijing."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=beijing.BEIJING)


def _all_null(node: Node, wanted: str) -> bool:
    """Every field of the information that has a code for it is null for this reason."""
    reasons = [null for null in _NULLS if wanted.lower().startswith(null.value)]
    leaves = list(_coded(node))
    return bool(reasons and leaves) and all(leaf.null in reasons for leaf in leaves)


def _coded(node: Node) -> Iterator[Leaf]:
    for child in (*node.children.values(), *node.items):
        if isinstance(child, Node) and child.kind == "signature":
            continue
        if isinstance(child, Node):
            yield from _coded(child)
        elif child.coded:
            yield child
