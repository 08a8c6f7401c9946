"""One transaction's batches as columns: rows, their values, and a digest per row.

batches --lay_out--> Rows            all ticks of all batches, one under the other
                     .vehicle .source .utc_ms .received_ms .origin .batch   int64 [n]
                     .real  Grid float32   .wide  Grid float64              [n, k]
                     .cells .probes  Parts   .rare  Triples                 point into rows
                     .digest int64 [n]     equal content of a row = equal digest
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from domain.policy import LIVE_FOR
from domain.readings import Accepted
from firmware_contracts.signal import Reason
from firmware_contracts.telemetry import Block, Int16, Int64, Origin, Packed, UInt8
from store.db.schema import COLUMN_IDS, POSITION_IDS, REAL_IDS

Bool = npt.NDArray[np.bool_]
UInt64 = npt.NDArray[np.uint64]
KNOWN_IDS = COLUMN_IDS | POSITION_IDS
IMPORT_AGE_MS = LIVE_FOR // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Signals side by side over all rows; `null` where there is no valid value."""

    ids: tuple[int, ...]
    values: npt.NDArray[np.floating]
    reasons: UInt8
    null: Bool

    def take(self, rows: npt.NDArray[np.generic]) -> Grid:
        """The same signals for some rows."""
        return Grid(
            ids=self.ids, values=self.values[rows], reasons=self.reasons[rows], null=self.null[rows]
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """Cells or probes of one batch: `rows` int64 [m] point into the transaction's rows."""

    rows: Int64
    values: Int16
    reasons: UInt8
    first: int

    @property
    def null(self) -> Bool:
        """Where there is no valid reading."""
        found: Bool = self.reasons != Reason.VALID
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Triples:
    """Values of signals without a column."""

    rows: Int64
    signals: Int64
    values: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """All ticks of a transaction; see the drawing above."""

    tenant: Int64
    vehicle: Int64
    source: Int64
    utc_ms: Int64
    received_us: Int64
    origin: Int64
    batch: Int64
    real: Grid
    wide: Grid
    cells: tuple[Parts, ...]
    probes: tuple[Parts, ...]
    rare: Triples
    digest: Int64

    @property
    def count(self) -> int:
        """Number of ticks, waiting ones included."""
        return int(self.utc_ms.shape[0])

    @property
    def aged_import(self) -> Bool:
        """Rows of history that go to the import tables."""
        old = self.utc_ms < self.received_us // 1000 - IMPORT_AGE_MS
        found: Bool = old & (self.origin == Origin.IMPORT)
        return found


def lay_out(batches: Sequence[Accepted]) -> Rows:
    """All rows of the batches in the order given."""
    sizes = np.array([a.batch.rows for a in batches], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]

    def spread(values: Sequence[int]) -> Int64:
        return np.repeat(np.array(values, dtype=np.int64), sizes)

    real = _grid(batches, starts, int(sizes.sum()), np.float32, REAL_IDS)
    wide = _grid(batches, starts, int(sizes.sum()), np.float64, KNOWN_IDS - REAL_IDS)
    cells = tuple(_parts((a.batch.cells for a in batches), starts))
    probes = tuple(_parts((a.batch.probes for a in batches), starts))
    rare = _rare(batches, starts)
    return Rows(
        tenant=spread([a.tenant_id for a in batches]),
        vehicle=_concat([a.vehicle_ids for a in batches]),
        source=spread([a.device_id for a in batches]),
        utc_ms=_concat([a.utc_ms for a in batches]),
        received_us=spread([unix_us(a.received_at) for a in batches]),
        origin=spread([int(a.batch.origin) for a in batches]),
        batch=np.repeat(np.arange(len(batches), dtype=np.int64), sizes),
        real=real,
        wide=wide,
        cells=cells,
        probes=probes,
        rare=rare,
        digest=_digest(int(sizes.sum()), (real, wide), cells, probes, rare),
    )


def unix_us(moment: datetime) -> int:
    """µs since 1970 of an aware time, without the rounding of a float."""
    return round(moment.timestamp() * 1_000_000)


def _concat(arrays: Sequence[Int64]) -> Int64:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.int64)


def _grid(
    batches: Sequence[Accepted],
    starts: Int64,
    count: int,
    kind: type[np.floating],
    members: frozenset[int],
) -> Grid:
    """Blocks of all batches over the union of their signals that are `members`."""
    blocks = [(start, b) for start, a in zip(starts, batches, strict=True) for b in _blocks(a)]
    ids = tuple(sorted({s for _, b in blocks for s in b.signals if s in members}))
    values = np.full((count, len(ids)), np.nan, dtype=kind)
    reasons = np.full((count, len(ids)), Reason.ABSENT, dtype=np.uint8)
    for where, same in _alike(blocks, ids):
        source, target = _places(same[0].signals, ids)
        cells = (where[:, None], np.array(target))
        values[cells] = np.concatenate([b.values for b in same])[:, source]
        reasons[cells] = np.concatenate([b.reasons for b in same])[:, source]
    null = np.isnan(values) | (reasons != Reason.VALID)
    values += 0.0  # turns -0.0 into 0.0: they are equal
    return Grid(ids=ids, values=values, reasons=reasons, null=null)


