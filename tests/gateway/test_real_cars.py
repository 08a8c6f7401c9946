"""What real cars were reported to do on the diagnostic bus, one test a kind, with the right value.

Frames and answers are small and our own wording; each stands for a whole kind.
"""

from __future__ import annotations

import pytest

from firmware_contracts.events import EventKind
from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_NAME
from gateway import profiles
from gateway.decode import faults, obd, uds
from gateway.decode.addressing import FUNCTIONAL, FUNCTIONAL_29, request_of
from gateway.decode.isotp import Assembler, flow_control, single
from gateway.jobs import Code
from gateway.poller import GIVE_UP_AFTER, Poller
from gateway.profiles import Profile
from gateway.station.codes import CodeBook
from tests.gateway.scripted import ScriptedBus


def samples_of(profile: str, did: int, pdu: str) -> dict[str, tuple[float | None, Reason]]:
    """Samples of one answer by a shipped profile, by signal name."""
    found = next(
        i
        for poll in profiles.load(profile).uds
        for i in poll.identifiers
        if i.did == did and i.answered_by(bytes.fromhex(pdu))
    )
    names = {s.id: s.name for s in BY_NAME.values()}
    return {names[s.signal]: (s.value, s.reason) for s in found.read(bytes.fromhex(pdu), 0)}


def petrol(pids: dict[str, list[int]], **more: object) -> Profile:
    """A profile that asks some PIDs, and what else a test wants."""
    polls = tuple(
        profiles.ObdPoll(pids=tuple(listed), period_s=profiles.PERIODS_S[period])
        for period, listed in pids.items()
    )
    return Profile(name="t", powertrain="combustion", obd=polls, **more)  # type: ignore[arg-type]


def test_odometer_of_a_car_set_to_miles_is_read_in_metres() -> None:
    pdu = "62B002D6000000FF9C00000000140500009F027C00000000"
    assert samples_of("egmp_bev", 0xB002, pdu)["odometer_m"] == (8_247_888, Reason.VALID)


def test_odometer_of_a_car_set_to_km_is_read_and_neither_unit_is_null() -> None:
    km = "62B002D6000000FF9C01E24000000000009F027C00000000"
    none = "62B002D6000000FF9C00000000000000009F027C00000000"
    assert samples_of("egmp_bev", 0xB002, km)["odometer_m"][0] == 123_456_000
    assert samples_of("egmp_bev", 0xB002, none)["odometer_m"] == (None, Reason.INVALID)


@pytest.mark.parametrize("profile", ["egmp_bev", "demo_bev"])
def test_inlet_temperature_has_its_offset_of_40(profile: str) -> None:
    body = bytearray(58)
    body[22] = 0x46
    pdu = (b"\x62\x01\x01" + bytes(body)).hex()
    assert samples_of(profile, 0x0101, pdu)["pack_inlet_c"][0] == 30


@pytest.mark.parametrize("profile", ["egmp_bev", "hyundai_kia_petrol"])
def test_a_wheel_that_was_not_heard_has_neither_pressure_nor_temperature(profile: str) -> None:
    pdu = "62C00BFFFFFF8000000000020000000002000000000200000000" + "0233FFFFFFFFFFFFFFFF"
    read = samples_of(profile, 0xC00B, pdu)
    assert read["tyre_fl_kpa"] == (None, Reason.INVALID)
    assert read["tyre_fl_c"] == (None, Reason.INVALID)


def test_flow_control_goes_to_the_id_that_was_asked_whatever_the_distance() -> None:
    identifier = uds.Identifier(did=0xD815)
    unit = profiles.Unit(tx=0x6B4, rx=0x694)
    poll = profiles.UdsPoll(unit=unit, identifiers=(identifier,), period_s=1.0)
    bus = ScriptedBus({(0x6B4, "22D815"): [(0x694, "101062D815000000")]})
    bus.drive(Poller(petrol({}, uds=(poll,))), 3)
    assert set(bus.flow_control) == {0x6B4}


def test_flow_control_with_extended_addressing_carries_the_address_of_the_unit() -> None:
    unit = profiles.Unit(tx=0x6F1, rx=0x607, target=0x07)
    identifier = uds.Identifier(did=0xDDBC)
    poller = Poller(
        petrol({}, uds=(profiles.UdsPoll(unit=unit, identifiers=(identifier,), period_s=1.0),))
    )
    assert single(b"\x22\xdd\xbc", 0x07).hex() == "070322ddbcaaaaaa"
    assert flow_control(0x07).hex() == "07300000aaaaaaaa"
    assembler = Assembler(address_bytes=1)
    assert assembler.feed(bytes.fromhex("F1100962DDBC01FF"), 0).wants_flow_control
    assert assembler.feed(bytes.fromhex("F1210367006EFFFF"), 5).pdu == bytes.fromhex(
        "62DDBC01FF0367006E"
    )
    assert poller.profile.uds[0].unit.target == 0x07


