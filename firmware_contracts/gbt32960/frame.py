"""The envelope of both editions.

    0  2        3     4   21          22      24             last
    ## command  flag  VIN encryption  length  data unit      check
    $$ 1 byte   1     17  1           2       length bytes   XOR of bytes 2 .. last - 1

## is the 2016 edition, $$ the 2025 one; numbers are big-endian. Flag 0xFE is a command, anything
else an answer.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import Enum, IntEnum

import numpy as np

from firmware_contracts.gbt32960.errors import BadCheck, BadFrame
from firmware_contracts.gbt32960.layout import plain

HEAD = struct.Struct(">2sBB17sBH")
OVERHEAD = HEAD.size + 1
MOST_DATA = 65_531
"""Largest data unit (table 2)."""


class Edition(Enum):
    """The edition by its start bytes."""

    E2016 = b"##"
    E2025 = b"$$"

    @property
    def year(self) -> int:
        """Year of issue."""
        return int(self.name[1:])


class Command(IntEnum):
    """What a frame is about (tables 3 and B.2); other numbers are reserved or a maker's."""

    LOGIN = 0x01
    REPORT = 0x02
    REISSUE = 0x03
    LOGOUT = 0x04
    PLATFORM_LOGIN = 0x05
    PLATFORM_LOGOUT = 0x06
    HEARTBEAT = 0x07
    TIME_SYNC = 0x08
    ACTIVATION = 0x09  # 2025
    ACTIVATION_REPLY = 0x0A  # 2025
    KEY_EXCHANGE = 0x0B  # 2025
    QUERY = 0x80
    SET = 0x81
    CONTROL = 0x82


class Flag(IntEnum):
    """Answer flag (table 4)."""

    OK = 0x01
    ERROR = 0x02
    VIN_DUPLICATE = 0x03
    VIN_UNKNOWN = 0x04  # 2025
    BAD_SIGNATURE = 0x05  # 2025
    BAD_STRUCTURE = 0x06  # 2025
    BAD_ENCRYPTION = 0x07  # 2025
    COMMAND = 0xFE


class Encryption(IntEnum):
    """How the data unit is encrypted."""

    NONE = 0x01
    RSA = 0x02
    AES = 0x03
    SM2 = 0x04
    SM4 = 0x05
    ABNORMAL = 0xFE
    INVALID = 0xFF


def check_byte(covered: bytes) -> int:
    """The XOR of all bytes."""
    return int(np.bitwise_xor.reduce(np.frombuffer(covered, np.uint8), initial=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame. The VIN shows in no repr: it belongs in no log."""

    edition: Edition
    command: int
    flag: int = Flag.COMMAND
    vin: bytes = field(repr=False)
    encryption: int = Encryption.NONE
    data: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        if len(self.vin) != 17:
            raise ValueError(f"identification of {len(self.vin)} bytes; it has 17")
        if len(self.data) > 0xFFFF:
            raise ValueError(f"data unit of {len(self.data)} bytes; at most {MOST_DATA}")

    @property
    def is_command(self) -> bool:
        """True where an answer may be expected."""
        return self.flag == Flag.COMMAND

    @property
    def vin_text(self) -> str:
        """The VIN as characters."""
        return plain(self.vin)

    def encode(self) -> bytes:
        """The frame's bytes with their check byte."""
        head = HEAD.pack(
            self.edition.value,
            self.command,
            self.flag,
            self.vin,
            self.encryption,
            len(self.data),
        )
        covered = head[2:] + self.data
        return head[:2] + covered + bytes([check_byte(covered)])


def decode_frame(raw: bytes) -> Frame:
    """The one frame that fills these bytes; BadFrame or BadCheck say what is wrong."""
    if len(raw) < OVERHEAD:
        raise BadFrame(f"{len(raw)} bytes; the shortest frame has {OVERHEAD}")
    start, command, flag, vin, encryption, size = HEAD.unpack_from(raw)
    if start not in (Edition.E2016.value, Edition.E2025.value):
        raise BadFrame(f"starts with {start.hex(' ')}; a frame starts with 23 23 or 24 24")
    if len(raw) != OVERHEAD + size:
        raise BadFrame(f"{len(raw)} bytes; its length {size} makes {OVERHEAD + size}")
    found, computed = raw[-1], check_byte(raw[2:-1])
    if found != computed:
        raise BadCheck(f"check byte {found:02x}; the bytes give {computed:02x}")
    return Frame(
        edition=Edition(start),
        command=command,
        flag=flag,
        vin=vin,
        encryption=encryption,
        data=raw[HEAD.size : -1],
    )
