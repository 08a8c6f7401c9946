"""Where simulated cars speak: in process (`virtual`) or between processes (`udp_multicast`)."""

from __future__ import annotations

import can

MULTICAST = "239.74.163.2"
FIRST_PORT = 43113
"""python-can's own default for udp_multicast."""


def open_bus(interface: str, channel: str) -> can.BusABC:
    """A python-can bus; `channel` is a name for virtual, HOST:PORT for udp_multicast.

    Multicast keeps its hop limit at 0: frames never leave the machine.
    """
    if interface == "udp_multicast":
        host, _, port = channel.partition(":")
        return can.Bus(
            interface=interface,
            channel=host or MULTICAST,
            port=int(port or FIRST_PORT),
            hop_limit=0,
        )
    return can.Bus(interface=interface, channel=channel)
