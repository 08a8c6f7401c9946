"""The cloud side's error tree. Each class says whether the caller may retry.

VigilError
├── Retry                      passing: the same call may work later
│   ├── StoreUnavailable       database gone, failing over, or out of connections
│   ├── BrokerUnavailable      no MQTT connection
│   └── Busy                   over a limit that refills (rate, queue)
└── GiveUp                     the same call will fail again
    ├── Refused                a rule of the product says no (names rule and remedy)
    ├── NotFound               no such thing, or not yours to see: the same answer on purpose
    ├── Conflict               it changed since you read it
    ├── BadInput               a field, its value and the remedy
    └── StoreFull              disk full or a limit of the database: an operator must act
"""

from __future__ import annotations


class VigilError(Exception):
    """Base of the product's own errors. `remedy` is a sentence that a person can follow."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Retry(VigilError):
    """Passing trouble: keep what you have and try again with back-off."""


class StoreUnavailable(Retry):
    """The database does not answer now."""


class BrokerUnavailable(Retry):
    """The MQTT broker does not answer now."""


class Busy(Retry):
    """A limit that refills was reached."""


class GiveUp(VigilError):
    """The same call will fail again."""


class Refused(GiveUp):
    """A rule of the product says no."""


class NotFound(GiveUp):
    """No such thing, or not yours to see."""


class Conflict(GiveUp):
    """It changed since you read it."""


class StoreFull(GiveUp):
    """The database cannot take more until an operator acts."""


class BadInput(GiveUp):
    """One input is wrong: `field` names it, `value` shows it, `remedy` says what to give."""

    def __init__(self, field: str, value: object, problem: str, *, remedy: str = "") -> None:
        super().__init__(f"{field} {value!r}: {problem}", remedy=remedy)
        self.field = field
        self.value = value
