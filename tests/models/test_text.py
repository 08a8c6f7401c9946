"""Everything models say can be read in Chinese and in English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.causes import CAUSES, cause, explains
from domain.methods import Method
from domain.text import LANGUAGES, TEXTS, say
from models.battery import thermal
from models.battery.ageing.forecast import CHANGES
from models.battery.cells import watch

ROOT = Path(__file__).resolve().parents[2]
SOURCES = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "models/battery").glob("*.py"))


def said(pattern: str) -> set[str]:
    return set(re.findall(pattern, SOURCES))


def test_every_silence_cause_advice_and_change_has_both_languages() -> None:
    wanted = {f"silence.{word}" for word in said(r'reason="([a-z_0-9]+)"')}
    wanted -= {"silence.repair", "silence.evidence", "silence.first"}  # reasons of segments
    wanted |= {f"missing.{word}" for word in said(r'missing="([a-z_0-9]+)"')}
    wanted |= said(r'"(advice\.[a-z_0-9]+)"')
    wanted |= {f"what_if.{word}" for word in CHANGES}
    wanted |= {f"cause.{word}" for word in watch.CAUSES | thermal.CAUSES}
    assert wanted <= set(TEXTS), wanted - set(TEXTS)


def test_every_text_reads_in_both_languages_without_its_figures() -> None:
    for message in TEXTS:
        for language in LANGUAGES:
            assert say(message, language).strip()
    assert say("cause.dtc_p0301", "zh") == "故障码 P0301"
    assert say("silence.something_new", "en") == "something new"


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("language", LANGUAGES)
def test_say_has_a_sentence_of_its_own_for_every_method(method: Method, language: str) -> None:
    sentence = say(f"method.{method}", language, step_s=30.0)
    assert sentence != method.replace("_", " ")
    assert bool(re.search("[一-鿿]", sentence)) == (language == "zh")
    assert "{" not in sentence


def test_say_tells_the_duration_of_current_steps_in_seconds() -> None:
    assert "within 30 s" in say("method.current_steps", "en", step_s=29.6)


def test_causes_explain_downwards_only() -> None:
    for known in CAUSES.values():
        for root in known.explained_by:
            assert cause(root).rank <= known.rank, f"{root} cannot explain {known.id}"
    assert explains("cell_sensor", "V_3", "weak_cell", "V_3")
    assert not explains("cell_sensor", "V_3", "weak_cell", "V_4")


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_are_filled_in(language: str) -> None:
    assert "20" in say("missing.one_wide_charge", language, from_pct=20, to_pct=80)
    assert "35" in say("advice.less_dc", language, value=0.354)
