"""How a number or a suspicion was found: ids that never change, and the prose that stood for them.

A method is an id; its parameters (the duration of a step, the quantity ranked) stand in the
`detail` of its value. The sentence of each is `method.<id>` in domain.sentences.
Up to release 0.1.0 an English sentence was stored instead: `method_id` still reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Method(StrEnum):
    """The id of a method, as stored and sent. A new one needs its sentence in both languages."""

    UNSTATED = "unstated"
    """Nothing was stored, or the id of a release that this one does not know."""

    # cells
    STANDING_CHARGE_DEFICIT = "standing_charge_deficit"
    LARGE_CHARGE_DEFICIT = "large_charge_deficit"
    SMALL_CAPACITY = "small_capacity"
    NOT_FULL_WITH_OTHERS = "not_full_with_others"
    HIGH_RESISTANCE = "high_resistance"
    GROWING_DEFICIT = "growing_deficit"
    FAST_SELF_DISCHARGE = "fast_self_discharge"
    STANDING_CHARGE_SURPLUS = "standing_charge_surplus"
    PACK_SPREAD = "pack_spread"
    CONSTANT_OFFSET = "constant_offset"
    STUCK_READING = "stuck_reading"
    SHARED_SENSE_WIRE = "shared_sense_wire"

    # heat and insulation
    HOT_PROBE = "hot_probe"
    FAST_HEATING = "fast_heating"
    UNEXPLAINED_VOLTAGE_DROP = "unexplained_voltage_drop"
    INSULATION_BELOW_100_OHM_V = "insulation_below_100_ohm_v"
    INSULATION_BELOW_500_OHM_V = "insulation_below_500_ohm_v"

    # capacity, resistance, ageing
    COULOMB_COUNTING = "coulomb_counting"
    CHARGED_ENERGY_LESS_LOSSES = "charged_energy_less_losses"
    CURRENT_STEPS = "current_steps"
    """`step_s`: the typical duration of a step in s."""
    DAILY_MEDIANS_SLOPE = "daily_medians_slope"
    ENERGY_OVER_CONSUMPTION = "energy_over_consumption"
    AGEING_LAW_PARTICLES = "ageing_law_particles"
    WARRANTY_FORECAST = "warranty_forecast"
    COHORT_RANK = "cohort_rank"
    """`quantity`: the quantity that was ranked."""

    # 12 V battery, tyres, cooling
    CRANKING_DIP_OVER_CURRENT = "cranking_dip_over_current"
    CRANKING_AGAINST_FIRST_STARTS = "cranking_against_first_starts"
    PRESSURE_AGAINST_OTHERS = "pressure_against_others"
    WARM_UP_ENERGY = "warm_up_energy"
    HIGHEST_COOLANT = "highest_coolant"

    # from the car itself
    CAR_REPORTED = "car_reported"
    """A value that the car states of itself."""
    CAR_EVENT = "car_event"
    """An alarm that the car raised by itself."""
    TROUBLE_CODES = "trouble_codes"
    """Trouble codes that the car's own monitors stored."""
    FAULT_LAMP = "fault_lamp"
    """The lamp burns, and no code that was read says why."""


_PROSE: Mapping[str, Method] = MappingProxyType(
    {
        "": Method.UNSTATED,
        "standing charge deficit": Method.STANDING_CHARGE_DEFICIT,
        "large charge deficit": Method.LARGE_CHARGE_DEFICIT,
        "small capacity": Method.SMALL_CAPACITY,
        "not full with the others": Method.NOT_FULL_WITH_OTHERS,
        "high resistance": Method.HIGH_RESISTANCE,
        "growing deficit": Method.GROWING_DEFICIT,
        "fast self-discharge": Method.FAST_SELF_DISCHARGE,
        "standing charge surplus": Method.STANDING_CHARGE_SURPLUS,
        "pack spread": Method.PACK_SPREAD,
        "constant offset": Method.CONSTANT_OFFSET,
        "stuck reading": Method.STUCK_READING,
        "shared sense wire": Method.SHARED_SENSE_WIRE,
        "hot probe": Method.HOT_PROBE,
        "fast heating": Method.FAST_HEATING,
        "unexplained voltage drop": Method.UNEXPLAINED_VOLTAGE_DROP,
        "insulation below 100 ohm/V": Method.INSULATION_BELOW_100_OHM_V,
        "insulation below 500 ohm/V": Method.INSULATION_BELOW_500_OHM_V,
        "coulomb counting between SoC anchors, fused over time": Method.COULOMB_COUNTING,
        "charged energy less I²R, at 25 °C and C/3, fused over time": (
            Method.CHARGED_ENERGY_LESS_LOSSES
        ),
        "Theil-Sen slope of daily medians, 25 °C": Method.DAILY_MEDIANS_SLOPE,
        "measured energy over this car's own consumption, climate factor from literature": (
            Method.ENERGY_OVER_CONSUMPTION
        ),
        "literature ageing law scaled by this car's own history (fixed particles)": (
            Method.AGEING_LAW_PARTICLES
        ),
        "forecast to the end of the warranty": Method.WARRANTY_FORECAST,
        "cranking dip over peak current, normalised to 25 °C": Method.CRANKING_DIP_OVER_CURRENT,
        "resistance and dip of cranking against its own first starts": (
            Method.CRANKING_AGAINST_FIRST_STARTS
        ),
        "pressure at 20 °C against the other three, Theil-Sen slope": (
            Method.PRESSURE_AGAINST_OTHERS
        ),
        "fuel energy per kelvin of warm-up, and where the coolant settles": Method.WARM_UP_ENERGY,
        "highest coolant temperature of a trip": Method.HIGHEST_COOLANT,
        "told by the car": Method.CAR_REPORTED,
        "reported by the car": Method.CAR_EVENT,
    }
)
"""What release 0.1.0 stored -> the id."""
_PROSE_HEADS: Mapping[str, Method] = MappingProxyType(
    {"median dU/dI over steps of ": Method.CURRENT_STEPS, "rank of ": Method.COHORT_RANK}
)
"""The same where parameters followed in the prose; `detail` holds them as well."""


def method_id(text: str) -> str:
    """The id that a stored text stands for; a text that is none is returned as it is.

    >>> method_id("told by the car"), method_id("small_capacity"), method_id("a newer way")
    ('car_reported', 'small_capacity', 'a newer way')
    """
    headed = (m for head, m in _PROSE_HEADS.items() if text.startswith(head))
    known = _PROSE.get(text) or next(headed, None)
    return text if known is None else known.value


def method_of(text: str) -> Method:
    """The method of a stored text; UNSTATED for one that this release does not know."""
    word = method_id(text)
    return Method.__members__.get(word.upper(), Method.UNSTATED)
