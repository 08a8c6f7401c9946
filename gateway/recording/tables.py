"""Frames in tables: csv of python-can, SavvyCAN and loggers, and plain text that people paste.

Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,...     SavvyCAN: microseconds
timestamp,arbitration_id,extended,remote,...     python-can: data in base64
TimestampEpoch;BusChannel;ID;IDE;...;DataBytes   loggers
can0  123   [8]  01 02 03 04 05 06 07 08         terminal windows and PuTTY logs
0.125  0x18FEF100  8  FF 00 ...                  whatever else shows id, length and bytes
7E8 03 41 0D 32                                  diagnostic adapters: no length
"""

from __future__ import annotations

import base64
import binascii
import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from gateway.recording.block import MALFORMED, Kind, Row
from gateway.signalset.capture import frame as printed_frame

_NAMES = {
    "t": ("timestamp", "time stamp", "time", "timestampepoch", "time_s", "t"),
    "id": ("arbitration_id", "id", "can_id", "canid", "identifier", "arbitration id"),
    "extended": ("extended", "ide", "is_extended", "is_extended_id", "ext"),
    "remote": ("remote", "rtr", "is_remote_frame"),
    "error": ("error", "is_error_frame"),
    "fd": ("edl", "fdf", "fd", "is_fd"),
    "length": ("len", "datalength", "length", "dlc"),
    "data": ("data", "databytes", "data bytes", "payload"),
}
_TRUE = frozenset({"1", "true", "yes"})
_BYTE_COLUMN = re.compile(r"d(?:ata)?_?(\d{1,2})\Z")


def delimiter_of(header: str) -> str:
    """The sign between columns: the one that stands most often in the header."""
    return max(",;\t|", key=header.count)


def table(lines: Iterable[str]) -> Iterator[Row]:
    """A csv with a header line; columns are known by their names."""
    source = iter(lines)
    header = next(source, "")
    delimiter = delimiter_of(header)
    columns = _columns([c.strip().strip('"').lower() for c in header.split(delimiter)])
    micro = "time stamp" in header.lower()  # SavvyCAN counts microseconds
    for cells in csv.reader(source, delimiter=delimiter):
        if not any(cells):
            continue
        try:
            yield _table_row(cells, columns, 1e-6 if micro else 1.0)
        except (ValueError, IndexError, binascii.Error):
            yield MALFORMED


def _columns(names: Sequence[str]) -> dict[str, list[int]]:
    """Column numbers by what they hold; ValueError where ids or data are missing."""
    out: dict[str, list[int]] = {}
    for what, known in _NAMES.items():
        found = [names.index(k) for k in known if k in names]
        out[what] = found[:1]
    numbered = [(int(m[1]), i) for i, n in enumerate(names) if (m := _BYTE_COLUMN.match(n))]
    out["bytes"] = [i for _, i in sorted(numbered)]
    if not out["id"] or not (out["data"] or out["bytes"]):
        raise ValueError(
            f"columns {', '.join(names)}: a table of frames needs an id and data (or d1, d2, ...)"
        )
    return out


def _table_row(cells: list[str], columns: dict[str, list[int]], tick_s: float) -> Row:
    def cell(what: str) -> str:
        return cells[columns[what][0]].strip() if columns[what] else ""

    word = cell("id").lower().removeprefix("0x")
    can_id = int(word, 16)
    said = cell("extended").lower()
    extended = said in _TRUE if said else can_id > 0x7FF or len(word) > 4
    t = float(cell("t") or 0) * tick_s
    if cell("error").lower() in _TRUE:
        return t, can_id, extended, Kind.ERROR, ""
    if cell("remote").lower() in _TRUE:
        return t, can_id, extended, Kind.REMOTE, ""
    data = _data(cells, columns, cell("length"))
    fd = cell("fd").lower() in _TRUE or len(data) > 16
    return t, can_id, extended, Kind.FD if fd else Kind.DATA, data


