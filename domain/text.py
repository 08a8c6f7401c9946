"""Sentences by message id, in Chinese and English: causes, silences, methods, advice.

`say("silence.no_charge_observed", "zh", charges_seen=0)`; unknown ids come back as words, never as
an error: a person must be able to read whatever a newer model says.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from domain.causes import CAUSES, cause
from domain.methods import method_id

LANGUAGES = ("zh", "en")

_TABLE = """
silence.no_charge_observed|还没有看到充电过程，无法测量容量。|No charge has been seen yet, so capacity cannot be measured.
silence.charges_too_small|看到的充电都太短（最宽{widest_pct}个百分点）。|The charges seen are too short (the widest spans {widest_pct} points).
silence.windows_disagree|各次充电的结果彼此差别太大，不给出数字。|The charges disagree too much with each other for a number.
silence.new_value_unknown|已测得{measured}{unit}，但不知道新车时的数值，无法换算成百分比。|{measured} {unit} were measured, but the value when new is not known.
silence.not_read_from_car|车辆没有报告这个数值。|The car does not report this value.
silence.history_too_short|观察到的时间太短（{days}天，需要{needed}天）。|Observed for too short a time ({days} days, needed {needed}).
silence.too_few_current_steps|电流变化太少（{steps}次，需要{needed}次）。|Too few changes of current ({steps}, needed {needed}).
silence.current_and_voltage_not_together|电压与电流不是同时采样，无法得到内阻。|Voltage and current were not read together, so resistance cannot be told.
silence.consumption_unknown|行驶数据太少，不知道这辆车的电耗。|Too little driving was seen to know this car's consumption.
silence.age_unknown|不知道车辆何时上路，无法预测。|Without the first day on the road there is no forecast.
silence.warranty_ended|质保期已结束。|The warranty has ended.
silence.no_warranty_record|没有这辆车的质保记录。|There is no warranty record of this car.
silence.cohort_too_small|可比的车太少（{cars}辆，需要{needed}辆）。|Too few comparable cars ({cars}, needed {needed}).
missing.more_cars_like_this|有更多同类车辆后即可比较。|More cars of this kind are needed for a comparison.
missing.one_wide_charge|从{from_pct}%以下充到{to_pct}%以上，一次就够。|One charge from below {from_pct} % to above {to_pct} % would do.
missing.one_full_charge|从{from_pct}%以下充满到{to_pct}%，一次就够（磷酸铁锂电池只有充满时才量得准）。|One charge from below {from_pct} % to {to_pct} % would do (LFP can be measured only at the full end).
missing.rated_capacity|请补充额定容量（Ah）。|Enter the rated capacity (Ah).
missing.rated_energy|请补充额定电量（kWh）。|Enter the rated energy (kWh).
missing.bms_soh|车辆若提供健康度，会显示在这里。|If the car tells its own state of health, it will show here.
missing.onboard_soce|车辆若提供认证能量状态，会显示在这里。|If the car tells its certified energy state, it will show here.
missing.more_driving|再行驶一段时间即可。|More driving will do.
missing.rows_of_one_second|需要每秒一次的数据。|Readings once a second are needed.
missing.first_registration|请补充首次上牌日期。|Enter the date of first registration.
missing.warranty_record|请补充质保条款（年限、里程、容量门槛）。|Enter the warranty terms (years, distance, capacity threshold).
method.standing_charge_deficit|该电芯在多日、多种电量下都明显低于其他电芯。|On several days and at several states of charge this cell stands well below the others.
method.large_charge_deficit|该电芯大幅低于其他电芯。|This cell stands far below the others.
method.small_capacity|电量越低，该电芯落后越多：容量偏小。|The emptier the pack, the further this cell falls behind: its capacity is small.
method.high_resistance|大电流时该电芯电压下沉更多：内阻偏高。|Under load this cell sinks more than the others: its resistance is high.
method.growing_deficit|该电芯的亏电逐日增大。|This cell's deficit grows by the day.
method.fast_self_discharge|该电芯掉电很快，疑似内部短路。|This cell loses charge fast; an internal short is suspected.
method.standing_charge_surplus|该电芯持续偏高。|This cell stands above the others.
method.pack_spread|整包电芯差异偏大。|The cells of the whole pack are far apart.
method.constant_offset|偏差在任何电量下都一样：采样误差。|The deviation is the same at every state of charge: a sense line reads wrong.
method.stuck_reading|读数不再变化：采样失效。|The reading no longer moves: the sense line failed.
method.shared_sense_wire|相邻两节一高一低、数值相反：共用采样线异常。|Two neighbours are off by opposite amounts: their shared sense wire is to blame.
method.hot_probe|单个探针超过60 °C，且明显高于其他探针。|One probe is above 60 °C and far above the others.
method.fast_heating|探针温度每秒上升1 °C以上。|A probe rises by more than 1 °C a second.
method.unexplained_voltage_drop|电流不变时单个电芯电压突然下降。|One cell's voltage fell although the current did not change.
method.insulation_below_100_ohm_v|绝缘电阻低于100 Ω/V。|Insulation is below 100 ohm/V.
method.insulation_below_500_ohm_v|绝缘电阻低于500 Ω/V。|Insulation is below 500 ohm/V.
method.cranking_dip_over_current|起动压降除以峰值电流，折算到25 °C。|Cranking dip over peak current, normalised to 25 °C.
method.cranking_against_first_starts|起动内阻与压降，与本车最初的起动相比。|Resistance and dip of cranking against its own first starts.
method.energy_over_consumption|实测电量除以本车自己的能耗，气候系数取自文献。|Measured energy over this car's own consumption; the climate factor is from literature.
method.coulomb_counting|两个电量锚点之间的安时积分，多次充电融合。|Coulomb counting between states of charge, fused over many charges.
method.charged_energy_less_losses|充入电量扣除内阻损耗，折算至25 °C、C/3，多次充电融合。|Charged energy less resistance losses, brought to 25 °C and C/3, fused over many charges.
method.daily_medians_slope|每日中位数（折算至25 °C）的稳健趋势（Theil-Sen）。|Robust trend (Theil-Sen) of the medians of each day, at 25 °C.
method.pressure_against_others|折算到20 °C的胎压，与其他三轮相比的趋势。|Pressure at 20 °C against the other three wheels, as a robust trend.
method.car_reported|由车辆自己提供。|Told by the car itself.
method.warranty_forecast|推算到质保期满。|Forecast to the end of the warranty.
method.warm_up_energy|每升温一度消耗的燃料能量，以及水温稳定在哪里。|Fuel energy per kelvin of warm-up, and where the coolant settles.
method.highest_coolant|行程中的最高水温。|Highest coolant temperature of a trip.
method.car_event|由车辆自己报告。|Reported by the car itself.
method.unstated|未说明方法。|How it was found is not stated.
method.not_full_with_others|连续多次充满时，该电芯都没有与其他电芯一起充满。|On several full charges running this cell was not full when the others were.
method.current_steps|{step_s:.0f} 秒内电压变化除以电流变化的中位数，折算到25 °C、30–80 %电量。|Median of voltage step over current step within {step_s:.0f} s, at 25 °C and 30–80 % charge.
method.cohort_rank|在可比车辆中的名次。|Rank among comparable cars.
method.ageing_law_particles|文献中的老化规律，按本车自己的历史修正。|An ageing law from literature, scaled by this car's own history.
why.no_longer_supported|现有数据不再支持这一判断。|The data no longer support it.
why.earlier_episode|补到一次更早的发作。|An earlier episode came in late.
advice.charge_to_80|日常充到80%即可：这辆车有{percent}%的时间电量在90%以上。|Charge to 80 % for daily use: this car spends {percent} % of its time above 90 %.
advice.full_now_and_then|已有{value:.0f}天没有充满：磷酸铁锂电池建议定期充满，以便校准电量。|Not charged full for {value:.0f} days: LFP packs should be, now and then, so that the gauge is right.
advice.less_dc|{percent}%的电量来自快充：方便时多用慢充。|{percent} % of the charge came from fast charging: charge slowly when it suits.
advice.shade|{percent}%的时间电池高于35 °C：夏天尽量停在阴凉处。|The pack is above 35 °C for {percent} % of the time: park in the shade in summer.
advice.not_so_empty|{percent}%的时间电量低于10%：尽量早一点充电。|The charge is below 10 % for {percent} % of the time: charge a little earlier.
what_if.charge_to_80|日常只充到80%|Charge to 80 % for daily use
what_if.less_dc|快充减半|Half the fast charging
what_if.shade|夏天停在阴凉处|Park in the shade
segment.first|首次测量|First measurement
segment.repair|维修记录显示电池已更换或修理|A repair record says that the pack was opened or changed
segment.evidence|连续至少三次充电一致表明电池已变化|At least three charges in a row agree that the pack has changed
thermal.stop|请立即停车，所有人离开车辆，拨打救援电话。|Stop, leave the car, call rescue.
"""


def _row(line: str) -> tuple[str, Mapping[str, str]]:
    name, zh, en = line.split("|")
    return name, MappingProxyType({"zh": zh, "en": en})


TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        **dict(map(_row, _TABLE.strip().splitlines())),
        **{f"cause.{c.id}": MappingProxyType({"zh": c.zh, "en": c.en}) for c in CAUSES.values()},
    }
)


def say(message: str, language: str = "zh", **args: object) -> str:
    """The sentence in that language with its figures; missing figures show as "–".

    A share given as `value` is also there as `percent`.

    >>> say("missing.one_wide_charge", "en", from_pct=20, to_pct=80)
    'One charge from below 20 % to above 80 % would do.'
    >>> say("method.some_new_rule", "en")
    'some new rule'
    """
    found = TEXTS.get(message)
    if found is None:
        head, _, rest = message.partition(".")
        if head == "cause":
            known = cause(rest)
            return known.zh if language == "zh" else known.en
        return (rest or head).replace("_", " ")
    value = args.get("value")
    if isinstance(value, int | float):
        args = {**args, "percent": round(100 * value)}
    return found["zh" if language == "zh" else "en"].format_map(_Figures(args))


_OLD_REASONS = {
    "no longer supported by the data": "no_longer_supported",
    "an earlier episode": "earlier_episode",
}
"""What release 0.1.0 stored -> the id of `why.<id>`."""


def reason(why: str, language: str = "zh") -> str:
    """Why an alert changed: by which method, or which rule of the alert book; stored prose as well.

    >>> reason("recovered: small capacity", "en") == reason("small_capacity", "en")
    True
    >>> reason("earlier_episode", "en")
    'An earlier episode came in late.'
    """
    word = _OLD_REASONS.get(why) or method_id(why.removeprefix("recovered: "))
    kind = "why" if f"why.{word}" in TEXTS else "method"
    return say(f"{kind}.{word}", language)


class _Figures(dict[str, object]):
    """Figures by name; one that is missing shows as a dash, whatever its format."""

    def __missing__(self, key: str) -> object:
        return _Dash()


class _Dash:
    def __format__(self, spec: str) -> str:
        return "–"
