"""Candidates of an OBDb signal set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway.decode import addressing
from gateway.imports.candidate import Bits, Candidate, Skipped
from gateway.signalset.commands import Command, SetSignal, load
from gateway.signalset.format import Format


def candidates(path: Path, year: int | None = None) -> Iterator[Candidate | Skipped]:
    """Fields of every command that is for a model year. ValueError where it is no signal set."""
    for command in load(path):
        if not command.years.match(year):
            continue
        where = _units(command)
        for signal in command.signals:
            if command.service == 0x01:
                yield Skipped(name=signal.id, reason="legislated: the OBD part asks for it")
            elif where is None:
                yield Skipped(name=signal.id, reason=f"header {command.header}: no unit to ask")
            else:
                yield _candidate(command, signal, *where)


def _units(command: Command) -> tuple[int, int] | None:
    """Ids of request and answer; None for questions to all and headers of other buses."""
    header, answer = command.header, command.answer
    if len(header) == 3:
        tx = int(header, 16)
        if tx == addressing.FUNCTIONAL:
            return None
        return tx, int(answer, 16) if answer else tx + 8
    if len(header) == 4 and header.startswith("DA"):
        unit = int(answer or header[2:], 16) & 0xFF
        return 0x18DA00F1 | int(header[2:], 16) << 8, 0x18DAF100 | unit
    return None


def _candidate(command: Command, signal: SetSignal, tx: int, rx: int) -> Candidate | Skipped:
    fmt = signal.format
    bits = bits_of(fmt)
    if fmt.words:
        return Skipped(name=signal.id, reason="words, not a number")
    if bits is None:
        return Skipped(name=signal.id, reason=f"{fmt.bits} bits at {fmt.bix}: not a plain number")
    return Candidate(
        name=signal.id,
        title=signal.name,
        tx=tx,
        rx=rx,
        target=command.target,
        service=command.service,
        did=command.parameter,
        bits=bits,
        unit=fmt.unit,
        metric=signal.metric,
        period_s=command.period_s,
        low=fmt.low if fmt.high > fmt.low else None,
        high=fmt.high if fmt.high > fmt.low else None,
        sentinels=_sentinels(fmt),
    )


def bits_of(fmt: Format) -> Bits | None:
    """The same place in our terms; None where bytes are turned round inside a byte."""
    first, end = fmt.bix // 8, fmt.bix + fmt.bits
    last = (end - 1) // 8
    size = last - first + 1
    aligned = fmt.bix % 8 == 0 and fmt.bits % 8 == 0
    if size > 8 or (fmt.little and fmt.bits > 8 and not aligned):
        return None
    scale = fmt.mul / fmt.div
    return Bits(
        start=first,
        size=size,
        scale=scale,
        offset=fmt.add * scale if fmt.add_first else fmt.add,
        signed=fmt.signed,
        little=fmt.little and fmt.bits > 8,
        shift=0 if aligned else 8 * (last + 1) - end,
        width=None if aligned else fmt.bits,
    )


def _sentinels(fmt: Format) -> tuple[int, ...]:
    """Raw numbers at the null bounds."""
    out = []
    for bound in (fmt.null_low, fmt.null_high):
        if bound is not None:
            out.append(round((bound - fmt.add) * fmt.div / fmt.mul))
    low, high = fmt.raw_ends
    return tuple(raw for raw in out if low <= raw <= high)
