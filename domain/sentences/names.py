"""Names that sentences are made of: causes, parts, findings, certainty; phrases in words."""

from __future__ import annotations

from domain.causes import cause as cause_of
from domain.methods import method_id
from domain.sentences.bilingual import Bilingual
from domain.sentences.catalogue import bilingual, is_known, sentence
from domain.sentences.phrase import Phrase
from domain.sentences.trouble_words import about_code
from domain.trouble.meaning import code_in


def cause_name(cause: str, lang: str) -> str:
    """The name of a cause."""
    return sentence(f"cause.{cause}", lang)


def part_name(component: str, lang: str) -> str:
    """The part an alert is about; a source's own name ("V_82") stays as it is.

    >>> part_name("cell_54", "en"), part_name("tyre_rl", "zh"), part_name("V_82", "en")
    ('cell 54', '左后轮', 'V_82')
    """
    if is_known(f"part.{component}"):
        return sentence(f"part.{component}", lang)
    kind, _, number = component.rpartition("_")
    numbered = is_known(f"part.{kind}") and number.isdigit()
    return sentence(f"part.{kind}", lang, number=number) if numbered else component


def finding_title(cause: str, component: str, lang: str) -> str:
    """What is wrong and where; a part that the cause names already is not named again.

    >>> finding_title("twelve_volt_weak", "lv_battery", "en")
    'Weak 12 V battery'
    >>> finding_title("weak_cell", "cell_8", "zh")
    '电芯偏弱 · 8号电芯'
    """
    name, part = cause_name(cause, lang), part_name(component, lang)
    return name if part.lower() in name.lower() else f"{name} · {part}"


CERTAINTIES = ((0.9, "clear"), (0.7, "fair"), (0.0, "first"))
"""From this confidence on, this word. A finding's confidence is the judgement of its rule, not yet
held against outcomes of the field: people read a word and never a per cent."""


def certainty_id(confidence: float) -> str:
    """How sure a finding is: clear, fair or first signs.

    >>> certainty_id(0.9), certainty_id(0.75), certainty_id(0.6)
    ('clear', 'fair', 'first')
    """
    return next((word for least, word in CERTAINTIES if confidence >= least), CERTAINTIES[-1][1])


def certainty(confidence: float) -> Bilingual:
    """How sure a finding is, in words."""
    return bilingual(f"certainty.{certainty_id(confidence)}")


def about_cause(cause: str, part: str) -> Bilingual:
    """`what`, `ignored` or `do` of a cause, else of its system, else in general.

    >>> about_cause("dtc_p0118", "do").en.split(".")[0]
    'You can drive on; book a check within two weeks'
    """
    code = code_in(cause[4:]) if cause.startswith("dtc_") else None
    if code is not None:
        return about_code(code, part)
    ids = (
        f"cause.{cause}.{part}",
        f"system.{cause_of(cause).system}.{part}",
        f"system.general.{part}",
    )
    return bilingual(next(id for id in ids if is_known(id)))


def phrase_text(phrase: Phrase, lang: str) -> str:
    """A phrase in words: causes and parts among its arguments are named."""
    args: dict[str, object] = dict(phrase.args)
    cause, component = (str(args.get(name, "")) for name in ("cause", "component"))
    if cause:
        args["finding"] = finding_title(cause, component, lang)
    if component:
        args["component"] = part_name(component, lang)
    if cause:
        args["cause"] = cause_name(cause, lang)
    return sentence(phrase.id, lang, **args)


_OLD_REASONS = {
    "no longer supported by the data": "no_longer_supported",
    "an earlier episode": "earlier_episode",
}
"""What release 0.1.0 stored -> the id of `why.<id>`."""


def alert_reason(why: str, lang: str) -> str:
    """Why an alert changed: by which method, or which rule of the alert book; stored prose as well.

    >>> alert_reason("recovered: small capacity", "en") == alert_reason("small_capacity", "en")
    True
    >>> alert_reason("earlier_episode", "en")
    'An earlier episode came in late.'
    """
    word = _OLD_REASONS.get(why) or method_id(why.removeprefix("recovered: "))
    kind = "why" if is_known(f"why.{word}") else "method"
    return sentence(f"{kind}.{word}", lang)
