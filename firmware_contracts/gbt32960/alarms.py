"""General alarm bits (tables 18 and 24) and what the levels ask of a driver.

level 0 none, 1 drive on, 2 restricted, 3 stop at once or call for help, 4 thermal event (2025)
"""

from __future__ import annotations

from dataclasses import dataclass

THERMAL_EVENT = 23
"""The bit that makes any level a 4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmBit:
    """One bit; `code` is the word of an event, texts are for people."""

    bit: int
    code: str
    zh: str
    en: str


_TABLE = """
0|cell_temperature_difference|电池温度差异过大|Cell temperatures too far apart
1|battery_temperature_high|电池温度过高|Battery too hot
2|pack_voltage_high|电池包过压|Pack voltage too high
3|pack_voltage_low|电池包欠压|Pack voltage too low
4|soc_low|电量低|Charge low
5|cell_voltage_high|单体过压|A cell's voltage too high
6|cell_voltage_low|单体欠压|A cell's voltage too low
7|soc_high|电量过高|Charge too high
8|soc_jump|电量跳变|Charge reading jumps
9|pack_mismatch|电池系统不匹配|Battery systems do not match
10|cell_consistency_poor|单体一致性差|Cells differ too much
11|insulation_low|绝缘电阻低|Insulation too low
12|dcdc_temperature_high|DC-DC过热|DC-DC converter too hot
13|brake_system|制动系统报警|Brake system
14|dcdc_state|DC-DC状态异常|DC-DC converter at fault
15|inverter_temperature_high|电机控制器过热|Motor controller too hot
16|high_voltage_interlock|高压互锁断开|High-voltage interlock open
17|motor_temperature_high|驱动电机过热|Motor too hot
18|pack_overcharged|电池过充|Battery overcharged
19|motor_overspeed|驱动电机超速|Motor too fast
20|motor_overcurrent|驱动电机过流|Motor current too high
21|supercapacitor_temperature_high|超级电容过热|Supercapacitor too hot
22|supercapacitor_voltage_high|超级电容过压|Supercapacitor voltage too high
23|thermal_event|电池热事件|Battery thermal event
24|hydrogen_leak|氢气泄漏|Hydrogen leak
25|hydrogen_pressure|氢系统压力异常|Hydrogen pressure out of bounds
26|hydrogen_temperature|氢系统温度异常|Hydrogen temperature out of bounds
27|stack_temperature_high|燃料电池电堆过热|Fuel-cell stack too hot
"""


def _row(line: str) -> AlarmBit:
    bit, code, zh, en = line.split("|")
    return AlarmBit(bit=int(bit), code=code, zh=zh, en=en)


BITS = tuple(map(_row, _TABLE.strip().splitlines()))
CODES = {row.bit: row.code for row in BITS}


def set_bits(flags: int) -> tuple[int, ...]:
    """Numbers of the bits that are set, reserved ones included.

    >>> set_bits(0x800003)
    (0, 1, 23)
    """
    return tuple(bit for bit in range(32) if flags >> bit & 1)


def code(bit: int) -> str:
    """The word of a bit, a reserved one by its number.

    >>> code(23), code(30)
    ('thermal_event', 'reserved_30')
    """
    return CODES.get(bit, f"reserved_{bit}")
