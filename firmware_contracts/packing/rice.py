"""Rice coding of all residuals of a batch in one vector: numpy touches bits, Python none.

A residual becomes v = zigzag(residual); its column has a parameter k in 0..14:

    remainder   the low k bits of v, most significant first   all values, one after the other
    quotient    min(v >> k, 20) zeros, then a one             then all quotients
    escape      where the quotient is 20, v itself, in `escapes`

Parameter 15 marks a column whose residuals are all zero: it has no bits at all. The encoder
chooses for each column the parameter of the fewest bits (an escape counts 48), the lower of equals.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from firmware_contracts.errors import TooLarge, Unreadable
from firmware_contracts.telemetry import Int64, UInt8

UInt64 = npt.NDArray[np.uint64]
CONSTANT = 15
"""The parameter that says: every residual is zero."""
CAP = 20
"""Ones of a quotient before it is written in full."""
ESCAPE_BITS = 48
"""What an escaped residual costs beside the bits, as a rough mean, for choosing a parameter."""
MAX_VALUES = 4 << 20
"""Values of one payload: 131,072 rows of 32 signals; a reader makes no larger arrays."""
MAX_BITS_BYTES = 2 << 20
"""Packed bits of one payload: with MAX_VALUES the bound on a reader's work."""
_NIBBLE = {f"{k:x}": k for k in range(16)}
_ONE = np.uint64(1)
_KS = np.arange(CONSTANT, dtype=np.uint64)[:, None]


def zigzag(values: Int64) -> UInt64:
    """0, -1, 1, -2 ... -> 0, 1, 2, 3 ..."""
    return ((values << 1) ^ (values >> 63)).view(np.uint64)


def unzigzag(values: UInt64) -> Int64:
    """Inverse of zigzag."""
    return (values >> _ONE).view(np.int64) ^ -(values & _ONE).view(np.int64)


class Writer:
    """Collects residuals section by section; columns are neighbours in the vector."""

    def __init__(self) -> None:
        self._values: list[UInt64] = []
        self._counts: list[Int64] = []

    def add(self, residuals: Int64, counts: Int64) -> None:
        """Append columns: `counts[j]` residuals each. A column of zeros is left out by itself."""
        self._values.append(zigzag(residuals))
        self._counts.append(counts)

    def finish(self) -> tuple[bytes, bytes, list[int]]:
        """parameters, bits, escapes."""
        if not self._values:
            return b"", b"", []
        values, counts = np.concatenate(self._values), np.concatenate(self._counts)
        parameters = choose(values, counts)
        kept = np.repeat(parameters != CONSTANT, counts)
        bits, escapes = pack(values[kept], np.repeat(parameters, counts)[kept])
        return _nibbles(parameters), bits, escapes


def costs(values: UInt64, counts: Int64) -> Int64:
    """Bits of each column under each parameter: [15, columns]."""
    quotients = values[None, :] >> _KS
    bits = np.minimum(quotients, CAP) + (quotients >= CAP) * np.uint64(ESCAPE_BITS)
    sums = np.zeros((CONSTANT, counts.size), np.int64)
    filled = np.flatnonzero(counts)
    if filled.size:
        starts = (np.cumsum(counts) - counts)[filled]
        sums[:, filled] = np.add.reduceat(bits.astype(np.int64), starts, axis=1)
    return sums + counts * (1 + _KS.astype(np.int64))


def choose(values: UInt64, counts: Int64) -> UInt8:
    """The cheapest parameter of every column, CONSTANT for columns without any bit set."""
    best: UInt8 = np.argmin(costs(values, counts), axis=0).astype(np.uint8)
    ends = np.cumsum(counts)
    nonzero = np.concatenate(([0], np.cumsum(values != 0)))
    best[nonzero[ends] == nonzero[ends - counts]] = CONSTANT
    return best


def pack(values: UInt64, ks: UInt8) -> tuple[bytes, list[int]]:
    """Bits and escapes of values with one parameter each."""
    widths = ks.astype(np.int64)
    quotients = values >> ks.astype(np.uint64)
    escaped = quotients >= CAP
    ones = np.cumsum(np.minimum(quotients, CAP).astype(np.int64) + 1)
    ends = np.cumsum(widths)
    total = int(ends[-1]) if ends.size else 0
    bits = np.zeros(total + (int(ones[-1]) if ones.size else 0), np.uint8)
    shifts = np.repeat(ends, widths) - 1 - np.arange(total)
    bits[:total] = (np.repeat(values, widths) >> shifts.astype(np.uint64)) & np.uint64(1)
    bits[total + ones - 1] = 1
    return np.packbits(bits).tobytes(), values[escaped].tolist()


