"""What the codec promises: any batch comes back, exactly; any bytes are refused in words."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_contracts import codec
from firmware_contracts import telemetry_pb2 as pb
from firmware_contracts.errors import (
    ContractError,
    TooLarge,
    Unreadable,
    UnsupportedMajor,
    ValueRefused,
)
from firmware_contracts.events import Event, EventKind
from firmware_contracts.signal import Reason, Signal
from firmware_contracts.signals import BY_NAME, CELL_VOLTAGE, PACKED, PROBE_TEMPERATURE
from firmware_contracts.telemetry import Anchor, Burst, Origin, Packed, Sparse, TelemetryBatch

from .batches import BOOT, DENSE, STREAM, any_batch, batch, of_signals, said


@given(any_batch())
def test_any_batch_comes_back_as_it_was(sent: TelemetryBatch) -> None:
    sealed = codec.unseal(codec.seal(codec.encode(sent)))
    assert said(sealed.batch) == said(sent)
    assert sealed.digest == codec.digest(sent)


@pytest.mark.parametrize("signal", DENSE, ids=lambda s: s.name)
def test_range_ends_and_the_last_step_survive_exactly(signal: Signal) -> None:
    raw = np.array([[signal.raw_low], [signal.raw_high], [signal.raw_high - 1]], np.int64)
    sent = of_signals((signal,), raw)
    got = codec.unseal(codec.seal(codec.encode(sent))).batch
    block = got.real if got.real.signals else got.wide
    assert said(got) == said(sent)
    step = Decimal(str(signal.scale))
    for value, integer in zip(block.values[:, 0].tolist(), raw[:, 0].tolist(), strict=True):
        assert abs(Decimal(value) - integer * step) < step / 2


@pytest.mark.parametrize(
    ("name", "signal"), [("cells", CELL_VOLTAGE), ("probes", PROBE_TEMPERATURE)]
)
def test_range_ends_of_cells_and_probes_survive(name: str, signal: Signal) -> None:
    values = np.array([[signal.raw_low, signal.raw_high, signal.raw_high - 1]], np.int16)
    table = Packed(rows=np.array([0], np.int32), values=values, reasons=np.zeros((1, 3), np.uint8))
    got = getattr(codec.unseal(codec.seal(codec.encode(batch(**{name: table})))).batch, name)
    assert got.values.tolist() == values.tolist()


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_random_bytes_are_refused_in_words(data: bytes) -> None:
    readers: tuple[Callable[[bytes], object], ...]
    readers = (codec.unseal, codec.decode_down, codec.decode_hello)
    for read in readers:
        with contextlib.suppress(ContractError):
            read(data)
    codec.peek(data)


@settings(max_examples=300, deadline=None)
@given(any_batch(), st.data())
def test_damaged_payloads_are_refused_in_words_or_read(
    sent: TelemetryBatch, data: st.DataObject
) -> None:
    payload = bytearray(pb.Payload(body=codec.encode(sent)).SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    del payload[len(payload) - data.draw(st.integers(0, 3)) :]
    with contextlib.suppress(ContractError):
        codec.unseal(bytes(payload))


@pytest.mark.parametrize("signal", DENSE, ids=lambda s: s.name)
def test_a_value_beyond_its_range_is_refused_by_name(signal: Signal) -> None:
    raw = np.array([[signal.raw_high + max(1, abs(signal.raw_high) // 1000)]], np.int64)
    with pytest.raises(ValueRefused, match=signal.name):
        codec.encode(of_signals((signal,), raw))


def test_a_value_beyond_its_range_is_refused_by_the_reader_too() -> None:
    speed = BY_NAME["vehicle_speed_kmh"]
    body = pb.Body.FromString(codec.encode(of_signals((speed,), np.array([[5000]]))))
    body.dense.bases[0] = 500_001
    with pytest.raises(ValueRefused, match="vehicle_speed_kmh"):
        codec.unseal(codec.seal(body.SerializeToString()))


def test_nan_needs_a_reason_and_a_number_may_have_none() -> None:
    speed = BY_NAME["vehicle_speed_kmh"]
    good = of_signals((speed,), np.array([[5000]]))
    without = dataclasses.replace(good.real, values=np.full((1, 1), np.nan, np.float32))
    beside = dataclasses.replace(good.real, reasons=np.full((1, 1), int(Reason.STALE), np.uint8))
    for block in (without, beside):
        with pytest.raises(ValueRefused, match="NaN"):
            codec.encode(dataclasses.replace(good, real=block))


def test_unknown_ids_belong_into_the_sparse_block_and_survive_there() -> None:
    unknown = Sparse(
        rows=np.array([0], np.int32), signals=np.array([70_000], np.uint32), values=np.array([1.25])
    )
    got = codec.unseal(codec.seal(codec.encode(batch(sparse=unknown)))).batch
    assert got.sparse is not None
    assert got.sparse.signals.tolist() == [70_000]
    assert got.sparse.values.tolist() == [1.25]


def _of_a_newer_catalogue() -> bytes:
    """Vehicle speed and signal 999 at 0.5 per step, as a car with a newer catalogue writes them."""
    signals = (BY_NAME["vehicle_speed_kmh"], BY_NAME["odometer_m"])
    body = pb.Body.FromString(codec.encode(of_signals(signals, np.array([[5000, 40], [6000, 43]]))))
    body.catalogue = 2
    body.dense.runs[:] = [1, 1, 997, 1]
    body.dense.definitions.add(signal=999, scale=0.5, offset=10)
    return body.SerializeToString()


def test_a_column_of_a_newer_catalogue_becomes_triples() -> None:
    got = codec.unseal(codec.seal(_of_a_newer_catalogue())).batch
    assert got.real.values[:, 0].tolist() == [5.0, 6.0]
    assert got.sparse is not None
    assert got.sparse.signals.tolist() == [999, 999]
    assert got.sparse.values.tolist() == [30.0, 31.5]


def test_a_newer_major_is_told_apart_and_its_key_can_be_read() -> None:
    body = pb.Body.FromString(codec.encode(batch()))
    body.major = 2
    payload = codec.seal(body.SerializeToString())
    with pytest.raises(UnsupportedMajor):
        codec.unseal(payload)
    assert codec.peek(payload) == (STREAM, 7)


def test_unknown_fields_survive_the_way_through_the_outbox() -> None:
    unknown = b"\xca\x3e\x05later"  # field 1001, bytes
    body = codec.encode(batch()) + unknown
    moved = codec.restream(body, bytes(16), 9)
    sealed = codec.unseal(codec.seal(moved))
    assert unknown in sealed.body
    assert (sealed.batch.stream, sealed.batch.seq) == (bytes(16), 9)
    assert sealed.digest == codec.digest(batch())


def test_an_event_kind_of_a_newer_release_survives() -> None:
    body = pb.Body.FromString(codec.encode(batch(events=(Event(kind=EventKind.DTC, t_ms=1),))))
    body.events[0].kind = "volcano"
    got = codec.unseal(codec.seal(body.SerializeToString())).batch
    assert (got.events[0].kind, got.events[0].notes) == (EventKind.OTHER, {"kind": "volcano"})
    assert pb.Body.FromString(codec.encode(got)).events[0].kind == "volcano"


def test_digest_leaves_out_key_versions_and_origin_only() -> None:
    sent = batch(labels={"a": "b"})
    same = dataclasses.replace(
        sent, stream=bytes(16), seq=1, minor=9, catalogue=9, scheme="x", origin=Origin.IMPORT
    )
    other = dataclasses.replace(sent, labels={"a": "c"})
    assert codec.digest(same) == codec.digest(sent) != codec.digest(other)
    assert len(codec.digest(sent)) == 16


def test_digest_does_not_see_the_order_of_columns() -> None:
    speed, odometer, rpm = (
        BY_NAME[n] for n in ("vehicle_speed_kmh", "odometer_m", "engine_speed_rpm")
    )
    one = of_signals((speed, rpm, odometer), np.array([[1, 2, 3]]))
    two = of_signals((rpm, odometer, speed), np.array([[2, 3, 1]]))
    assert codec.digest(one) == codec.digest(two)


def test_anchor_and_lateness_travel_beside_the_body() -> None:
    anchor = Anchor(boot=BOOT, offset_ms=1_700_000_000_000, quality_ms=40)
    body = codec.encode(batch())
    plain, late = (
        codec.unseal(codec.seal(body)),
        codec.unseal(codec.seal(body, anchor, backfill=True)),
    )
    assert (plain.anchor, late.anchor) == (None, anchor)
    assert (plain.batch.origin, late.batch.origin) == (Origin.LIVE, Origin.BACKFILL)
    assert plain.digest == late.digest
    assert plain.body == late.body == body


def test_an_anchor_of_another_boot_keeps_its_boot() -> None:
    anchor = Anchor(boot=bytes(16), offset_ms=5, quality_ms=0)
    assert codec.unseal(codec.seal(codec.encode(batch()), anchor)).anchor == anchor


def test_a_small_frame_that_would_unpack_to_too_much_is_refused_before_unpacking() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(100 << 20))
    assert len(bomb) < 1 << 20
    with pytest.raises(TooLarge, match="announced"):
        codec.unseal(pb.Payload(zstd=bomb).SerializeToString())


def test_a_frame_that_hides_its_size_is_refused() -> None:
    hidden = zstandard.ZstdCompressor(write_content_size=False).compress(codec.encode(batch()))
    with pytest.raises(Unreadable, match="content size"):
        codec.unseal(pb.Payload(zstd=hidden).SerializeToString())


def test_payloads_over_a_mebibyte_are_refused_on_both_sides() -> None:
    with pytest.raises(TooLarge):
        codec.unseal(bytes((1 << 20) + 1))
    noise = np.random.default_rng(1).integers(0, 2**62, 140_000)
    with pytest.raises(TooLarge):
        codec.seal(noise.tobytes())


def test_few_bytes_that_announce_many_values_are_refused() -> None:
    body = pb.Body.FromString(codec.encode(batch()))
    body.ticks.rows = 1 << 17
    body.dense.runs[:] = [1, 90_000]
    with pytest.raises(TooLarge):
        codec.unseal(pb.Payload(body=body.SerializeToString()).SerializeToString())


def test_bursts_of_unknown_or_wide_signals_are_refused() -> None:
    for no in (2, 70_000, *PACKED):
        burst = Burst(signal=no, start_ms=0, period_us=1, values=np.ones(1, np.float32), trigger="")
        with pytest.raises(ValueRefused):
            codec.encode(batch(bursts=(burst,)))


def test_blocks_of_another_shape_or_storage_are_refused() -> None:
    good = of_signals((BY_NAME["vehicle_speed_kmh"],), np.array([[5]]))
    with pytest.raises(ValueRefused, match="wrong block"):
        codec.encode(dataclasses.replace(good, real=good.wide, wide=good.real))
    with pytest.raises(ValueRefused, match="not"):
        codec.encode(dataclasses.replace(good, ticks_ms=np.arange(2)))