def _data(cells: list[str], columns: dict[str, list[int]], length: str) -> str:
    if columns["bytes"]:
        count = int(length) if length else len(columns["bytes"])
        words = [cells[i].strip() for i in columns["bytes"][:count]]
        text = "".join(word.removeprefix("0x").zfill(2) for word in words if word)
        if length and len(text) != 2 * count:
            raise ValueError(f"{count} bytes are announced")
    else:
        written = cells[columns["data"][0]].strip()
        text = re.sub(r"0x|[\s,]", "", written)
        if not re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", text) or (
            length and len(text) != 2 * int(length)
        ):
            text = base64.b64decode(written, validate=True).hex()
    if len(text) > 128:
        raise ValueError("more than 64 bytes")
    bytes.fromhex(text)
    return text


_SPLIT = re.compile(r"[\s,;|]+")
_BYTE = re.compile(r"(?:0x)?[0-9A-Fa-f]{2}\Z")
_ID = re.compile(r"(?:0x)?([0-9A-Fa-f]{3,8})([xX]?)\Z|0x([0-9A-Fa-f]{1,2})\Z")
_LENGTH = re.compile(r"(\[)?(\d{1,2})\]?\Z")
_LABEL = re.compile(r"\A[A-Za-z_ ]+[:=]")
_SLCAN = re.compile(r"([tTrR])([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})([0-8])((?:[0-9A-Fa-f]{2})*)\Z")
_TIME = re.compile(r"\(?(\d+\.\d+)\)?\Z")


def plain(lines: Iterable[str]) -> Iterator[Row]:
    """Any text in which lines show an id and bytes; other lines are not frames."""
    for line in lines:
        row = plain_row(line)
        if row is not None:
            yield row


def plain_row(line: str) -> Row | None:
    """The frame of one line; None where it is no frame."""
    text = line.strip()
    short = _SLCAN.match(text)
    if short is not None:
        return _slcan_row(short)
    words = [_LABEL.sub("", w) for w in _SPLIT.split(text)]
    words = [w for w in words if w]
    t = next((float(m[1]) for w in words[:3] if (m := _TIME.match(w))), 0.0)
    if "ERRORFRAME" in text.upper():
        return t, 0, False, Kind.ERROR, ""
    return _with_length(words, t) or _without_length(text, words, t)


def _slcan_row(found: re.Match[str]) -> Row:
    letter, word, length, data = found.groups()
    extended = letter in "TR"
    if extended != (len(word) == 8):
        return MALFORMED
    if letter in "rR":
        return 0.0, int(word, 16), extended, Kind.REMOTE, ""
    if len(data) < 2 * int(length):
        return MALFORMED
    return 0.0, int(word, 16), extended, Kind.DATA, data[: 2 * int(length)]


def _with_length(words: list[str], t: float) -> Row | None:
    """id ... length byte byte ...: the first length that as many bytes follow."""
    for at in range(1, len(words)):
        found = _LENGTH.match(words[at])
        if found is None or (not found[1] and found[2][0] == "0" != found[2]):
            continue  # 08 without brackets is a byte, 8 is a length
        known = next((m for w in words[at - 1 :: -1] if (m := _ID.match(w))), None)
        if known is None:
            continue
        count = int(found[2])
        data = words[at + 1 : at + 1 + count]
        if len(data) == count <= 64 and all(map(_BYTE.match, data)):
            return _plain_row(known, t, "".join(w.removeprefix("0x") for w in data))
        if found[1] and words[at + 1 : at + 2] == ["remote"]:
            return t, *_plain_id(known), Kind.REMOTE, ""
        if found[1]:
            return MALFORMED
    return None


def _without_length(text: str, words: list[str], t: float) -> Row | None:
    """`7E8 03 41 0D 32` and `7E803410D32`: an id of 3 or 8 digits, then bytes to the end."""
    shown = words[1:] if words and _TIME.match(words[0]) else words
    printed = printed_frame("".join(w.removeprefix("0x") for w in shown))
    if printed is None or (len(shown) > 2 and not all(map(_BYTE.match, shown[1:]))):
        return None
    can_id, data = printed
    return t, can_id, can_id > 0x7FF, Kind.FD if len(data) > 8 else Kind.DATA, data.hex()


def _plain_id(found: re.Match[str]) -> tuple[int, bool]:
    word = found[1] or found[3]
    can_id = int(word, 16)
    return can_id, bool(found[2]) or can_id > 0x7FF or len(word) == 8


def _plain_row(found: re.Match[str], t: float, data: str) -> Row:
    can_id, extended = _plain_id(found)
    return t, can_id, extended, Kind.FD if len(data) > 16 else Kind.DATA, data
