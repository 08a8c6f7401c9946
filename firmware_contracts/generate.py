"""Makes telemetry_pb2.py and .pyi from telemetry.proto: `python -m firmware_contracts.generate`.

Needs grpcio-tools (extra `dev`); a test compares its output with what is committed.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTO = "firmware_contracts/telemetry.proto"


def generate(out: Path) -> None:
    """Write the generated package files below `out`."""
    from grpc_tools import protoc

    args = ["protoc", f"-I{ROOT}", f"--python_out={out}", f"--pyi_out={out}", PROTO]
    if protoc.main(args) != 0:
        raise RuntimeError(f"protoc refused {PROTO}")


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
