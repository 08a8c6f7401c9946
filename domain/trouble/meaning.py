"""What a trouble code means to a person: words, severity, what to check. Never fails for a code.

Texts of `firmware_contracts.dtc` come first (a mechanic's words for the codes that are met most),
then the table of all generic codes, then what the number alone says. Severity follows from what the
part does for safety and for getting home; the driver's advice follows from severity alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

from domain.health import Severity
from domain.trouble.table import Entry, entries, part_words
from firmware_contracts import dtc

_CODE = re.compile(r"([PCBU][0-3][0-9A-F]{3})(?:-[0-9A-F]{2})?|(SPN[0-9]{1,6}-FMI[0-9]{1,2})")
_FROM_CAR = MappingProxyType(
    {
        dtc.Severity.INFO: Severity.INFO,
        dtc.Severity.SERVICE: Severity.YELLOW,
        dtc.Severity.GENTLY: Severity.ORANGE,
        dtc.Severity.STOP: Severity.RED,
    }
)
_SAFETY = re.compile(
    r"brake|abs|anti-lock|steering|airbag|restraints?|pretensioner|deployment|occupant|knee"
    r"|misfire|interlock|isolation|contactor|precharge|crankshaft|throttle|accelerator|inverter"
    r"|hybrid/ev .*temperature: hot|drive motor|rail pressure|oil pressure: low|hydrogen"
    r"|stability|traction|tcs|yaw|dc/dc|wheel speed|park pawl|parking brake|tension"
)
"""Words of parts (and states) on which stopping, steering, protection or getting home depends."""
_COMFORT = re.compile(
    r"audio|radio|entertainment|mirror|navigation|television|telephone|speaker|sunroof|window"
    r"|washer|illumination|lighting|compass|player|antenna|display|seat (?:heat|motor|position)"
    r"|massage|grille|air dam|camera|sound|moveable roof|memory seat|a/v|subscription|personal"
)
"""Words of parts without which a car drives as well."""
_GROUPS = MappingProxyType(
    {
        "P00": ("进气、燃油计量与气门正时", "air and fuel metering, valve timing"),
        "P01": ("进气与燃油计量", "air and fuel metering"),
        "P02": ("喷油与增压", "injection and boost"),
        "P03": ("点火与失火", "ignition and misfires"),
        "P04": ("排放控制", "emission control"),
        "P05": ("车速、怠速与辅助输入", "speed, idle and auxiliary inputs"),
        "P06": ("控制器与其输出", "controller and its outputs"),
        "P07": ("变速箱", "gearbox"),
        "P08": ("变速箱", "gearbox"),
        "P09": ("变速箱", "gearbox"),
        "P0A": ("混合动力与电驱动", "hybrid and electric drive"),
        "P0B": ("动力电池", "traction battery"),
        "P0C": ("电驱动与充电", "electric drive and charging"),
        "P0D": ("电驱动与充电", "electric drive and charging"),
        "P0E": ("电驱动与充电", "electric drive and charging"),
    }
)
_SYSTEM_WORDS = MappingProxyType(
    {
        "P": ("动力系统", "powertrain"),
        "C": ("底盘系统", "chassis"),
        "B": ("车身系统", "body"),
        "U": ("车内网络", "network"),
    }
)
_SYSTEM_SEVERITY = MappingProxyType(
    {"P": Severity.YELLOW, "C": Severity.ORANGE, "B": Severity.YELLOW, "U": Severity.YELLOW}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """`check` is the id of what to look at first; `causes_zh`, `causes_en` where we know them.

    `generic` False: only the system is known (a maker's own code may mean anything).
    """

    code: str
    severity: Severity
    zh: str
    en: str
    check: str
    causes_zh: str = ""
    causes_en: str = ""
    generic: bool = True


def code_in(text: str) -> str | None:
    """The trouble code in writing, without its failure type; None for anything else.

    >>> code_in("p0171-11"), code_in("SPN110-FMI3"), code_in("P17")
    ('P0171', 'SPN110-FMI3', None)
    """
    found = _CODE.fullmatch(text.upper())
    return None if found is None else found[1] or found[2]


def meaning_of(code: str) -> Meaning:
    """What a code means, as `code_in` gives it.

    >>> meaning_of("P0118").en, meaning_of("P0A80").severity.word
    ('Coolant temperature sensor fault', 'yellow')
    """
    if code.startswith("SPN"):
        return _of_truck(code)
    entry, known = entries().get(code), dtc.TABLE.get(dtc.number(code))
    if known is not None:
        return Meaning(
            code=code,
            severity=_FROM_CAR[known.severity],
            zh=known.zh,
            en=known.en,
            check=entry.aspect.check if entry else "part",
            causes_zh=known.causes_zh,
            causes_en=known.causes_en,
        )
    return _of_entry(code, entry) if entry else _of_number(code)


def part_name(code: str, lang: str) -> str:
    """That a part has a fault, in words; the whole meaning where we have words of our own.

    >>> part_name("P2E4F", "zh")
    '电池充电机联接器温度传感器D异常'
    """
    entry = entries().get(code)
    if entry is None or dtc.number(code) in dtc.TABLE:
        found = meaning_of(code)
        return found.zh if lang == "zh" else found.en
    part = part_words(entry.part, lang)
    return f"{part}异常" if lang == "zh" else _sentence_case(f"{part}: fault")


def _of_entry(code: str, entry: Entry) -> Meaning:
    part_zh, part_en = (part_words(entry.part, lang) for lang in ("zh", "en"))
    return Meaning(
        code=code,
        severity=_severity(code, entry),
        zh=f"{part_zh}：{entry.aspect.zh}",
        en=_sentence_case(f"{part_en}: {entry.aspect.en}"),
        check=entry.aspect.check,
    )


def _severity(code: str, entry: Entry) -> Severity:
    state = {"too hot": "hot", "too low": "low"}.get(entry.aspect.en, "")
    said = f"{entry.part}: {state}"
    if _COMFORT.search(said):
        return Severity.INFO
    if _SAFETY.search(said):
        return Severity.ORANGE
    return Severity.YELLOW


def _of_number(code: str) -> Meaning:
    """A code nobody has words for: the group its number belongs to, and whose code it is."""
    generic = (code[0] != "P" and code[1] in "03") or (code[0] == "P" and code[1] in "02")
    zh, en = _GROUPS.get(code[:3], _SYSTEM_WORDS[code[0]])
    whose = ("故障", "fault") if generic else ("故障（厂家自定义码）", "fault (maker's own code)")
    return Meaning(
        code=code,
        severity=_SYSTEM_SEVERITY[code[0]],
        zh=f"{zh}{whose[0]}",
        en=_sentence_case(f"{en} {whose[1]}"),
        check="maker",
        generic=False,
    )


def _of_truck(code: str) -> Meaning:
    """A code of SAE J1939: the number of the signal and how it failed, without words for it."""
    shown = code.replace("SPN", "SPN ").replace("-FMI", " FMI ")
    return Meaning(
        code=code,
        severity=Severity.YELLOW,
        zh=f"商用车故障码 {shown}",
        en=f"Truck fault {shown}",
        check="maker",
        generic=False,
    )


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
