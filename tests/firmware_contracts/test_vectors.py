"""Golden vectors: bytes written out with their meaning; both directions must agree with them."""

from __future__ import annotations

import pytest

from firmware_contracts import codec
from firmware_contracts.annotate import read_hex
from firmware_contracts.telemetry import TelemetryBatch

from .batches import said
from .golden import FOLDER, VECTORS


def given(name: str) -> bytes:
    return read_hex((FOLDER / f"{name}.txt").read_text())


def test_every_vector_has_its_file_and_every_file_its_vector() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(VECTORS)


@pytest.mark.parametrize("name", VECTORS)
def test_writing_gives_these_bytes(name: str) -> None:
    vector = VECTORS[name]
    assert vector.write(vector.value).hex(" ") == given(name).hex(" ")


@pytest.mark.parametrize("name", VECTORS)
def test_the_meaning_beside_the_bytes_is_true(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text()
    assert text.partition("\n")[2] == VECTORS[name].annotated(given(name))


@pytest.mark.parametrize("name", [n for n in VECTORS if n.startswith("body")])
def test_bodies_are_read_as_meant(name: str) -> None:
    want = VECTORS[name].value
    assert isinstance(want, TelemetryBatch)
    assert said(codec.unseal(codec.seal(given(name))).batch) == said(want)


def test_the_other_messages_are_read_as_meant() -> None:
    assert codec.unseal(given("payload")).anchor == VECTORS["payload"].value
    assert codec.decode_hello(given("hello")) == VECTORS["hello"].value
    for name in ("receipt", "refusal", "time"):
        assert codec.decode_down(given(name)) == VECTORS[name].value
