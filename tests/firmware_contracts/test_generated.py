"""What is generated is committed as its source gives it; what is released stays."""

from __future__ import annotations

from pathlib import Path

from firmware_contracts.generate import ROOT, generate
from firmware_contracts.released import CATALOGUE_1
from firmware_contracts.signals import BY_ID


def test_the_committed_protobuf_code_is_what_the_proto_file_gives(tmp_path: Path) -> None:
    generate(tmp_path)
    for name in ("telemetry_pb2.py", "telemetry_pb2.pyi"):
        fresh = (tmp_path / "firmware_contracts" / name).read_text()
        assert fresh == (ROOT / "firmware_contracts" / name).read_text(), (
            "run python -m firmware_contracts.generate"
        )


def test_no_released_signal_has_vanished() -> None:
    assert set(BY_ID) >= CATALOGUE_1
