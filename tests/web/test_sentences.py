"""Every sentence that people read is there in Chinese and in English, with the same figures."""

from __future__ import annotations

import re
import string
import warnings
from itertools import chain
from pathlib import Path

import pytest

import api
import care
import domain
import models
import vigil
from care.offers.catalogue import shipped
from domain.causes import CAUSES
from domain.consent import Purpose
from domain.health import Severity
from domain.methods import Method
from domain.offers import Fit, Payer
from domain.sentences.bilingual import LANGUAGES, Bilingual
from domain.sentences.catalogue import (
    UnknownSentence,
    bilingual,
    is_known,
    sentence,
    sentences,
)
from domain.sentences.names import (
    CERTAINTIES,
    about_cause,
    alert_reason,
    cause_name,
    certainty,
    finding_title,
    phrase_text,
)
from domain.sentences.phrase import Phrase
from models.battery.ageing.forecast import CHANGES

HAN = re.compile("[一-鿿]")
ENGLISH = re.compile(r"\b(?:the|and|with|this|that|was|were|from|has|not|for|is|are)\b", re.I)
TEXT_ARGUMENTS = {"cause", "component", "finding", "what", "why", "do", "ignored", "name", "car"}


def sources(*packages: object, suffix: str = "py") -> str:
    folders = [Path(str(package.__file__)).parent for package in packages]  # type: ignore[attr-defined]
    files = chain.from_iterable(folder.rglob(f"*.{suffix}") for folder in folders)
    return "\n".join(file.read_text("utf-8") for file in files)


TEMPLATES = sources(api, suffix="html")
CODE = sources(api, care, domain, models, vigil)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def arguments(id: str) -> dict[str, object]:
    """Plausible ones: 7 for a figure, a word of both languages for a text."""
    named = places(sentences()[id].zh)
    word = Bilingual(zh="某物", en="something")
    return {name: word if name in TEXT_ARGUMENTS else 7 for name in named}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentence_renders_every_id_with_its_arguments(lang: str) -> None:
    for id in sentences():
        shown = sentence(id, lang, **arguments(id))
        assert shown.strip(), id
        assert not re.search(r"[{}]|–(?=\D|$)\s*$", shown), (id, shown)
        if lang == "en":
            assert not HAN.search(shown), (id, shown)
        else:
            assert not ENGLISH.search(shown), (id, shown)


def test_every_sentence_has_chinese_characters_unless_it_is_a_name_or_a_figure() -> None:
    for id, pair in sentences().items():
        plain = re.sub(r"\{[^}]*\}", "", pair.zh)
        assert HAN.search(plain) or not re.search("[a-z]{4}", plain), id


def test_both_languages_have_the_same_places_for_figures() -> None:
    for id, pair in sentences().items():
        assert places(pair.zh) == places(pair.en), id


@pytest.mark.parametrize("method", Method)
def test_every_method_has_a_sentence_of_its_own(method: Method) -> None:
    shown = bilingual(f"method.{method}", step_s=30.0)
    assert shown.en != method.replace("_", " ")
    assert HAN.search(shown.zh)
    assert not ENGLISH.search(shown.zh)
    assert alert_reason(method, "zh").strip()


@pytest.mark.parametrize("cause", [*CAUSES, "dtc_p0301", "something_new"])
def test_every_cause_says_what_it_is_what_follows_and_what_to_do(cause: str) -> None:
    for part in ("what", "ignored", "do"):
        paragraph = about_cause(cause, part)
        assert HAN.search(paragraph.zh)
        assert not HAN.search(paragraph.en)
        assert paragraph.en.endswith((".", "!"))


def test_every_id_that_models_give_has_its_sentence() -> None:
    found = sources(models)
    wanted = {f"silence.{word}" for word in re.findall(r'\breason="([a-z_0-9]+)"', found)}
    wanted -= {"silence.repair", "silence.evidence", "silence.first"}  # reasons of segments
    wanted |= {f"missing.{word}" for word in re.findall(r'\bmissing="([a-z_0-9]+)"', found)}
    wanted |= set(re.findall(r'"(advice\.[a-z_0-9]+)"', found))
    wanted |= {f"what_if.{word}" for word in CHANGES}
    assert len(wanted) > 20
    assert {id for id in wanted if not is_known(id)} == set()


