"""Text logs of CAN tools, line by line: candump -l, Vector ASC, PEAK TRC.

A reader yields a row for everything that is a frame; headers, comments and remarks are none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from gateway.recording.block import MALFORMED, Kind, Row

ERROR_FLAG = 0x20000000
"""socketcan marks an error frame in the id."""
_CANDUMP = re.compile(
    r"\s*\((\d+(?:\.\d+)?)\)\s+\S+\s+([0-9A-Fa-f]{1,8})#(?:(R)[0-9]?|(#)[0-9A-Fa-f]|)"
    r"([0-9A-Fa-f. ]*?)(?:\s+[RT])?\s*\Z"
)
_LIKE_CANDUMP = re.compile(r"\s*\(\d+(?:\.\d+)?\)\s+\S+\s+\S+#")
_STANDARD_DIGITS = 3
"""Hex digits of an 11-bit id in a candump log."""


def candump(lines: Iterable[str]) -> Iterator[Row]:
    """`(1436509052.249713) can0 044#2A366C2BBA`, `##` + flags for CAN FD, `R` for remote."""
    match, like = _CANDUMP.match, _LIKE_CANDUMP.match
    for line in lines:
        found = match(line)
        if found is None:
            if like(line):
                yield MALFORMED
            continue
        t, word, remote, fd, data = found.groups()
        can_id = int(word, 16)
        data = data.replace(".", "").replace(" ", "") if not data.isalnum() else data
        if can_id & ERROR_FLAG and len(word) > _STANDARD_DIGITS:
            yield float(t), can_id & 0x1FFFFFFF, True, Kind.ERROR, ""
        elif len(data) % 2:
            yield MALFORMED
        else:
            kind = Kind.REMOTE if remote else Kind.FD if fd else Kind.DATA
            yield float(t), can_id, len(word) > _STANDARD_DIGITS, kind, data


def asc(lines: Iterable[str]) -> Iterator[Row]:
    """`0.0005 1  18EBFF00x  Rx  d 8 01 02 ...`, CANFD lines, ErrorFrame, `r` for remote."""
    base = 16
    for line in lines:
        parts = line.split()
        if len(parts) < 3 or not parts[0][0].isdigit():
            if parts[:1] == ["base"] and len(parts) > 1:
                base = 10 if parts[1] == "dec" else 16
            continue
        try:
            row = _asc_row(parts, base)
        except (ValueError, IndexError):
            row = MALFORMED
        if row is not None:
            yield row


def _asc_row(parts: list[str], base: int) -> Row | None:
    t, where = float(parts[0]), parts[1]
    if "ErrorFrame" in parts[2:5]:
        return t, 0, False, Kind.ERROR, ""
    if where == "CANFD":
        return _asc_fd(t, parts, base)
    if not where.isdigit() or len(parts) < 5 or parts[3] not in ("Rx", "Tx", "TxRq"):
        return None  # statistics, events, remarks: times too, but no frames
    can_id, extended = _asc_id(parts[2], base)
    if parts[4].lower() == "r":
        return t, can_id, extended, Kind.REMOTE, ""
    count = min(int(parts[5], 16), 8)
    return t, can_id, extended, Kind.DATA, _bytes(parts[6 : 6 + count], count, base)


def _asc_fd(t: float, parts: list[str], base: int) -> Row:
    """t CANFD channel dir id [name] brs esi dlc length data..."""
    can_id, extended = _asc_id(parts[4], base)
    at = 5 if parts[5] in ("0", "1") else 6
    count = int(parts[at + 3])
    return t, can_id, extended, Kind.FD, _bytes(parts[at + 4 : at + 4 + count], count, base)


def _asc_id(word: str, base: int) -> tuple[int, bool]:
    return (int(word[:-1], base), True) if word[-1] in "xX" else (int(word, base), False)


def _bytes(words: list[str], count: int, base: int) -> str:
    if base == 10:
        words = [f"{int(word):02X}" for word in words]
    text = "".join(words)
    if len(text) != 2 * count or count > 64:
        raise ValueError(f"{count} bytes are announced")
    bytes.fromhex(text)
    return text


_TRC_COLUMNS = {
    "1.0": "N,O,I,L,D",
    "1.1": "N,O,d,I,L,D",
    "1.2": "N,O,B,d,I,L,D",
    "1.3": "N,O,B,d,I,R,L,D",
    "2.0": "N,O,T,I,d,L,D",
}
_TRC_KINDS = {
    "DT": Kind.DATA,
    "FD": Kind.FD,
    "FB": Kind.FD,
    "FE": Kind.FD,
    "BI": Kind.FD,
    "RR": Kind.REMOTE,
    "ER": Kind.ERROR,
}
_TRC_ERRORS = ("Error", "Warng")


def trc(lines: Iterable[str]) -> Iterator[Row]:
    """PEAK's trace, versions 1.0 to 2.1; times in ms."""
    columns = _TRC_COLUMNS["1.0"].split(",")
    for line in lines:
        if line.lstrip().startswith(";"):
            columns = _trc_columns(line.strip(), columns)
            continue
        parts = line.split()
        if len(parts) < 4:
            continue
        try:
            row = _trc_row(dict(zip(columns, parts, strict=False)), parts[len(columns) - 1 :])
        except (ValueError, KeyError):
            row = MALFORMED
        if row is not None:
            yield row


def _trc_columns(remark: str, before: list[str]) -> list[str]:
    if remark.startswith(";$FILEVERSION="):
        version = remark.partition("=")[2].strip()
        return _TRC_COLUMNS.get(version, ",".join(before)).split(",")
    if remark.startswith(";$COLUMNS="):
        return remark.partition("=")[2].strip().split(",")
    return before


def _trc_row(cell: dict[str, str], data: list[str]) -> Row | None:
    t = float(cell["O"]) / 1000
    kind = _TRC_KINDS.get(cell.get("T", "DT"))
    if kind is None:
        return None  # status and event lines
    if kind is Kind.ERROR or cell.get("d") in _TRC_ERRORS:
        return t, 0, False, Kind.ERROR, ""
    can_id, extended = int(cell["I"], 16), len(cell["I"]) > 4
    count = int(cell["L"] if "L" in cell else cell["l"])
    if kind is Kind.REMOTE or data[:1] == ["RTR"]:
        return t, can_id, extended, Kind.REMOTE, ""
    return t, can_id, extended, kind, _bytes(data[:count], count, 16)


LOGS: dict[str, Callable[[Iterable[str]], Iterator[Row]]] = {
    "candump": candump,
    "asc": asc,
    "trc": trc,
}
