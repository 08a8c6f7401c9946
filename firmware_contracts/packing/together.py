"""Many messages decoded as one: residuals in one pass, dense blocks of one layout as one cube.

Exactly what each message's own readers give (`rice.unpack`, `dense.DenseReader.columns`,
`dense.to_blocks`), only for the usual message. What is odd or wrong is left alone here, and its own
reader tells; so nothing a sender writes changes what his neighbours' messages say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from firmware_contracts.errors import ContractError
from firmware_contracts.packing.dense import Columns, DenseReader
from firmware_contracts.packing.layout import Layout, layout
from firmware_contracts.packing.rice import CAP, Reader, UInt64, unzigzag
from firmware_contracts.signals import BY_ID, PACKED
from firmware_contracts.telemetry import Block, Int64

MOST_VALUES = 1 << 14
"""A larger message gains nothing from company."""
MOST_TOGETHER = 1 << 18
"""Values decoded at once: some 20 MB of arrays."""


def decode_residuals(readers: Sequence[Reader]) -> None:
    """Give each usual reader its residuals, so that it need not decode them itself."""
    usual = [r for r in readers if r.announced and r.announced <= MOST_VALUES and not r.escaped]
    for part in _parts(usual):
        for reader, values in zip(part, _decode(part), strict=True):
            if values is not None:
                reader.adopt(values)


def _parts(readers: Sequence[Reader]) -> Iterator[list[Reader]]:
    part: list[Reader] = []
    size = 0
    for reader in readers:
        weight = reader.announced + len(reader.bits)
        if part and size + weight > MOST_TOGETHER:
            yield part
            part, size = [], 0
        part.append(reader)
        size += weight
    if part:
        yield part


def _decode(readers: Sequence[Reader]) -> list[Int64 | None]:
    """Residuals by reader, None where bits and counts disagree or a value escaped."""
    counts = np.array([r.announced for r in readers], np.int64)
    widths = np.concatenate([r.widths() for r in readers])
    starts = 8 * _before(np.array([len(r.bits) for r in readers], np.int64))
    firsts = _before(counts)
    sizes = np.add.reduceat(widths, firsts)
    bits = np.unpackbits(np.frombuffer(b"".join(r.bits for r in readers), np.uint8))
    total = int(sizes.sum())
    at = np.arange(total) + np.repeat(starts - _before(sizes), sizes)
    if starts.size and (at >= bits.size).any():
        return [None] * len(readers)
    remainders = bits[at]
    bits[at] = 0
    ones = bits.nonzero()[0]
    found = np.diff(np.append(np.searchsorted(ones, starts), ones.size))
    if (found != counts).any():
        return [None] * len(readers)
    before = np.empty_like(ones)
    before[1:] = ones[:-1]
    before[firsts] = starts + sizes - 1
    quotients = ones - before - 1
    values = unzigzag(_values(widths, quotients, remainders))
    ends = firsts + counts
    fine = np.maximum.reduceat(quotients, firsts) < CAP
    fine &= np.minimum.reduceat(quotients, firsts) >= 0
    return [
        values[a:b] if good else None
        for a, b, good in zip(firsts.tolist(), ends.tolist(), fine.tolist(), strict=True)
    ]


def _values(widths: Int64, quotients: Int64, remainders: np.ndarray) -> UInt64:
    """Quotients and remainder bits as numbers."""
    values = quotients << widths
    if remainders.size:
        ends = widths.cumsum()
        shifts = np.repeat(ends - 1, widths) - np.arange(remainders.size)
        wide = widths.nonzero()[0]
        values[wide] += np.add.reduceat(remainders << shifts, (ends - widths)[wide])
    return values.view(np.uint64)


def _before(counts: Int64) -> Int64:
    """What lies before each: 0, n0, n0 + n1 ..."""
    return np.asarray(np.cumsum(counts) - counts, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dense:
    """One message's dense block: integers as written, and as values."""

    columns: Columns
    real: Block
    wide: Block


def read_dense(
    blocks: Sequence[tuple[DenseReader, Reader]],
) -> list[Dense | None]:
    """The dense block of each message whose layout is known and in which no reading is null and
    none out of range; None for the others, of which nothing was read."""
    found: list[Dense | None] = [None] * len(blocks)
    alike: defaultdict[tuple[tuple[int, ...], int], list[int]] = defaultdict(list)
    for number, (block, rice) in enumerate(blocks):
        if block.complete and rice.decoded and block.signals and _known(block.signals):
            alike[block.signals, block.rows].append(number)
    for (signals, rows), numbers in alike.items():
        if len(numbers) > 1 and rows:
            cube = np.zeros((len(numbers), len(signals), rows), np.int64)
            read = [n for n, raw in zip(numbers, cube, strict=True) if _fill(*blocks[n], raw)]
            if len(read) == len(numbers):
                _share(found, numbers, layout(signals), cube)
    for number, one in enumerate(found):
        if one is None:
            blocks[number][1].rewind()
    return found


def _known(signals: tuple[int, ...]) -> bool:
    return all(signal in BY_ID and signal not in PACKED for signal in signals)


def _fill(block: DenseReader, rice: Reader, raw: Int64) -> bool:
    """The message's integers into its place; False where its own reader must tell what is wrong."""
    try:
        block.into(raw, rice)
    except (ContractError, ValueError):
        return False
    return True


def _share(found: list[Dense | None], numbers: Sequence[int], lay: Layout, cube: Int64) -> None:
    """Blocks of all messages as views of arrays that they share."""
    if ((cube < lay.low) | (cube > lay.high)).any():
        return
    values = lay.values(cube)
    real = np.ascontiguousarray(values[:, lay.real].transpose(0, 2, 1), np.float32)
    wide = np.ascontiguousarray(values[:, lay.wide].transpose(0, 2, 1))
    why_real, why_wide = np.zeros(real.shape, np.uint8), np.zeros(wide.shape, np.uint8)
    for n, number in enumerate(numbers):
        found[number] = Dense(
            columns=Columns(signals=lay.signals, raw=cube[n], reasons=None),
            real=Block(signals=lay.real_ids, values=real[n], reasons=why_real[n]),
            wide=Block(signals=lay.wide_ids, values=wide[n], reasons=why_wide[n]),
        )
