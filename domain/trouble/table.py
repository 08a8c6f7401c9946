"""The generic trouble codes as data: which part a code is about, and what is wrong with it.

    codes.txt     P0116 crp cl ch : engine coolant temperature sensor 1
                  first code, then one aspect per code from there on; the part in our vocabulary
    words.txt     coolant|冷却液|coolant
    aspects.txt   cl|信号过低|signal too low|wire         aspect, zh, en, what to check

Which codes exist and what they are about are facts of SAE J2012 / ISO 15031-6; the words are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from firmware_contracts import dtc


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """What can be wrong: words in both languages, and the id of what to check."""

    zh: str
    en: str
    check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One code of the table: its part (words of the vocabulary) and aspect."""

    part: str
    aspect: Aspect


@cache
def entries() -> Mapping[str, Entry]:
    """Every generic code by its five characters."""
    aspects, found = _aspects(), {}
    for line in _lines("codes.txt"):
        head, part = line.split(" : ")
        first, *names = head.split()
        at = dtc.number(first)
        for step, name in enumerate(names):
            high, low = divmod(at + step, 256)
            found[dtc.text(high, low)] = Entry(part=part, aspect=aspects[name])
    return MappingProxyType(found)


@cache
def first_of_part() -> Mapping[str, str]:
    """The lowest code of each part: the word that stands for all of them."""
    found: dict[str, str] = {}
    for code, entry in entries().items():
        found.setdefault(_family(code, entry.part), code)
    return MappingProxyType(found)


def root_code(code: str) -> str:
    """The code that stands for all codes of the same part of the same system.

    >>> root_code("P0118"), root_code("P1234")
    ('P0115', 'P1234')
    """
    entry = entries().get(code)
    return code if entry is None else first_of_part()[_family(code, entry.part)]


def part_words(part: str, lang: str) -> str:
    """A part in words.

    >>> part_words("engine coolant temperature sensor 1", "zh")
    '发动机冷却液温度传感器1'
    """
    words = [_word(word, lang) for word in part.split()]
    return "".join(words) if lang == "zh" else " ".join(words).replace(" / ", "/")


def _family(code: str, part: str) -> str:
    return f"{code[0]} {part}"


def _word(word: str, lang: str) -> str:
    """A word of the vocabulary; letters and numbers that tell parts apart stay as they are."""
    known = _words().get(word)
    if known is None:
        return word
    return known[0] if lang == "zh" else known[1]


@cache
def _words() -> Mapping[str, tuple[str, str]]:
    rows = (line.split("|") for line in _lines("words.txt"))
    return {id: (zh, en) for id, zh, en in rows}


@cache
def _aspects() -> Mapping[str, Aspect]:
    rows = (line.split("|") for line in _lines("aspects.txt"))
    return {id: Aspect(zh=zh, en=en, check=check) for id, zh, en, check in rows}


def _lines(name: str) -> list[str]:
    return resources.files("domain.trouble").joinpath(name).read_text("utf-8").splitlines()
