"""The sentences by id: YAML tables beside this file, `id: {zh, en}`, with `{name}` places.

What a newer model says by an id that is not here is read as words ("silence.something_new" is
"something new"): its ids belong to `OPEN` families. An id of any other family that has no sentence
is a mistake of ours: it is read as words too, and warned of; in tests the warning is an error.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from domain.causes import CAUSES, cause
from domain.errors import BadInput
from domain.sentences.bilingual import LANGUAGES, Bilingual

OPEN = frozenset(
    {"silence", "missing", "method", "why", "advice", "what_if", "segment", "cause", "series"}
)
"""Families of ids that are stored with what a model of another release found."""


class UnknownSentence(UserWarning):
    """An id without a sentence; add it to the table of its family."""


@cache
def sentences() -> Mapping[str, Bilingual]:
    """All sentences by id; BadInput when one lacks a language or stands twice."""
    found = {f"cause.{c.id}": Bilingual(zh=c.zh, en=c.en) for c in CAUSES.values()}
    for file in sorted(resources.files("domain.sentences").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            for id, pair in yaml.safe_load(file.read_text("utf-8")).items():
                if set(pair) != set(LANGUAGES) or not all(pair.values()) or id in found:
                    raise BadInput(file.name, id, "twice, or not in both languages")
                found[id] = Bilingual(**pair)
    return found


def is_known(id: str) -> bool:
    """True where there is a sentence of that id."""
    return id in sentences()


def sentence(id: str, lang: str, **args: object) -> str:
    """The sentence in that language. Arguments may be bilingual; a missing one shows as "–"; a
    share given as `value` is also there as `percent`.

    >>> sentence("missing.one_wide_charge", "en", from_pct=20, to_pct=80)
    'One charge from below 20 % to above 80 % would do.'
    >>> sentence("method.some_new_rule", "en")
    'some new rule'
    """
    found = sentences().get(id)
    if found is None:
        return _as_words(id)[lang]
    figures = {k: v[lang] if isinstance(v, Bilingual) else v for k, v in args.items()}
    value = figures.get("value")
    if isinstance(value, int | float):
        figures = {"percent": round(100 * value), **figures}
    return found[lang].format_map(_Figures(figures))


def bilingual(id: str, **args: object) -> Bilingual:
    """The sentence in both languages."""
    return Bilingual.of(lambda lang: sentence(id, lang, **args))


def _as_words(id: str) -> Bilingual:
    family, _, rest = id.partition(".")
    if family == "cause":
        named = cause(rest)
        return Bilingual(zh=named.zh, en=named.en)
    if family not in OPEN:
        warnings.warn(f"no sentence {id}", UnknownSentence, stacklevel=3)
        rest = rest.rpartition(".")[2]
    return Bilingual.same((rest or family).replace("_", " "))


class _Figures(dict[str, object]):
    """Figures by name; one that is missing shows as a dash, whatever its format."""

    def __missing__(self, key: str) -> object:
        return _Dash()


class _Dash:
    def __format__(self, spec: str) -> str:
        return "–"
