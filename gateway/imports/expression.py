"""WiCAN's expressions: sums of bytes of the raw frames, as far as they make one number.

B4            byte 4 of the answer's frames as they came, length bytes and all
[B4:B6]       bytes 4 to 6, big endian
S4, [S4:S5]   the same, signed
B4:3          bit 3 of byte 4
(B5*256+B4)/100 - 40
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from gateway.imports.candidate import Bits

_RANGE = re.compile(r"\[\s*([BS])(\d+)\s*:\s*[BS](\d+)\s*\]")
_BIT = re.compile(r"\bB(\d+):([0-7])\b")
_BYTE = re.compile(r"\b([BS])(\d+)\b")
_MOST = 400
"""Characters of the longest expression that is looked at."""


class NotLinear(ValueError):
    """An expression that is not one number times a factor plus an offset."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """Factors by variable, and a constant."""

    terms: dict[str, float]
    constant: float = 0.0

    def plus(self, other: _Sum, sign: int) -> _Sum:
        terms = dict(self.terms)
        for name, factor in other.terms.items():
            terms[name] = terms.get(name, 0.0) + sign * factor
        return _Sum(terms, self.constant + sign * other.constant)

    def times(self, factor: float) -> _Sum:
        return _Sum({n: f * factor for n, f in self.terms.items()}, self.constant * factor)


def bits(text: str, places: dict[int, int]) -> Bits:
    """Where the number of an expression lies. `places` maps raw byte numbers to places after the
    echo. NotLinear says why it cannot be."""
    if len(text) > _MOST:
        raise NotLinear("too long")
    named = _BIT.sub(r"bit_\1_\2", _RANGE.sub(r"\1_\2_\3", text))
    named = _BYTE.sub(r"\1_\2_\2", named)
    try:
        tree = ast.parse(named.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotLinear("it cannot be read") from error
    found = _sum(tree)
    return _bits(found, places)


def _sum(node: ast.expr) -> _Sum:
    if isinstance(node, ast.Name):
        return _Sum({node.id: 1.0})
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return _Sum({}, float(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _sum(node.operand).times(-1.0)
    if isinstance(node, ast.BinOp):
        return _operation(node.op, _sum(node.left), _sum(node.right))
    raise NotLinear("only + - * / and bytes are understood")


def _operation(operator: ast.operator, left: _Sum, right: _Sum) -> _Sum:
    if isinstance(operator, ast.Add | ast.Sub):
        return left.plus(right, 1 if isinstance(operator, ast.Add) else -1)
    if isinstance(operator, ast.Mult) and not left.terms:
        return right.times(left.constant)
    if isinstance(operator, ast.Mult) and not right.terms:
        return left.times(right.constant)
    if isinstance(operator, ast.Div) and not right.terms and right.constant:
        return left.times(1.0 / right.constant)
    raise NotLinear("a product or quotient of bytes")


def _bits(found: _Sum, places: dict[int, int]) -> Bits:
    parts = [(name.split("_"), factor) for name, factor in found.terms.items()]
    if not parts:
        raise NotLinear("it names no byte")
    if len(parts) == 1:
        return _one(parts[0][0], parts[0][1], found.constant, places)
    if any(kind[0] != "B" or kind[1] != kind[2] for kind, _ in parts):
        raise NotLinear("it mixes ranges")
    ordered = sorted((_place(int(kind[1]), places), factor) for kind, factor in parts)
    starts, factors = [p for p, _ in ordered], [f for _, f in ordered]
    little = abs(factors[0]) < abs(factors[-1])
    scale = factors[0] if little else factors[-1]
    steps = factors if little else factors[::-1]
    whole = all(abs(f - scale * 256**n) < 1e-9 * abs(f) for n, f in enumerate(steps))
    if not whole or starts != list(range(starts[0], starts[0] + len(starts))):
        raise NotLinear("its bytes are not one number")
    return Bits(
        start=starts[0], size=len(starts), scale=scale, offset=found.constant, little=little
    )


def _one(kind: list[str], factor: float, offset: float, places: dict[int, int]) -> Bits:
    if kind[0] == "bit":
        place = _place(int(kind[1]), places)
        return Bits(start=place, size=1, scale=factor, offset=offset, shift=int(kind[2]), width=1)
    if kind[0] not in ("B", "S") or len(kind) != 3:
        raise NotLinear(f"{'_'.join(kind)} is not a byte")
    first, last = _place(int(kind[1]), places), _place(int(kind[2]), places)
    if last < first or last - first >= 8:
        raise NotLinear("its range is upside down or too long")
    return Bits(
        start=first, size=last - first + 1, scale=factor, offset=offset, signed=kind[0] == "S"
    )


def _place(raw: int, places: dict[int, int]) -> int:
    if raw not in places:
        raise NotLinear(f"B{raw} is a length or echo byte")
    return places[raw]
