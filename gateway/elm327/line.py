"""The line to an adapter: a serial port (the extra `serial`) or a TCP connection."""

from __future__ import annotations

import socket
from typing import Protocol

from gateway.errors import BusFailed

BAUD = 38_400
"""What ELM327 adapters start with; Bluetooth and USB ports ignore it."""
CONNECT_S = 5.0
"""An adapter in the car answers at once; over Wi-Fi within a few seconds."""


class AdapterLine(Protocol):
    """Bytes to and from an adapter."""

    def write(self, data: bytes) -> None:
        """Send all of it. BusFailed where the line is gone."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """What came within the timeout; empty where nothing did. BusFailed where it is gone."""
        ...

    def close(self) -> None:
        """Let it go."""
        ...


class TcpLine:
    """Wi-Fi adapters: usually 192.168.0.10:35000."""

    def __init__(self, host: str, port: int) -> None:
        self._name = f"{host}:{port}"
        try:
            self._socket = socket.create_connection((host, port), CONNECT_S)
        except OSError as error:
            raise BusFailed(f"adapter {self._name} does not answer: {error}") from error

    def write(self, data: bytes) -> None:
        """Send all of it."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise BusFailed(f"adapter {self._name} was lost: {error}") from error

    def read(self, timeout_s: float) -> bytes:
        """What came within the timeout."""
        self._socket.settimeout(max(timeout_s, 0.001))
        try:
            data = self._socket.recv(4096)
        except TimeoutError:
            return b""
        except OSError as error:
            raise BusFailed(f"adapter {self._name} was lost: {error}") from error
        if not data:
            raise BusFailed(f"adapter {self._name} hung up")
        return data

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class SerialLine:
    """USB and Bluetooth adapters: /dev/ttyUSB0, /dev/rfcomm0, COM3."""

    def __init__(self, path: str, baud: int = BAUD) -> None:
        try:
            import serial
        except ImportError as error:
            raise BusFailed(
                f"adapter {path}: serial ports need pyserial; pip install 'vigil-cars[serial]'"
            ) from error
        self._path, self._failed = path, (serial.SerialException, OSError)
        try:
            self._port = serial.Serial(path, baud, timeout=0.1, write_timeout=2.0)
        except self._failed as error:
            raise BusFailed(f"adapter {path} does not open: {error}") from error

    def write(self, data: bytes) -> None:
        """Send all of it."""
        try:
            self._port.write(data)
        except self._failed as error:
            raise BusFailed(f"adapter {self._path} was lost: {error}") from error

    def read(self, timeout_s: float) -> bytes:
        """What came within the timeout."""
        try:
            self._port.timeout = timeout_s
            return bytes(self._port.read(max(1, self._port.in_waiting)))
        except self._failed as error:
            raise BusFailed(f"adapter {self._path} was lost: {error}") from error

    def close(self) -> None:
        """Let the port go."""
        self._port.close()


def open_line(channel: str) -> AdapterLine:
    """`host:port` (or `tcp:host:port`) is TCP, anything else a serial port, `path@baud`."""
    name = channel.removeprefix("tcp:")
    host, _, port = name.rpartition(":")
    if host and port.isdigit() and not name.startswith("/"):
        return TcpLine(host, int(port))
    path, _, baud = name.partition("@")
    return SerialLine(path, int(baud) if baud.isdigit() else BAUD)
