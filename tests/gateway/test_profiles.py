"""Every field of every shipped profile: known how, from where, with sentinels and a worked example
that comes out of the decoder as its arithmetic says."""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_NAME
from gateway import profiles
from gateway.decode import dbc
from gateway.decode.field import Evidence, Field
from gateway.decode.uds import CellPage
from gateway.frames import RawFrame, SignalSample
from gateway.imports.catalogue import markdown

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
FIELDS = [
    (name, field)
    for name in profiles.names()
    for field in profiles.load(name, unverified=True).fields
]


def figure(text: str) -> float:
    """The value of written arithmetic."""

    def of(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return float(OPERATORS[type(node.op)](of(node.left), of(node.right)))
        if isinstance(node, ast.UnaryOp):
            return -of(node.operand)
        return float(ast.literal_eval(node))

    return of(ast.parse(text.strip(), mode="eval").body)


def sample_of(field: Field | CellPage, raw: bytes) -> SignalSample:
    """What the decoder makes of one raw number where the field expects it."""
    if isinstance(field, Field):
        sample = field.read(bytes(field.start) + raw, 0)
        assert sample is not None
        return sample
    present = (1 << 8 * field.bitmap_bytes) - 1
    body = bytes(field.start) + present.to_bytes(field.bitmap_bytes, "big") + raw
    return field.read(body, 0)[0]


def test_figure_reads_plain_arithmetic() -> None:
    assert figure("-200 * -0.1") == 20.0
    assert figure("70 - 40") == 30


@pytest.mark.parametrize(
    ("profile", "field"), FIELDS, ids=[f"{p}-{f.signal.name}-{f.start}" for p, f in FIELDS]
)
def test_worked_example_of_each_field_comes_out_of_the_decoder(
    profile: str, field: Field | CellPage
) -> None:
    raw, _, rest = field.example.partition("->")
    arithmetic, _, value = rest.rpartition("=")
    sample = sample_of(field, bytes.fromhex(raw.replace(" ", "")))
    assert figure(arithmetic) == pytest.approx(figure(value), rel=1e-9)
    assert sample.value == pytest.approx(figure(value), rel=1e-6)


@pytest.mark.parametrize(
    ("profile", "field"), FIELDS, ids=[f"{p}-{f.signal.name}-{f.start}" for p, f in FIELDS]
)
def test_each_field_names_sentinels_and_they_are_no_values(
    profile: str, field: Field | CellPage
) -> None:
    if isinstance(field, Field) and (field.bit is not None or field.spn is not None):
        return
    assert field.sentinels
    for raw in field.sentinels:
        order: Literal["little", "big"] = "little" if field.little else "big"
        data = raw.to_bytes(field.size, order, signed=raw < 0)
        assert sample_of(field, data).reason is Reason.INVALID


@pytest.mark.parametrize("name", profiles.names())
def test_each_profile_says_from_where_and_under_which_licence(name: str) -> None:
    profile = profiles.load(name)
    assert profile.source
    assert profile.licence


def test_computed_fields_are_kept_for_a_look_and_left_out_of_the_agent(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("""
name: mine
powertrain: electric
uds:
  - {tx: 0x7E4, rx: 0x7EC, identifiers: [
      {did: 0x0101, fields: [{signal: soc_pct, start: 0, evidence: computed},
                             {signal: pack_voltage_v, start: 1, size: 2}]},
      {did: 0x0102, evidence: computed, fields: [{signal: bms_soh_pct, start: 0}]}]}
""")
    seen = [f.signal.name for f in profiles.load(str(path), unverified=True).fields]
    kept = [f.signal.name for f in profiles.load(str(path)).fields]
    assert seen == ["soc_pct", "pack_voltage_v", "bms_soh_pct"]
    assert kept == ["pack_voltage_v"]
    assert profiles.load(str(path), unverified=True).unverified == {"soc_pct", "bms_soh_pct"}


def test_a_field_cut_from_bits_is_signed_by_its_own_width() -> None:
    field = Field(signal=BY_NAME["pack_current_a"], start=0, size=2, shift=5, width=11, signed=True)
    sample = field.read(bytes.fromhex("FFE0"), 0)
    assert sample is not None
    assert sample.value == -1
    assert field.evidence is Evidence.PUBLISHED


def test_load_names_file_and_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("name: x\npowertrain: electric\nevidence: rumour\n")
    with pytest.raises(ValueError, match=r"bad.yaml.*rumour"):
        profiles.load(str(path))


BROADCASTS = [
    (name, key, spec)
    for name in profiles.names()
    for key, spec in (profiles.load(name).broadcast or {}).items()
    if not name.startswith("demo_")
]


@pytest.mark.parametrize(
    ("profile", "key", "spec"), BROADCASTS, ids=[f"{p}-{k}" for p, k, _ in BROADCASTS]
)
def test_worked_example_of_each_broadcast_signal_comes_out_of_its_dbc(
    profile: str, key: str, spec: Mapping[str, Any]
) -> None:
    found = profiles.load(profile)
    decoder = dbc.load(profiles.FOLDER / str(found.dbc), found.broadcast or {})
    frame, _, value = spec["example"].partition("->")
    word, _, data = frame.strip().partition("#")
    heard = RawFrame(
        bus="b", id=int(word, 16), data=bytes.fromhex(data), t_ms=0, extended=len(word) > 3
    )
    values = {s.signal: s.value for s in decoder.decode(heard)}
    assert values[BY_NAME[spec["signal"]].id] == pytest.approx(float(value))


def test_the_page_of_profiles_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "profiles.md"
    assert page.read_text(encoding="utf-8") == markdown()
