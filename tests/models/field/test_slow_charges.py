"""Slow charges get a voice as far as measurement says they have something to say."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from vigil.cli import app


def test_the_band_repeats_better_than_the_peak_and_does_no_harm() -> None:
    done = CliRunner().invoke(app, ["evaluate", "slow-charges", "--cars", "16", "--seed", "3"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["cars"] > 3
    assert found["scatter"]["band"] < 0.5 * found["scatter"]["peak"]
    assert found["mae"]["with_band"] <= found["mae"]["counted"] + 0.1
