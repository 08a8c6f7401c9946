"""The contract's error tree.

ContractError                 the bytes or the values break the contract; never retry as is
├── Unreadable                not our message, torn, or a wrong length
├── UnsupportedMajor          written by a newer major than this reader knows: keep, upgrade
├── TooLarge                  announced or unpacked size above the limit
└── ValueRefused              a value that its signal cannot carry (names signal and value)
"""

from __future__ import annotations


class ContractError(Exception):
    """Base of everything the contract refuses; `reason` is the short word used in counts."""

    reason = "contract"


class Unreadable(ContractError):
    """Not a message of ours, or torn on the way. Give up: the same bytes never become readable."""

    reason = "unreadable"


class UnsupportedMajor(ContractError):
    """A newer major. Keep the bytes: a reader of that major will understand them."""

    reason = "unsupported_major"


class TooLarge(ContractError):
    """Over the size limit, or a compressed body that would unpack to more than it may."""

    reason = "too_large"


class ValueRefused(ContractError):
    """A value outside what its signal can carry. Fix the source; clipping would be a lie."""

    reason = "value_refused"
