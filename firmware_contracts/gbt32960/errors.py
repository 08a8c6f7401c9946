"""What the protocol refuses; `flag` is the answer that the 2025 edition gives for it (table 4).

ContractError
└── ProtocolError          give up: the same bytes will be refused again
    ├── BadFrame           no start bytes, another length than announced
    ├── BadCheck           the check byte is not the XOR of what it covers
    ├── BadStructure       a data unit that ends early, or is longer than its table says
    └── Encrypted          an encrypted data unit: no key of ours, nothing can be read
"""

from __future__ import annotations

from firmware_contracts.errors import ContractError


class ProtocolError(ContractError):
    """Base of everything the protocol refuses."""

    reason = "unreadable"
    flag = 0x02


class BadFrame(ProtocolError):
    """Not a frame. Give up; a stream looks for the next start."""

    flag = 0x06


class BadCheck(ProtocolError):
    """Torn on the way. Give up; the terminal may send the frame again."""


class BadStructure(ProtocolError):
    """The data unit does not follow its table. Give up: the terminal must be mended."""

    flag = 0x06


class Encrypted(ProtocolError):
    """An encrypted data unit. Give up: set the terminal to encryption 0x01 and use TLS."""

    flag = 0x07
