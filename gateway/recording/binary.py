"""Binary recordings: Vector BLF by python-can, ASAM MDF 4 by asammdf (the extra `mf4`)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import can
import numpy as np

from gateway.errors import RecordingWrong
from gateway.recording.block import CLASSIC, LONGEST, ROWS, Block, Kind, Row

_FRAMES = {"CAN_DataFrame": Kind.DATA, "CAN_RemoteFrame": Kind.REMOTE, "CAN_ErrorFrame": Kind.ERROR}
"""Names of the bus logging groups (ASAM MDF 4.1, bus logging) that hold frames."""


_TORN = (can.CanError, ValueError, OSError, IndexError, TypeError, struct.error, zlib.error)
"""What python-can's reader raises where a file is torn."""


def blf(path: Path) -> Iterator[Row]:
    """Frames of a BLF file."""
    try:
        with can.BLFReader(str(path)) as reader:
            for message in reader:
                yield _row(message)
    except _TORN as error:
        raise RecordingWrong(f"{path.name} breaks off: {error}; what came before counts") from error


def _row(message: can.Message) -> Row:
    kind = Kind.FD if message.is_fd else Kind.DATA
    if message.is_remote_frame:
        kind = Kind.REMOTE
    if message.is_error_frame:
        return message.timestamp, 0, False, Kind.ERROR, ""
    data = "" if kind is Kind.REMOTE else bytes(message.data).hex()
    return message.timestamp, message.arbitration_id, message.is_extended_id, kind, data


def mf4(path: Path) -> Iterator[Block]:
    """Frames of an MF4 file with bus logging. RecordingWrong where the extra is not installed."""
    try:
        from asammdf import MDF
    except ImportError as error:
        raise RecordingWrong(
            f"{path.name}: MF4 needs asammdf; pip install 'vigil-cars[mf4]'"
        ) from error
    try:
        with MDF(str(path)) as recording:
            for group, kind in _groups(recording):
                yield from _frames(recording, group, kind)
    except RecordingWrong:
        raise
    except Exception as error:  # asammdf raises whatever its parts raise on a broken file
        raise RecordingWrong(f"{path.name} cannot be read as MF4: {error}") from error


def _groups(recording: object) -> Iterator[tuple[int, Kind]]:
    for number, group in enumerate(recording.groups):  # type: ignore[attr-defined]
        names = {c.name.partition(".")[0] for c in group.channels}
        kind = next((k for name, k in _FRAMES.items() if name in names), None)
        if kind is not None and group.channel_group.cycles_nr:
            yield number, kind


def _frames(recording: object, group: int, kind: Kind) -> Iterator[Block]:
    total = recording.groups[group].channel_group.cycles_nr  # type: ignore[attr-defined]
    prefix = next(n for n, k in _FRAMES.items() if k is kind)
    names = {c.name for c in recording.groups[group].channels}  # type: ignore[attr-defined]
    for first in range(0, total, ROWS):
        count = min(ROWS, total - first)

        def column(name: str, first: int = first, count: int = count) -> np.ndarray | None:
            if name not in names:
                return None
            part = {"record_offset": first, "record_count": count}
            ticks = name != "Timestamp"  # its raw numbers are nanoseconds, not seconds
            found = recording.get(name, group=group, raw=ticks, samples_only=True, **part)  # type: ignore[attr-defined]
            return np.asarray(found[0])

        yield _mf4_block(column, prefix, kind, count)


def _mf4_block(column, prefix: str, kind: Kind, count: int) -> Block:  # type: ignore[no-untyped-def]
    zeros = np.zeros(count, dtype=np.uint8)

    def of(part: str) -> np.ndarray:
        found = column(f"{prefix}.{part}")
        return zeros if found is None else found

    t, ids = column("Timestamp"), of("ID").astype(np.uint32)
    lengths = of("DataLength").astype(np.uint8)
    data = column(f"{prefix}.DataBytes") if kind is Kind.DATA else None
    width = CLASSIC if lengths.max(initial=0) <= CLASSIC else LONGEST
    packed = np.zeros((count, width), dtype=np.uint8)
    if data is not None and data.ndim == 2:
        packed[:, : data.shape[1]] = data[:, :width]
    packed[np.arange(width) >= lengths[:, None]] = 0
    kinds = np.full(count, kind, dtype=np.uint8)
    if kind is Kind.DATA:
        kinds[of("EDL").astype(bool)] = Kind.FD
    else:
        lengths = zeros
    return Block(
        t=np.asarray(t if t is not None else zeros, dtype=np.float64),
        id=ids & np.uint32(0x1FFFFFFF),
        extended=of("IDE").astype(bool),
        kind=kinds,
        length=lengths,
        data=packed,
    )