class Reader:
    """Gives back what Writer took: first the sizes of every section, then the residuals."""

    def __init__(self, parameters: bytes, bits: bytes, escapes: Sequence[int]) -> None:
        if len(bits) > MAX_BITS_BYTES:
            raise TooLarge(f"residual bits: {len(bits)} bytes, at most {MAX_BITS_BYTES}")
        self._parameters = parameters
        self._bits, self._escapes = bits, escapes
        self._next = self._taken = self._marked = self._total = 0
        self._ks: list[int] = []
        self._counts: list[int] = []
        self._values: Int64 | None = None

    def expect(self, counts: Sequence[int]) -> list[int]:
        """Announce the next columns, `counts[j]` residuals each; returns how many of them are on
        the wire: none for a constant column."""
        ks = self._nibbles(len(counts))
        sizes = [0 if k == CONSTANT else count for k, count in zip(ks, counts, strict=True)]
        self._total += sum(sizes)
        if self._total > MAX_VALUES:
            raise TooLarge(f"more than {MAX_VALUES} values in one batch")
        self._ks += ks
        self._counts += sizes
        return sizes

    def _nibbles(self, count: int) -> list[int]:
        first, last = self._next, self._next + count
        if last > 2 * len(self._parameters):
            raise Unreadable(f"{last} columns announced, {2 * len(self._parameters)} parameters")
        self._next = last
        words = self._parameters.hex()[first:last]
        return [_NIBBLE[word] for word in words]

    def take(self, count: int) -> Int64:
        """The next residuals, in the order announced."""
        if self._values is None:
            self._values = self._decode()
        self._taken += count
        return self._values[self._taken - count : self._taken]

    @property
    def announced(self) -> int:
        """Residuals on the wire, of all sections."""
        return self._total

    @property
    def bits(self) -> bytes:
        """Remainders and quotients."""
        return self._bits

    @property
    def escaped(self) -> bool:
        """True where a residual is too large for its code."""
        return len(self._escapes) > 0

    @property
    def decoded(self) -> bool:
        """True where the residuals are at hand, or there are none."""
        return self._values is not None or not self._total

    def widths(self) -> Int64:
        """Remainder bits of every residual."""
        return np.repeat(np.frombuffer(bytes(self._ks), np.uint8), self._counts).astype(np.int64)

    def adopt(self, values: Int64) -> None:
        """Residuals that were decoded together with those of other messages."""
        self._values = values

    def mark(self) -> None:
        """Remember how far was read, for `rewind`."""
        self._marked = self._taken

    def rewind(self) -> None:
        """Back to the mark."""
        self._taken = self._marked

    def _decode(self) -> Int64:
        if not self._total:
            return np.zeros(0, np.int64)
        return unzigzag(unpack(self._bits, self.widths(), self._escapes))


def unpack(data: bytes, widths: Int64, escapes: Sequence[int]) -> UInt64:
    """Values of `pack`; raises Unreadable where bits and counts disagree."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    ends = widths.cumsum()
    total = int(ends[-1])
    ones = bits[total:].nonzero()[0]
    if ones.size != widths.size:
        raise Unreadable(f"{widths.size} residuals announced, {ones.size} found")
    quotients = ones.copy()
    quotients[1:] -= ones[:-1] + 1
    values = quotients << widths
    if total:
        shifts = np.repeat(ends - 1, widths) - np.arange(total)
        weighted = bits[:total] << shifts
        wide = widths.nonzero()[0]
        values[wide] += np.add.reduceat(weighted, (ends - widths)[wide])
    return _with_escapes(values.view(np.uint64), quotients, escapes)


def _with_escapes(values: UInt64, quotients: Int64, escapes: Sequence[int]) -> UInt64:
    top = int(quotients.max())
    if top < CAP and not len(escapes):
        return values
    escaped = quotients == CAP
    if top > CAP or int(escaped.sum()) != len(escapes):
        raise Unreadable("escapes and quotients disagree")
    values[escaped] = np.array(escapes, np.uint64)
    return values


def _nibbles(parameters: UInt8) -> bytes:
    even = np.append(parameters, np.zeros(parameters.size % 2, np.uint8))
    return (even[::2] << 4 | even[1::2]).astype(np.uint8).tobytes()
