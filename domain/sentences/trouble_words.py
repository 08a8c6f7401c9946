"""A trouble code in sentences: what it means, what follows, how to drive on and what to check."""

from __future__ import annotations

from domain.sentences.bilingual import Bilingual
from domain.sentences.catalogue import bilingual
from domain.trouble.meaning import Meaning, meaning_of


def about_code(code: str, part: str) -> Bilingual:
    """`what`, `ignored` or `do` of a code; never fails for a code in writing.

    >>> about_code("P0A7E", "ignored").en
    'There may be danger, or severe damage.'
    """
    meaning = meaning_of(code)
    if part == "what":
        return bilingual("trouble.what", name=Bilingual(zh=meaning.zh, en=meaning.en), code=code)
    level = bilingual(f"trouble.{part}.{meaning.severity.word}")
    return level if part == "ignored" else Bilingual.joined(_advice(meaning, level), zh="", en=" ")


def _advice(meaning: Meaning, level: Bilingual) -> list[Bilingual]:
    """How to drive on, what to look at first, and what it usually is."""
    found = [level, bilingual(f"trouble.check.{meaning.check}")]
    if meaning.causes_zh and meaning.causes_en:
        causes = Bilingual(zh=meaning.causes_zh, en=meaning.causes_en)
        found.append(bilingual("trouble.causes", causes=causes))
    return found