def test_every_id_that_pages_rules_and_messages_name_has_its_sentence() -> None:
    named = set(re.findall(r"\bt\('([a-z0-9_.]+)'[,)]", TEMPLATES))
    named |= set(re.findall(r'Phrase\(\s*id="([a-z0-9_.]+)"', CODE))
    named |= set(re.findall(r'\b(?:sentence|bilingual)\(\s*"([a-z0-9_.]+)"', CODE))
    named -= {"missing.one_wide_charge", "method.some_new_rule"} - set(sentences())
    assert len(named) > 200
    assert {id for id in named if not is_known(id)} == set()


def test_every_id_that_is_put_together_has_its_sentence() -> None:
    heads = set(re.findall(r"\bt\('([a-z0-9_.]+\.)' ~", TEMPLATES))
    heads |= set(re.findall(r'\b(?:sentence|bilingual)\(\s*f"([a-z0-9_.]+\.)\{', CODE))
    for head in heads:
        assert any(id.startswith(head) for id in sentences()), head
    wanted = [f"payer.{each}" for each in Payer] + [f"fit.{each}" for each in Fit]
    wanted += [f"consent.{each}.{part}" for each in Purpose for part in ("name", "text")]
    wanted += [f"{head}.{s.word}" for s in Severity for head in ("severity", "queue.severity")]
    wanted += [f"queue.certainty.{word}" for _, word in CERTAINTIES]
    assert [id for id in wanted if not is_known(id)] == []


def test_an_id_of_a_newer_model_reads_as_words() -> None:
    assert sentence("silence.something_new", "en") == "something new"
    assert sentence("advice.park_uphill", "zh") == "park uphill"
    assert cause_name("dtc_p0301", "zh") == "发动机失火"


def test_an_unknown_id_of_our_own_is_an_error_in_tests_and_words_for_a_person() -> None:
    with pytest.raises(UnknownSentence, match="no_such_word"):
        sentence("web.no_such_word", "en")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnknownSentence)
        assert sentence("web.step.some_new_step", "en") == "some new step"


def test_sentence_fills_in_figures_and_shows_a_dash_for_a_missing_one() -> None:
    assert "20" in sentence("missing.one_wide_charge", "zh", from_pct=20, to_pct=80)
    assert "35" in sentence("advice.less_dc", "en", value=0.354)
    assert "within 30 s" in sentence("method.current_steps", "en", step_s=29.6)
    assert "–" in sentence("silence.history_too_short", "en", days=3)
    inner = Bilingual(zh="一次", en="one")
    assert bilingual("battery.missing", what=inner) == Bilingual(zh="还缺：一次", en="Missing: one")


def test_bilingual_knows_no_third_language() -> None:
    with pytest.raises(KeyError, match="'fr'"):
        Bilingual.same("7 %")["fr"]


def test_finding_title_names_a_part_once() -> None:
    assert finding_title("twelve_volt_weak", "lv_battery", "en") == "Weak 12 V battery"
    assert finding_title("twelve_volt_weak", "lv_battery", "zh") == "12V蓄电池偏弱"
    assert finding_title("thermostat", "thermostat", "en") == "Thermostat fault"
    assert finding_title("tyre_leak", "tyre_fl", "en") == "Slow tyre leak · front left tyre"
    why = Phrase(
        id="offer.why_alert", args={"cause": "twelve_volt_weak", "component": "lv_battery"}
    )
    assert phrase_text(why, "en") == "Because the car's data say: Weak 12 V battery."
    bare = Phrase(id="offer.why_alert", args={"cause": "weak_cell", "component": ""})
    assert phrase_text(bare, "en") == "Because the car's data say: Weak cell."


def test_certainty_is_a_word_and_no_sentence_makes_a_per_cent_of_it() -> None:
    for confidence in (0.0, 0.6, 0.75, 0.9, 1.0):
        shown = certainty(confidence)
        assert not re.search(r"\d|%", shown.zh + shown.en)
    assert [id for id in sentences() if "confidence" in id] == ["web.confidence"]
    assert "confidence *" not in TEMPLATES


def test_the_catalogue_of_services_reads_in_both_languages() -> None:
    for service in shipped().services.values():
        assert service.name.zh != service.name.en