def test_a_car_that_answers_with_29_bit_is_heard_and_its_units_are_kept_apart() -> None:
    bus = ScriptedBus(
        {
            (FUNCTIONAL_29, "0100"): [
                (0x18DAF111, "064100BC3FA803"),
                (0x18DAF11D, "064100983A8000"),
            ],
            (0x18DA11F1, "0105"): [(0x18DAF111, "0341055F")],
        }
    )
    poller = Poller(petrol({"fast": [0x05]}))
    bus.drive(poller, 3)
    assert sorted(poller._announced) == [0x18DAF111, 0x18DAF11D]
    assert 0x05 in poller._announced[0x18DAF111]
    assert 0x05 in poller._announced[0x18DAF11D]
    assert bus.values()["coolant_temperature_c"] == 0x5F - 40


def test_a_pid_is_asked_of_the_unit_that_has_it_though_another_lacks_it() -> None:
    bus = ScriptedBus(
        {
            (FUNCTIONAL, "0100"): [(0x7E8, "064100000000000000"[:16]), (0x7E9, "0641000800000000")],
            (0x7E1, "0105"): [(0x7E9, "0341055F")],
        }
    )
    bus.drive(Poller(petrol({"fast": [0x05]})), 3)
    assert bus.values()["coolant_temperature_c"] == 55
    assert request_of(0x7E9) == 0x7E1


def bus_of_three_pids(group: list[tuple[int, str]]) -> ScriptedBus:
    """A unit that announces 04, 0C, 0D and answers the group of three as given."""
    return ScriptedBus(
        {
            (FUNCTIONAL, "0100"): [(0x7E8, "0641001018000000")],
            (0x7E0, "010C0D04"): group,
            (0x7E0, "010C"): [(0x7E8, "04410C1AF8000000")],
            (0x7E0, "010D"): [(0x7E8, "03410D3200000000")],
            (0x7E0, "0104"): [(0x7E8, "0341048000000000")],
        }
    )


@pytest.mark.parametrize(
    "group",
    [
        [(0x7E8, "037F011200000000")],  # refused: one at a time
        [(0x7E8, "04410C1AF8000000")],  # only the first is answered
        [],  # silence
    ],
)
def test_a_unit_that_takes_one_pid_at_a_time_is_asked_one_by_one(
    group: list[tuple[int, str]],
) -> None:
    bus = bus_of_three_pids(group)
    bus.drive(Poller(petrol({"fast": [0x0C, 0x0D, 0x04]})), 12)
    read = bus.values()
    assert (read["engine_speed_rpm"], read["vehicle_speed_kmh"]) == (1726, 50)
    assert read["engine_load_pct"] == pytest.approx(100 * 0x80 / 255)
    assert bus.requests.count((0x7E0, "010C0D04")) <= GIVE_UP_AFTER


def test_the_lamp_and_codes_of_a_second_unit_count() -> None:
    bus = ScriptedBus(
        {
            (FUNCTIONAL, "0100"): [(0x7E8, "0641008000000000"), (0x7E9, "0641008000000000")],
            (FUNCTIONAL, "0101"): [(0x7E8, "0641010007A10000"), (0x7E9, "0641018204000000")],
        }
    )
    bus.drive(Poller(petrol({"rare": [0x01]})), 3)
    read = bus.values()
    assert (read["mil_on"], read["dtc_count"]) == (1, 2)
    assert read["readiness_bits"] == 0x8207A100


def test_pending_without_end_does_not_blind_the_other_units() -> None:
    slow, quick = uds.Identifier(did=0x0101), uds.Identifier(did=0x0102)
    polls = tuple(
        profiles.UdsPoll(unit=profiles.Unit(tx=tx, rx=tx + 8), identifiers=(i,), period_s=1.0)
        for tx, i in ((0x7E4, slow), (0x7E2, quick))
    )
    bus = ScriptedBus({(0x7E2, "220102"): [(0x7EA, "0462010200000000")]})
    pending = [(0x7EC, "037F227800000000")]
    bus.drive(
        Poller(petrol({}, uds=polls)), 120, extra=lambda now: pending if now % 4000 == 0 else []
    )
    assert bus.requests.count((0x7E2, "220102")) > 60
    assert bus.requests.count((0x7E4, "220101")) <= GIVE_UP_AFTER


def test_a_first_frame_alone_is_no_vin_and_is_asked_for_again_later_each_time() -> None:
    bus = ScriptedBus({(FUNCTIONAL, "0902"): [(0x7E8, "1014490201314D38")]})
    poller = Poller(petrol({}))
    bus.drive(poller, 120)
    assert poller.vin is None
    assert set(bus.flow_control) == {0x7E0}
    assert 3 <= bus.requests.count((FUNCTIONAL, "0902")) <= 6
    assert poller.errors >= 3


