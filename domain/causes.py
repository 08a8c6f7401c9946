"""The stable words for what can be wrong, and what explains what.

A cause's word is written into alerts, offers and labels and never changes. `rank` orders root
causes: a tired 12 V battery makes control units fall silent, silent units make sensors stale, a
bad sensor makes a system look ill. An alert of a higher rank is not raised while a lower one that
explains it stands.

    0 low voltage  ->  1 communication  ->  2 sensor  ->  3 system
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from domain.health import Severity
from domain.trouble.meaning import code_in, meaning_of, part_name
from domain.trouble.roots import explained_by

LOW_VOLTAGE, COMMUNICATION, SENSOR, SYSTEM = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause: its system, its rank, the causes that would explain it, its names.

    `same_part`: it is explained only by a finding on the same component.
    `rescue`: a red finding of this cause sends help.
    """

    id: str
    system: str
    rank: int
    zh: str
    en: str
    explained_by: frozenset[str] = frozenset()
    same_part: bool = False
    rescue: bool = False


_LV = "twelve_volt_weak twelve_volt_sulphation charging_system"
_LOW = "cell_sensor internal_short weak_cell"
_TABLE = f"""
weak_cell              |traction_battery|3|电芯偏弱|Weak cell|cell_sensor internal_short|part
cell_imbalance         |traction_battery|3|电芯不均衡|Cells out of balance|cell_sensor|part
self_discharge         |traction_battery|3|电芯自放电增大|Growing self-discharge|{_LOW}|part
internal_short         |traction_battery|3|疑似电芯内短路|Suspected internal short||
cell_sensor            |traction_battery|2|电芯采样异常|Cell sense line fault|communication|
probe_sensor           |traction_battery|2|温度探针异常|Temperature probe fault|communication|
low_capacity           |traction_battery|3|电池容量偏低|Low battery capacity||
resistance_rise        |traction_battery|3|电池内阻升高|Battery resistance rising||
temperature_spread     |traction_battery|3|电池温差偏大|Uneven pack temperature|probe_sensor|
warranty_risk          |traction_battery|3|质保期内容量可能不足|Capacity may fall below warranty||
insulation_low         |high_voltage|3|绝缘电阻下降|Insulation falling||
insulation             |high_voltage|3|高压绝缘故障|High-voltage insulation fault||rescue
thermal_event          |traction_battery|3|电池热失控前兆|Thermal event||rescue
bms_alarm_3            |traction_battery|3|电池系统三级报警|Battery system alarm, level 3||rescue
crash                  |body|3|碰撞|Crash||rescue
twelve_volt_weak       |low_voltage|0|12V蓄电池偏弱|Weak 12 V battery||
twelve_volt_sulphation |low_voltage|0|12V蓄电池硫化|12 V battery sulphation||
parasitic_drain        |low_voltage|0|静态电流过大|Parasitic drain||
charging_system        |low_voltage|0|12V充电系统异常|12 V charging system fault||
communication          |communication|1|控制器通信中断|Control units silent|{_LV}|
tyre_leak              |tyres|3|轮胎慢漏气|Slow tyre leak||
slow_puncture          |tyres|3|轮胎慢漏气|Slow puncture||
tyre_pressure          |tyres|3|胎压偏低|Low tyre pressure||
thermostat             |cooling|3|节温器异常|Thermostat fault|sensor_fault|
thermostat_open        |cooling|3|节温器常开|Thermostat stuck open|sensor_fault|
overheating            |cooling|3|水温过高|Overheating|sensor_fault|
coolant_loss           |cooling|3|冷却液流失|Coolant loss||
brake_wear             |brakes|3|制动片磨损|Brake wear||
oil_life               |engine|3|机油寿命将尽|Oil life nearly used||
fuel_lean              |engine|3|混合气过稀|Mixture too lean|sensor_fault|
fuel_rich              |engine|3|混合气过浓|Mixture too rich|sensor_fault|
misfire                |engine|3|失火|Misfire||
dpf_clogging           |exhaust|3|颗粒捕集器堵塞|Particulate filter clogging||
fault_lamp             |general|3|故障灯点亮|Fault lamp on||
sensor_fault           |general|2|传感器异常|Sensor fault|communication {_LV}|
"""


def _row(line: str) -> Cause:
    name, system, rank, zh, en, explained, marks = (part.strip() for part in line.split("|"))
    return Cause(
        id=name,
        system=system,
        rank=int(rank),
        zh=zh,
        en=en,
        explained_by=frozenset(explained.split()),
        same_part="part" in marks,
        rescue="rescue" in marks,
    )


CAUSES = MappingProxyType({cause.id: cause for cause in map(_row, _TABLE.strip().splitlines())})


def cause(word: str) -> Cause:
    """The cause of that word; an unlisted one (dtc_p0217, another room's) is a system of its own.

    >>> cause("dtc_p0420").en, cause("dtc_p0420").explained_by >= {"misfire"}
    ('Catalyst efficiency low', True)
    """
    known = CAUSES.get(word)
    if known is not None:
        return known
    if word.startswith("dtc_") and code_in(word[4:]):
        return _trouble(word)
    plain = word.replace("_", " ")
    return Cause(id=word, system="general", rank=SYSTEM, zh=plain, en=plain.capitalize())


@cache
def _trouble(word: str) -> Cause:
    """The cause that a trouble code stands for: the part it is about, in words."""
    code = word[4:].upper()
    return Cause(
        id=word,
        system="general",
        rank=SYSTEM,
        zh=part_name(code, "zh"),
        en=part_name(code, "en"),
        explained_by=explained_by(code),
        rescue=meaning_of(code).severity is Severity.RED,
    )


@cache
def symptoms_of(root: str) -> tuple[str, ...]:
    """The causes that a finding `root` makes needless, in the order of the table.

    >>> symptoms_of("internal_short")
    ('weak_cell', 'self_discharge')
    """
    return tuple(known.id for known in CAUSES.values() if root in known.explained_by)


def explains(root: str, root_part: str, symptom: str, part: str) -> bool:
    """True if a finding `root` on `root_part` makes an alert of `symptom` on `part` needless."""
    known = cause(symptom)
    return root in known.explained_by and (not known.same_part or root_part == part)
