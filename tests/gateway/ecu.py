"""A small scripted ECU on ISO-TP for tests of the poller; the simulated cars are the real peers."""

from __future__ import annotations

from collections.abc import Mapping


def respond(payload: bytes) -> list[bytes]:
    """Frames of an answer, written out."""
    if len(payload) <= 7:
        return [(bytes([len(payload)]) + payload).ljust(8, b"\x55")]
    first = bytes([0x10 | len(payload) >> 8, len(payload) & 0xFF]) + payload[:6]
    rest = payload[6:]
    return [first] + [
        (bytes([0x20 | (n + 1) & 15]) + rest[7 * n : 7 * n + 7]).ljust(8, b"\x55")
        for n in range(-(-len(rest) // 7))
    ]


class Ecu:
    """Answers on request id + 8. `pending` sends 0x78 that many times before an answer."""

    def __init__(
        self,
        pids: Mapping[int, bytes],
        dids: Mapping[int, bytes] | None = None,
        *,
        silent: bool = False,
        pending: int = 0,
    ) -> None:
        self.pids, self.dids = dict(pids), dict(dids or {})
        self.silent, self.pending = silent, pending
        self.requests: list[bytes] = []
        self.times: list[int] = []
        self._waiting: dict[int, list[bytes]] = {}

    def frame(self, can_id: int, data: bytes, now: int) -> list[tuple[int, bytes]]:
        """Replies (id, data) to one frame of the tester."""
        if data[0] >> 4 == 3:
            return [(can_id + 8, f) for f in self._waiting.pop(can_id + 8, [])]
        request = data[1 : 1 + data[0]]
        self.requests.append(request)
        self.times.append(now)
        reply_id = 0x7E8 if can_id == 0x7DF else can_id + 8
        answer = None if self.silent else self._answer(request)
        if answer is None:
            return []
        frames = respond(answer)
        self._waiting[reply_id] = frames[1:]
        wait = [respond(bytes((0x7F, request[0], 0x78)))[0]] * self.pending
        return [(reply_id, f) for f in [*wait, frames[0]]]

    def _answer(self, request: bytes) -> bytes | None:
        if request[0] == 0x01 and self.pids:
            return b"\x41" + b"".join(self._pid(p) for p in request[1:])
        if request == b"\x09\x02" and self.pids:
            return b"\x49\x02\x01" + b"1M8GDM9AXKP042788"
        if request[0] == 0x22:
            body = self.dids.get(int.from_bytes(request[1:3], "big"))
            return bytes((0x7F, 0x22, 0x31)) if body is None else b"\x62" + request[1:3] + body
        if request[0] in (0x03, 0x07, 0x0A) and self.pids:
            return bytes((request[0] + 0x40, 0))
        return None

    def _pid(self, pid: int) -> bytes:
        if pid % 0x20 == 0:
            known = set(self.pids) | {b for b in (0x20, 0x40) if any(p > b for p in self.pids)}
            bits = sum(1 << (31 - i) for i in range(32) if pid + 1 + i in known)
            return bytes([pid]) + bits.to_bytes(4, "big")
        return bytes([pid]) + self.pids[pid]
