"""Nothing that could change a car passes, whatever it is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_contracts.allowlist import READ_SERVICES, WriteRefused, check

READS = (
    "01 0C",
    "02 02 00",
    "03",
    "06 00",
    "07",
    "09 02",
    "0A",
    "10 03",
    "19 02 FF",
    "22 F1 90",
    "21 01",
    "3E 80",
)
WRITES = (
    "04",
    "14 FF FF FF",
    "11 01",
    "10 02",
    "27 01",
    "28 03",
    "2E F1 90",
    "2F 01",
    "31 01",
    "34 00",
    "36 01",
    "3D 00",
    "85 02",
    "08 00",
    "19",
    "19 99",
    "",
)


@pytest.mark.parametrize("request_", READS)
def test_reading_passes(request_: str) -> None:
    check(bytes.fromhex(request_))


@pytest.mark.parametrize("request_", WRITES)
def test_writing_clearing_and_the_unknown_never_pass(request_: str) -> None:
    with pytest.raises(WriteRefused):
        check(bytes.fromhex(request_))


@given(st.binary(max_size=12))
def test_only_listed_services_pass(request_: bytes) -> None:
    try:
        check(request_)
    except WriteRefused:
        return
    assert request_[0] in READ_SERVICES