def _alike(
    blocks: Sequence[tuple[int, Block]], ids: tuple[int, ...]
) -> Iterator[tuple[Int64, list[Block]]]:
    """Blocks with the same signals, and all their rows: few of them in a fleet of one kind."""
    by_signals: dict[tuple[int, ...], list[tuple[int, Block]]] = {}
    for start, block in blocks:
        by_signals.setdefault(block.signals, []).append((start, block))
    for signals, same in by_signals.items():
        if _places(signals, ids)[0]:
            sizes = np.array([b.values.shape[0] for _, b in same])
            first = np.array([start for start, _ in same], dtype=np.int64)
            offset = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            yield np.repeat(first, sizes) + offset, [b for _, b in same]


def _blocks(accepted: Accepted) -> tuple[Block, Block]:
    return accepted.batch.real, accepted.batch.wide


@lru_cache(maxsize=4096)
def _places(signals: tuple[int, ...], ids: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """Columns of a block that belong into a grid, and where there."""
    where = {signal: column for column, signal in enumerate(ids)}
    pairs = [(i, where[s]) for i, s in enumerate(signals) if s in where]
    return [i for i, _ in pairs], [j for _, j in pairs]


def _parts(packs: Iterator[Packed | None], starts: Int64) -> Iterator[Parts]:
    for start, pack in zip(starts, packs, strict=True):
        if pack is not None and pack.rows.shape[0]:
            yield Parts(
                rows=pack.rows.astype(np.int64) + start,
                values=pack.values,
                reasons=pack.reasons,
                first=pack.first,
            )


def _rare(batches: Sequence[Accepted], starts: Int64) -> Triples:
    """Unknown ids: the sparse triples, and columns of blocks that have no place in the row."""
    found: list[Triples] = []
    for start, accepted in zip(starts, batches, strict=True):
        sparse = accepted.batch.sparse
        if sparse is not None and sparse.rows.shape[0]:
            found.append(
                Triples(
                    rows=sparse.rows.astype(np.int64) + start,
                    signals=sparse.signals.astype(np.int64),
                    values=sparse.values.astype(np.float64),
                )
            )
        found += [t for block in _blocks(accepted) for t in _strangers(block, int(start))]
    return Triples(
        rows=_concat([t.rows for t in found]),
        signals=_concat([t.signals for t in found]),
        values=np.concatenate([t.values for t in found]) if found else np.zeros(0),
    )


def _strangers(block: Block, start: int) -> Iterator[Triples]:
    for column, signal in enumerate(block.signals):
        if signal not in KNOWN_IDS:
            rows = np.flatnonzero(block.reasons[:, column] == Reason.VALID)
            yield Triples(
                rows=rows.astype(np.int64) + start,
                signals=np.full(rows.shape, signal, dtype=np.int64),
                values=block.values[rows, column].astype(np.float64),
            )


def _digest(
    count: int,
    grids: Sequence[Grid],
    cells: Sequence[Parts],
    probes: Sequence[Parts],
    rare: Triples,
) -> Int64:
    """64-bit hash of each row's content, the same whatever the order or block of its signals.

    Values and reasons of nulls count; silence does not. Mixing: SplitMix64's finaliser (Steele,
    Lea, Flood 2014), summed over the readings.
    """
    total = np.zeros(count, dtype=np.uint64)
    for grid in grids:
        if grid.ids:
            total += _grid_digest(grid)
    for salt, packs in ((1 << 40, cells), (2 << 40, probes)):
        for pack in packs:
            np.add.at(total, pack.rows, _pack_digest(pack, salt))
    bits = np.ascontiguousarray(rare.values + 0.0).view(np.uint64)
    np.add.at(total, rare.rows, _mix(bits ^ _mix(rare.signals.astype(np.uint64))))
    return total.view(np.int64)


def _grid_digest(grid: Grid) -> UInt64:
    word = np.uint32 if grid.values.dtype == np.float32 else np.uint64
    bits = np.ascontiguousarray(grid.values).view(word).astype(np.uint64)
    salt = _mix(np.array(grid.ids, dtype=np.uint64))
    bits = np.where(grid.null, grid.reasons.astype(np.uint64) << np.uint64(56), bits)
    mixed = _mix(bits ^ salt)
    silent = grid.null & (grid.reasons == Reason.ABSENT)
    mixed[silent] = 0
    total: UInt64 = mixed.sum(axis=1, dtype=np.uint64)
    return total


def _pack_digest(pack: Parts, salt: int) -> UInt64:
    parts = np.arange(pack.values.shape[1], dtype=np.uint64) + np.uint64(salt + pack.first)
    bits = np.where(pack.null, pack.reasons.astype(np.int64) << 32, pack.values.astype(np.int64))
    total: UInt64 = _mix(bits.view(np.uint64) ^ _mix(parts)).sum(axis=1, dtype=np.uint64)
    return total


def _mix(x: UInt64) -> UInt64:
    with np.errstate(over="ignore"):
        x = (x + np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))
