"""What a gateway may send to a car: read services, named one by one. Everything else is refused.

    OBD   01 current  02 freeze frame  03 stored  06 monitors  07 pending  09 identity  0A permanent
    UDS   10 01 / 10 03 session (default, extended)  19 trouble codes  22 data  3E tester present
    KWP   21 local identifier (read)

Clearing codes (04, 14), reset (11), security (27), communication control (28), writing (2E, 3D),
actuators (2F, 30), routines (31), programming (34-38) and everything unknown never pass.
"""

from __future__ import annotations

from types import MappingProxyType

from firmware_contracts.errors import ContractError

READ_SERVICES = MappingProxyType(
    {
        0x01: None, 0x02: None, 0x03: None, 0x06: None, 0x07: None, 0x09: None, 0x0A: None,
        0x10: frozenset({0x01, 0x03, 0x81, 0x83}),
        0x19: frozenset({0x01, 0x02, 0x03, 0x04, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D,
                         0x0E, 0x14, 0x15, 0x17, 0x18, 0x19, 0x42, 0x55, 0x56}),
        0x21: None,
        0x22: None,
        0x3E: frozenset({0x00, 0x80}),
    }
)  # fmt: skip
"""Service -> allowed sub-functions, None where the second byte is data."""


class WriteRefused(ContractError):
    """A request that could change the car. Give up: no setting allows it."""

    reason = "write_refused"


def check(request: bytes) -> None:
    """Raise WriteRefused unless the request (service byte first) only reads."""
    if not request or request[0] not in READ_SERVICES:
        service = f"{request[0]:02X}" if request else "nothing"
        raise WriteRefused(f"service {service} is not on the read-only list; it is never sent")
    allowed = READ_SERVICES[request[0]]
    if allowed is not None and (len(request) < 2 or request[1] not in allowed):
        raise WriteRefused(f"request {request[:4].hex(' ')} is not on the read-only list")
