"""Interfaces as one small thing: open, read with a deadline, send, close.

Interfaces: every one of python-can (socketcan, slcan, pcan, vector, virtual, udp_multicast ...),
and `elm327` for text adapters.
`udp_multicast` keeps its hop limit at 0: frames of simulated cars never leave the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

import can

from gateway.errors import BusFailed
from gateway.frames import RawFrame

ELM327 = "elm327"
"""Interface name of text adapters, ELM327 and STN: the channel is a serial port or host:port."""
MULTICAST = "239.74.163.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusSetting:
    """Where the frames come from; `channel` as the interface names it.

    `answers` are the id pairs (request, answer) of units that a text adapter must be told of.
    """

    interface: str = "socketcan"
    channel: str = "can0"
    bitrate: int = 500_000
    answers: tuple[tuple[int, int], ...] = ()

    @property
    def name(self) -> str:
        """Short name for logs."""
        return f"{self.interface}:{self.channel}"


def _options(setting: BusSetting) -> dict[str, object]:
    if setting.interface == "udp_multicast":
        host, _, port = setting.channel.partition(":")
        return {"channel": host, "port": int(port or 43113), "hop_limit": 0}
    if setting.interface == "virtual":
        return {"channel": setting.channel}
    return {"channel": setting.channel, "bitrate": setting.bitrate}


class Port(Protocol):
    """What a bus needs of an interface; both verbs raise BusFailed where it went away."""

    def read(self, timeout_s: float) -> RawFrame | None:
        """The next data frame within the timeout."""
        ...

    def send(self, can_id: int, data: bytes) -> None:
        """Put one frame on the bus."""
        ...

    def close(self) -> None:
        """Let the interface go."""
        ...


class CanPort:
    """An interface of python-can."""

    def __init__(self, setting: BusSetting, clock_ms: Callable[[], int]) -> None:
        self._name, self._clock_ms = setting.name, clock_ms
        try:
            self._bus = can.Bus(interface=setting.interface, **_options(setting))  # type: ignore[arg-type]
        except (can.CanError, OSError, ValueError, ImportError) as error:
            raise BusFailed(
                f"bus {setting.name} does not open: {error}; "
                "see `ip -details link show`, the adapter's cable, and --interface"
            ) from error

    def read(self, timeout_s: float) -> RawFrame | None:
        """The next data frame within the timeout, stamped by the clock given at opening."""
        try:
            message = self._bus.recv(timeout_s)
        except (can.CanError, OSError) as error:
            raise BusFailed(f"bus {self._name} was lost: {error}") from error
        if message is None or message.is_error_frame or message.is_remote_frame:
            return None
        return RawFrame(
            bus=self._name,
            id=message.arbitration_id,
            data=bytes(message.data),
            t_ms=self._clock_ms(),
            extended=message.is_extended_id,
        )

    def send(self, can_id: int, data: bytes) -> None:
        """Put one frame on the bus."""
        message = can.Message(
            arbitration_id=can_id, data=data, is_extended_id=can_id > 0x7FF, check=True
        )
        try:
            self._bus.send(message, timeout=0.2)
        except (can.CanError, OSError) as error:
            raise BusFailed(f"bus {self._name} does not take frames: {error}") from error

    def close(self) -> None:
        """Let the interface go."""
        self._bus.shutdown()


def _port(setting: BusSetting, clock_ms: Callable[[], int]) -> Port:
    if setting.interface != ELM327:
        return CanPort(setting, clock_ms)
    from gateway.elm327.adapter import Adapter
    from gateway.elm327.line import open_line

    return Adapter(
        open_line(setting.channel),
        clock_ms,
        name=setting.name,
        bitrate=setting.bitrate,
        answers=dict(setting.answers),
    )


class Bus:
    """One open bus. BusFailed names the interface and what to try."""

    def __init__(self, setting: BusSetting, clock_ms: Callable[[], int]) -> None:
        self.setting = setting
        self._port = _port(setting, clock_ms)

    def read(self, timeout_s: float) -> RawFrame | None:
        """The next data frame within the timeout, stamped by the clock given at opening."""
        return self._port.read(timeout_s)

    def send(self, can_id: int, data: bytes) -> None:
        """Put one frame on the bus."""
        self._port.send(can_id, data)

    def close(self) -> None:
        """Let the interface go."""
        self._port.close()

    def __enter__(self) -> Bus:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
