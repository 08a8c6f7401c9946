"""Trouble codes: the bytes of the standard's examples, and words in both languages for all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_contracts import dtc
from firmware_contracts.dtc import Severity


@pytest.mark.parametrize(
    ("data", "code"),
    [("0171", "P0171"), ("0A80", "P0A80"), ("C100", "U0100"), ("2463", "P2463"), ("4035", "C0035")],
)
def test_two_bytes_are_written_as_workshops_write_them(data: str, code: str) -> None:
    assert dtc.text(*bytes.fromhex(data)) == code
    assert dtc.number(code) == int(data, 16)


@given(st.integers(0, 0xFFFF))
def test_every_code_can_be_written_read_and_described(number: int) -> None:
    code = dtc.text(number >> 8, number & 255)
    assert dtc.number(code) == number
    assert dtc.describe(code).zh
    assert dtc.describe(code).en


@pytest.mark.parametrize("code", ["", "P", "X0100", "P4000", "P01711", "P0171-1"])
def test_what_is_no_code_is_refused_in_words(code: str) -> None:
    with pytest.raises(ValueError, match="trouble code"):
        dtc.number(code)


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        ("P0217", Severity.STOP),
        ("P0524", Severity.STOP),
        ("P0AA6", Severity.STOP),
        ("P0A0D", Severity.STOP),
        ("P0302", Severity.GENTLY),
        ("P0128", Severity.SERVICE),
        ("P0D27", Severity.INFO),
    ],
)
def test_severity_is_what_the_code_says(code: str, severity: Severity) -> None:
    assert dtc.severity(code) is severity


def test_pending_counts_less_and_a_flashing_lamp_more() -> None:
    assert dtc.severity("P0128", pending_only=True) is Severity.INFO
    assert dtc.severity("P0D27", pending_only=True) is Severity.INFO
    assert dtc.severity("P0217", pending_only=True) is Severity.STOP
    assert dtc.severity("P0301", lamp_flashes=True) is Severity.STOP
    assert dtc.severity("P0128", lamp_flashes=True) is Severity.GENTLY


def test_an_unknown_code_is_described_by_its_system_only() -> None:
    assert not dtc.describe("P1FFF").specific
    assert dtc.describe("p0171-11").specific
