"""A text adapter on TCP that behaves as cheap ones do: badly, in ways that a test chooses."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Manners:
    """How it misbehaves. `unknown` commands (by their beginning) are answered with `?`."""

    echo: bool = False
    unknown: tuple[str, ...] = ()
    spaces: bool = True
    chunk: int = 0
    version: str = "ELM327 v2.1"
    searching: bool = False
    stopped_first: bool = False
    silent: tuple[str, ...] = ()
    hangs_up_at: str = ""
    nul: bool = False


@dataclass(kw_only=True)
class FakeElm:
    """`script` maps (header, request in hex) to the lines that it prints."""

    script: Mapping[tuple[str, str], list[str]]
    manners: Manners = field(default_factory=Manners)
    commands: list[str] = field(default_factory=list)

    def __enter__(self) -> FakeElm:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._header, self._stopped = "7DF", self.manners.stopped_first
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._thread.join(2)

    def _serve(self) -> None:
        try:
            peer, _ = self._server.accept()
        except OSError:
            return
        with peer:
            held = b""
            while data := self._recv(peer):
                held += data
                while b"\r" in held:
                    line, _, held = held.partition(b"\r")
                    if not self._answer(peer, line.decode().strip()):
                        return

    @staticmethod
    def _recv(peer: socket.socket) -> bytes:
        try:
            return peer.recv(1024)
        except OSError:
            return b""

    def _answer(self, peer: socket.socket, command: str) -> bool:
        self.commands.append(command)
        manners = self.manners
        if command and command == manners.hangs_up_at:
            return False
        if command in manners.silent:
            return True
        text = f"{command}\r" if manners.echo else ""
        text += "\r".join(self._lines(command)) + "\r\r>"
        self._write(peer, text)
        return True

    def _lines(self, command: str) -> list[str]:
        manners = self.manners
        if command.startswith(manners.unknown) and manners.unknown:
            return ["?"]
        if command == "ATZ":
            return [manners.version]
        if command == "STI":
            return ["?"]
        if command.startswith("ATSH"):
            self._header = command[4:]
        if command.startswith("AT"):
            return ["OK"]
        if not command:
            return []
        if self._stopped:
            self._stopped = False
            return ["STOPPED"]
        lines = list(self.script.get((self._header, command), ["NO DATA"]))
        if manners.searching:
            manners.searching = False
            lines = ["SEARCHING...", *lines]
        return lines if manners.spaces else [line.replace(" ", "") for line in lines]

    def _write(self, peer: socket.socket, text: str) -> None:
        data = text.encode()
        if self.manners.nul:
            data = b"\0" + data.replace(b"\r", b"\r\0", 1)
        step = self.manners.chunk or len(data)
        try:
            for at in range(0, len(data), step):
                peer.sendall(data[at : at + step])
        except OSError:
            return
