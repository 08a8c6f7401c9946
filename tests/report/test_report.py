"""A report that can be argued with: signed, checkable by anybody, honest about what is missing."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from typer.testing import CliRunner

from api.reports.chart import curve
from domain.errors import BadInput, Refused
from domain.reports import SignedReport, Standing, canonical, masked_vin, verify
from tests.report.samples import NOW, VIN, assessment, vehicle
from vigil.cli import app
from vigil.report import pdf
from vigil.report.issue import issue
from vigil.report.keys import KeyRing, public_keys


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys").open(NOW)


def _issued(keys: KeyRing) -> SignedReport:
    return issue(
        assessment(), vehicle(), keys, NOW, address="https://localhost/", vin=VIN, odometer_km=5.0
    )


def test_a_report_read_back_from_its_file_is_valid(keys: KeyRing) -> None:
    report = SignedReport.from_json(_issued(keys).to_json())
    assert verify(report, keys.public(), NOW) is Standing.VALID


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["health"]["capacity_soh"].update(value=99.9),
        lambda body: body["vehicle"].update(odometer_km=1.0),
        lambda body: body["anomalies"].clear(),
        lambda body: body.update(valid_until="2999-01-01T00:00:00+00:00"),
        lambda body: body.update(extra=1),
        lambda body: body.pop("warranty"),
    ],
)
def test_any_changed_value_shows(keys: KeyRing, change: object) -> None:
    told = json.loads(_issued(keys).to_json())
    change(told["body"])  # type: ignore[operator]
    forged = SignedReport.from_json(json.dumps(told))
    assert verify(forged, keys.public(), NOW) is Standing.FORGED


def test_it_can_be_checked_without_our_code(keys: KeyRing) -> None:
    report = _issued(keys)
    raw = keys.public()[report.key_id].raw
    Ed25519PublicKey.from_public_bytes(raw).verify(report.signature, canonical(report.body))


def test_canonical_bytes_are_those_of_rfc_8785() -> None:
    body = {"€": 1.0, "b": [1e21, 0.1, 1e-7], "a": "\u000f\n"}
    written = '{"a":"\\u000f\\n","b":[1e+21,0.1,1e-7],"€":1}'
    assert canonical(body) == written.encode()
    with pytest.raises(BadInput, match="canonical"):
        canonical({"x": float("nan")})


def test_standing_follows_time_and_the_book(keys: KeyRing) -> None:
    report, known = _issued(keys), keys.public()
    assert verify(report, known, NOW + timedelta(days=91)) is Standing.EXPIRED
    assert verify(report, known, NOW, superseded=True) is Standing.SUPERSEDED
    assert verify(report, known, NOW, withdrawn=True) is Standing.WITHDRAWN
    assert verify(report, {}, NOW) is Standing.UNKNOWN


def test_rotation_keeps_old_reports_valid_and_one_private_key(keys: KeyRing) -> None:
    old = _issued(keys)
    keys.rotate(NOW + timedelta(days=1))
    new = _issued(keys)
    assert old.key_id != new.key_id
    assert verify(old, keys.public(), NOW) is verify(new, keys.public(), NOW) is Standing.VALID
    assert keys.public()[old.key_id].until == NOW + timedelta(days=1)
    assert [p.name for p in keys.folder.glob("*.pem")] == ["signing.pem"]


def test_a_stolen_key_signs_nothing_that_stands(keys: KeyRing) -> None:
    before = _issued(keys)
    keys.compromise(before.key_id, NOW + timedelta(hours=1), NOW + timedelta(hours=2))
    known = keys.public()
    assert verify(before, known, NOW) is Standing.WITHDRAWN
    assert verify(before, known, NOW, recorded=True) is Standing.VALID
    assert verify(_issued(keys), known, NOW) is Standing.VALID
    with pytest.raises(BadInput, match="never used"):
        keys.compromise("k-none", NOW, NOW)


def test_the_private_key_is_for_its_owner_only(keys: KeyRing) -> None:
    private = keys.folder / "signing.pem"
    assert private.stat().st_mode & 0o777 == 0o600
    assert keys.folder.stat().st_mode & 0o777 == 0o700
    private.chmod(0o644)
    with pytest.raises(Refused, match="read by others") as caught:
        KeyRing(keys.folder).open(NOW)
    assert "chmod 600" in caught.value.remedy


def test_public_keys_survive_their_file_and_a_wrong_file_is_named(keys: KeyRing) -> None:
    assert public_keys((keys.folder / "keys.json").read_text()) == keys.public()
    with pytest.raises(BadInput, match="no public keys"):
        public_keys("{}x")


@pytest.mark.parametrize("text", ["", "{}", '{"body": {}, "signature": {"value": "?"}}', "[1]"])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no report"):
        SignedReport.from_json(text)


def test_the_body_says_what_is_measured_told_and_missing(keys: KeyRing) -> None:
    body = json.loads(_issued(keys).to_json())["body"]
    assert body["health"]["capacity_soh"]["value"] == 93.4123
    assert body["health"]["onboard_soce"]["missing"] == "onboard_soce"
    assert body["comparison"] == {"bms_says_pct": 96.0, "we_measure_pct": 93.4123, "agrees": False}
    assert body["anomalies"][0]["component"] == "cell_22"
    assert body["warranty"]["source"] == "maker's booklet"
    assert body["charging"]["observed_days"] is None
    assert body["inputs_digest"] == "c0ffee" * 5


def test_no_whole_vin_is_in_a_report(keys: KeyRing) -> None:
    text = _issued(keys).to_json()
    assert VIN not in text
    assert "1M8**********2788" in text
    assert masked_vin("short") is None


def test_report_ids_are_random(keys: KeyRing) -> None:
    assert _issued(keys).report_id != _issued(keys).report_id


def test_the_printed_report_is_one_pdf_with_its_curve(keys: KeyRing) -> None:
    report = _issued(keys)
    assert "<polyline" in curve(report.body)
    try:
        pdf.chinese_fonts()
    except Refused:
        pytest.skip("no Chinese font on this machine")
    made = pdf.render(report)
    assert made.startswith(b"%PDF-")
    assert len(made) > 20_000


def test_a_report_without_any_number_can_still_be_printed(keys: KeyRing) -> None:
    bare = copy.deepcopy(assessment())
    empty = type(bare)(
        vehicle_id=77, as_of=NOW, model_version="battery-1", input_digest="0", answers={}
    )
    report = issue(empty, vehicle(), keys, NOW, address="https://localhost")
    try:
        assert pdf.render(report).startswith(b"%PDF-")
    except Refused:
        pytest.skip("no Chinese font on this machine")


def test_without_a_chinese_font_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "CHINESE", ("No Such Font",))
    with pytest.raises(Refused) as caught:
        pdf.chinese_fonts()
    assert "fonts-noto-cjk" in caught.value.remedy


def test_bench_report_prints_what_it_cost() -> None:
    done = CliRunner().invoke(app, ["bench", "report", "--days", "30", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert {"cpu_s", "pdf_s", "rows"} <= told.keys()
    assert (told["pdf_s"] is None) == ("fonts-noto-cjk" in done.stderr)


def test_bench_report_without_a_font_says_so_and_measures_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf, "CHINESE", ("No Such Font",))
    done = CliRunner().invoke(app, ["bench", "report", "--days", "30", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["cpu_s"] > 0
    assert told["pdf_s"] is None
    assert "fonts-noto-cjk" in done.stderr
    done = CliRunner().invoke(app, ["bench", "report", "--days", "30"])
    assert "no PDF" in done.stdout