def test_a_refused_identifier_is_not_asked_again_and_says_why_in_words() -> None:
    poll = profiles.UdsPoll(
        unit=profiles.Unit(tx=0x7E4, rx=0x7EC),
        identifiers=(uds.Identifier(did=0x0101),),
        period_s=1.0,
    )
    bus = ScriptedBus({(0x7E4, "220101"): [(0x7EC, "037F223100000000")]})
    poller = Poller(petrol({}, uds=(poll,)))
    bus.drive(poller, 20)
    assert bus.requests.count((0x7E4, "220101")) == 1
    assert poller.refusals == {"7E4 22 01 01": "identifier not known (0x31)"}


def test_three_failure_types_of_one_code_are_three_faults() -> None:
    found = faults.trouble_codes(bytes.fromhex("5902FF01711109017112080171130F"))
    assert [c.text for c in found] == ["P0171-11", "P0171-12", "P0171-13"]
    listed = [
        Code(ecu=0x7EC, code=c.code, confirmed=c.confirmed, failure_type=c.failure_type)
        for c in found
    ]
    events = CodeBook().take((0x7EC, 0x19), listed, 0)
    assert [e.component for e in events] == ["ecu_7EC.11", "ecu_7EC.12", "ecu_7EC.13"]
    assert all(e.kind is EventKind.DTC and e.code == "P0171" for e in events)


def test_a_code_with_its_failure_type_takes_the_place_of_the_bare_one() -> None:
    book = CodeBook()
    bare = Code(ecu=0x7E8, code="P0171", confirmed=True)
    typed = Code(ecu=0x7E8, code="P0171", confirmed=True, failure_type=0x11)
    assert [e.active for e in book.take((0x7E8, 0x03), [bare], 0)] == [True]
    later = book.take((0x7E8, 0x19), [typed], 1)
    assert [(e.component, e.active) for e in later] == [("ecu_7E8.11", True), ("ecu_7E8", False)]


@pytest.mark.parametrize(
    ("data", "pdu"),
    [
        ("000A620101010203040506 07".replace(" ", ""), "62010101020304050607"),
        ("000C62F19030313233343536373839", "62f190303132333435363738"),
    ],
)
def test_a_can_fd_single_frame_is_one_answer(data: str, pdu: str) -> None:
    assembler = Assembler()
    assert assembler.feed(bytes.fromhex(data), 0).pdu == bytes.fromhex(pdu)
    assert assembler.errors == 0


def test_a_classic_frame_of_length_0_stays_an_error() -> None:
    assembler = Assembler()
    assert assembler.feed(bytes(8), 0).pdu is None
    assert assembler.errors == 1


def test_a_pid_that_no_signal_stands_for_does_not_hide_the_next() -> None:
    found = obd.current(bytes.fromhex("4151010D32"), 0)
    assert [s.value for s in found.samples] == [50]
    assert found.answered == {0x51, 0x0D}


def test_fuel_trims_are_cut_where_everything_fits_with_one_or_two_banks() -> None:
    one = obd.current(bytes.fromhex("4106800780"), 0)
    two = obd.current(bytes.fromhex("410680FF0780FF0D32"), 0)
    assert one.answered == {0x06, 0x07}
    assert two.answered == {0x06, 0x07, 0x0D}


def test_kwp_answer_of_many_frames_is_joined() -> None:
    frames = [
        "103D6101FFFFFFFF",
        "21BA1D2E26480300",
        "22180F4714131313",
        "231414130015CB4D",
        "24CB010000860004",
        "25C9B70004C80A00",
        "2601BB780001ADDB",
        "270125A6B70D0186",
        "280000000003E800",
    ]
    assembler = Assembler()
    heard = [assembler.feed(bytes.fromhex(f), 0) for f in frames]
    assert len(heard[-1].pdu or b"") == 61
    identifier = uds.Identifier(did=0x01, service=0x21)
    assert identifier.request == b"\x21\x01"
    assert identifier.answered_by(heard[-1].pdu or b"")


def test_several_identifiers_in_one_request_are_cut_by_their_lengths() -> None:
    listed = [uds.Identifier(did=0x1E3B, length=2), uds.Identifier(did=0x1E3D, length=4)]
    parts = uds.split(bytes.fromhex("621E3B05DC1E3D000249F0"), listed)
    assert [(i.did, body.hex()) for i, body in parts] == [(0x1E3B, "05dc"), (0x1E3D, "000249f0")]
    left_out = uds.split(bytes.fromhex("621E3D000249F0"), listed)
    assert [i.did for i, _ in left_out] == [0x1E3D]


def test_an_extended_frame_with_the_number_of_a_standard_answer_is_not_the_answer() -> None:
    from gateway.frames import RawFrame

    poller = Poller(petrol({"fast": [0x05]}))
    poller.hear(RawFrame(bus="b", id=0x130, data=bytes(8), t_ms=0))
    assert poller.ask(100) is not None
    data = bytes.fromhex("064100BC3FA80300")
    poller.hear(RawFrame(bus="b", id=0x7E8, data=data, t_ms=110, extended=True))
    assert poller._announced == {}
