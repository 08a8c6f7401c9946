"""A text in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bilingual:
    """The same text in Chinese and in English; `pair["zh"]` reads one of them."""

    zh: str
    en: str

    def __getitem__(self, lang: str) -> str:
        if lang not in LANGUAGES:
            raise KeyError(f"language {lang!r}: there is {' and '.join(LANGUAGES)}")
        return self.zh if lang == "zh" else self.en

    @classmethod
    def of(cls, text_in: Callable[[str], str]) -> Bilingual:
        """The text that `text_in(lang)` gives for each language."""
        return cls(zh=text_in("zh"), en=text_in("en"))

    @classmethod
    def same(cls, text: str) -> Bilingual:
        """A figure or a name that needs no translation."""
        return cls(zh=text, en=text)

    @classmethod
    def joined(cls, parts: Iterable[Bilingual], *, zh: str = "，", en: str = ", ") -> Bilingual:
        """Parts one after the other, with the separators of each language."""
        found = tuple(parts)
        return cls(zh=zh.join(p.zh for p in found), en=en.join(p.en for p in found))

    def as_dict(self) -> dict[str, str]:
        """As JSON carries it."""
        return {"zh": self.zh, "en": self.en}
