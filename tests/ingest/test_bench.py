"""`vigil bench ingest`: the load is what it says, and a small run gives every key that is read."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from firmware_contracts import codec
from firmware_contracts.signal import Reason
from vigil.bench.ingest import devices
from vigil.bench.ingest.mixes import MIXES, ROWS, MessageMaker, templates, values_in

START_MS = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)
MIX_KEYS = {
    "raw_copy_values_s",
    "ledger_copy_values_s",
    "e2e",
    "ratio_raw",
    "ratio_ledger",
    "naive_values_s",
    "wal_bytes_per_value",
    "disk_bytes_per_value",
}


def test_message_maker_counts_the_values_it_sends_and_goes_forward_in_time() -> None:
    for mix in MIXES.values():
        maker = MessageMaker(mix, 3, START_MS)
        for number in range(4):
            for message in maker.round(range(3)):
                batch = codec.unseal(message.payload).batch
                assert message.seq == batch.seq == number
                assert batch.ticks_ms[0] == START_MS + number * ROWS * 1000
                assert message.values == values_in(batch)


def test_templates_hold_the_share_of_values_that_the_mix_names() -> None:
    for mix in MIXES.values():
        batches = templates(mix, seed=5)
        full = ROWS * (len(mix.signals) + mix.cells)
        assert max(map(values_in, batches)) == full
        assert any(np.any(b.real.reasons == Reason.INVALID) for b in batches) or any(
            np.any(b.wide.reasons == Reason.INVALID) for b in batches
        )


def test_packets_gives_back_what_packet_wrote_however_it_arrives() -> None:
    sent = [(0x30, b"x" * size) for size in (0, 1, 127, 128, 16_384)]
    data = b"".join(devices.packet(kind, body) for kind, body in sent)
    heard, found = bytearray(), []
    for at in range(0, len(data), 100):
        heard += data[at : at + 100]
        found += devices.packets(heard)
    assert found == sent
    assert not heard


@pytest.mark.slow
@pytest.mark.database
@pytest.mark.broker
def test_bench_ingest_prints_every_key_that_others_read() -> None:
    small = ["--vehicles", "20", "--rounds", "3", "--repeats", "1"]
    grown = ["--growth", "20", "--growth-messages", "200"]
    done = subprocess.run(
        [sys.executable, "-m", "vigil", "bench", "ingest", *small, *grown, "--json"],
        stdout=subprocess.PIPE,
        check=True,
    )
    said = json.loads(done.stdout)
    assert set(said["mixes"]) == {"gbt", "obd", "cells"}
    for mix in said["mixes"].values():
        assert mix.keys() >= MIX_KEYS
        assert mix["e2e"]["2"]["values_s"] > 0
        assert set(mix["e2e"]["1"]["cpu_us_per_value"]) == {"worker", "database", "broker"}
    assert set(said["latency_ms"]) == {"p50", "p99"}
    assert said["growth"][0]["vehicles"] == 20
    assert said["configuration"]["database"]["synchronous_commit"] == "on"


@pytest.mark.slow
@pytest.mark.database
@pytest.mark.broker
def test_bench_soak_counts_every_row_once() -> None:
    few = ["--minutes", "0", "--vehicles", "10"]
    done = subprocess.run(
        [sys.executable, "-m", "vigil", "bench", "soak", *few, "--json"],
        stdout=subprocess.PIPE,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["lost"] == said["duplicated"] == 0
    assert said["rows"] > 0
    assert set(said["rss_mb"]) == {"start", "end"}
    assert set(said["commit_ms_p99"]) == {"first", "last"}
