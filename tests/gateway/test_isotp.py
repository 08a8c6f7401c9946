"""Answers are whole or they are not there, as an independent ISO-TP stack sends them."""

import can
import isotp as peer
import pytest

from gateway.decode.isotp import FLOW_CONTROL, Assembler, single


def frames_of(payload: bytes) -> list[bytes]:
    """Frames that can-isotp sends for a payload when it is cleared to send."""
    sent: list[bytes] = []
    inbox: list[peer.CanMessage] = []

    def heard(timeout: float = 0) -> peer.CanMessage | None:
        return inbox.pop(0) if inbox else None

    stack = peer.TransportLayerLogic(
        rxfn=heard,
        txfn=lambda message: sent.append(bytes(message.data)),
        address=peer.Address(txid=0x7E8, rxid=0x7E0),
        params={"tx_padding": 0xAA},
    )
    stack.send(payload)
    stack.process()
    if len(payload) > 7:
        inbox.append(peer.CanMessage(arbitration_id=0x7E0, data=FLOW_CONTROL))
        while len(sent) < 1 + -(-(len(payload) - 6) // 7):
            stack.process()
    return sent


@pytest.mark.parametrize("length", [1, 7, 8, 20, 61, 200, 4095])
def test_an_answer_of_any_length_comes_out_as_it_was_sent(length: int) -> None:
    payload = bytes((7 * i + 3) & 0xFF for i in range(length))
    assembler = Assembler()
    heard = [assembler.feed(frame, 5 * i) for i, frame in enumerate(frames_of(payload))]
    assert heard[-1].pdu == payload
    assert heard[0].wants_flow_control == (length > 7)
    assert assembler.errors == 0


def test_the_vin_of_the_standard_example() -> None:
    lines = ["10 14 49 02 01 31 4D 38", "21 47 44 4D 39 41 58 4B", "22 50 30 34 32 37 38 38"]
    assembler = Assembler()
    heard = [assembler.feed(bytes.fromhex(line), 0) for line in lines]
    assert heard[-1].pdu == bytes.fromhex("49 02 01") + b"1M8GDM9AXKP042788"


def test_a_lost_frame_loses_the_answer_and_is_counted() -> None:
    frames = frames_of(bytes(60))
    assembler = Assembler()
    heard = [assembler.feed(f, 0) for f in frames[:2] + frames[3:]]
    assert all(h.pdu is None for h in heard)
    assert assembler.errors == 1
    assert assembler.feed(frames_of(b"\x41\x0c\x10\x20")[0], 0).pdu == b"\x41\x0c\x10\x20"


def test_an_overdue_frame_loses_the_answer() -> None:
    frames = frames_of(bytes(20))
    assembler = Assembler()
    assembler.feed(frames[0], 0)
    assembler.expire(1001)
    assert assembler.feed(frames[1], 1002).pdu is None
    assert assembler.errors == 1


@pytest.mark.parametrize(
    "junk", [b"", b"\x00", b"\x0f" + bytes(7), b"\x10", b"\x10\x02" + bytes(6)]
)
def test_malformed_frames_are_counted_and_harmless(junk: bytes) -> None:
    assembler = Assembler()
    assert assembler.feed(junk, 0).pdu is None
    assert assembler.errors == 1


def test_requests_are_padded_single_frames() -> None:
    frame = single(bytes((0x22, 0x01, 0x01)))
    assert frame == bytes((0x03, 0x22, 0x01, 0x01)) + b"\xaa" * 4
    assert can.Message(arbitration_id=0x7E4, data=frame, is_extended_id=False).dlc == 8
    with pytest.raises(ValueError, match="8 bytes"):
        single(bytes(8))
