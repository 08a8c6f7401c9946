"""Every string a person reads is there in Chinese and in English, with the same figures in it."""

from __future__ import annotations

import re
import string
from pathlib import Path

import api
import models
from api.web import formatting
from care.offers.catalogue import shipped
from domain.causes import CAUSES
from domain.consent import Purpose
from domain.offers import Fit, Payer, Say
from domain.sentences import words

API, MODELS = Path(api.__file__).parent, Path(models.__file__).parent
TEMPLATES = "\n".join(p.read_text() for p in API.rglob("*.html"))
CODE = "\n".join(p.read_text() for p in API.rglob("*.py"))


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_figures() -> None:
    for id, pair in words.messages().items():
        assert places(pair["zh"]) == places(pair["en"]), id


def test_chinese_is_chinese_and_english_is_english() -> None:
    han = re.compile("[一-鿿]")
    for id, pair in words.messages().items():
        assert not han.search(pair["en"]), id
        letters = re.sub(r"\{\w+\}", "", pair["zh"])
        assert han.search(letters) or not re.search("[a-z]{4}", letters), id


def test_every_id_that_pages_and_services_name_exists() -> None:
    named = set(re.findall(r"\bt\('([a-z0-9_.]+)'[,)]", TEMPLATES))
    named |= set(re.findall(r'Say\(\s*id="([a-z0-9_.]+)"', CODE))
    named |= set(re.findall(r'words\.(?:text|both)\((?:lang, )?"([a-z0-9_.]+)"', CODE))
    assert len(named) > 100
    assert named - set(words.messages()) == set()


def test_every_id_that_is_put_together_has_its_words() -> None:
    heads = set(re.findall(r"\bt\('([a-z0-9_.]+\.)' ~", TEMPLATES))
    for head in heads:
        assert any(id.startswith(head) for id in words.messages()), head
    wanted = [f"payer.{each}" for each in Payer] + [f"fit.{each}" for each in Fit]
    wanted += [f"consent.{each}.{part}" for each in Purpose for part in ("name", "text")]
    assert [id for id in wanted if id not in words.messages()] == []


def test_every_cause_tells_what_follows_and_what_to_do() -> None:
    for cause in [*CAUSES, "dtc_p0301", "something_new"]:
        for part in ("what", "ignored", "do"):
            assert all(words.about_cause(cause, part).values()), cause


def test_a_finding_title_names_its_part_once() -> None:
    assert words.finding_title("en", "twelve_volt_weak", "lv_battery") == "Weak 12 V battery"
    assert words.finding_title("zh", "twelve_volt_weak", "lv_battery") == "12V蓄电池偏弱"
    assert words.finding_title("en", "thermostat", "thermostat") == "Thermostat fault"
    assert words.finding_title("en", "tyre_leak", "tyre_fl") == "Slow tyre leak · front left tyre"
    why = Say(id="offer.why_alert", args={"cause": "twelve_volt_weak", "component": "lv_battery"})
    assert words.said("en", why) == "Because the car's data say: Weak 12 V battery."


def test_certainty_is_told_in_words_and_no_sentence_turns_it_into_a_per_cent() -> None:
    for confidence in (0.0, 0.6, 0.75, 0.9, 1.0):
        for text in words.certainty(confidence).values():
            assert not re.search(r"\d|%", text)
    assert [id for id in words.messages() if "confidence" in id] == ["web.confidence"]
    assert "confidence *" not in TEMPLATES


def test_the_catalogue_reads_in_both_languages() -> None:
    for service in shipped().services.values():
        assert service.name.zh != service.name.en


def test_an_alert_tells_its_evidence_in_a_fixed_order_with_intervals_beside_their_numbers() -> None:
    values = {
        "z": -12.2,
        "growth_low": 0.08,
        "growth_pct_per_day": 0.09,
        "growth_high": 0.1,
        "deviation_mv": -58.7,
    }
    assert formatting.evidence_rows("en", values, {"deviation_mv": -10.0, "z": -5.0}) == [
        ("Deviation from the other cells (mV)", "-58.7", "-10"),
        ("Growth per day (%)", "0.09 (0.08 – 0.1)", ""),
        ("Deviation (σ)", "-12.2", "-5"),
    ]
    assert (
        formatting.evidence_rows("en", {"growth_low": 0.1}, {})[0][0]
        == "Growth per day, low end (%)"
    )
