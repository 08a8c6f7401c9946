"""What a car is when it leaves the works: body, engine, pack, 12 V battery, tyres."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.car_pack import PackSpec
from simulators.drive import Body
from simulators.engine import EngineSpec, diesel
from simulators.twelve_volt import DIESEL_START, ELECTRIC_WAKE, PETROL_START, LowVoltageSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class CarSpec:
    """One type of car. A car with a pack and an engine is a plug-in hybrid."""

    name: str
    powertrain: str
    body: Body
    low_voltage: LowVoltageSpec
    placard_kpa: float
    make: str
    model: str
    engine: EngineSpec | None = None
    pack: PackSpec | None = None
    motor_ratio: float = 9.0
    regeneration_kw: float = 70.0


# Demo types: invented names, figures of the usual size of their class.
SPECS = {
    spec.name: spec
    for spec in (
        CarSpec(
            name="bev_nmc",
            powertrain="bev",
            make="Demo",
            model="E5",
            body=Body(mass_kg=1820, drag_area_m2=0.62),
            low_voltage=ELECTRIC_WAKE,
            placard_kpa=250,
            pack=PackSpec(chemistry="nmc", cells=96, capacity_ah=156, probes=24),
        ),
        CarSpec(
            name="bev_lfp",
            powertrain="bev",
            make="Demo",
            model="E3",
            body=Body(mass_kg=1660, drag_area_m2=0.60),
            low_voltage=ELECTRIC_WAKE,
            placard_kpa=240,
            pack=PackSpec(
                chemistry="lfp",
                cells=104,
                capacity_ah=150,
                probes=28,
                resistance_mohm=0.65,
                dc_power_kw=70,
            ),
        ),
        CarSpec(
            name="phev",
            powertrain="phev",
            make="Demo",
            model="H7",
            body=Body(mass_kg=1790, drag_area_m2=0.68),
            low_voltage=ELECTRIC_WAKE,
            placard_kpa=240,
            engine=EngineSpec(displacement_l=1.5, power_kw=80),
            pack=PackSpec(
                chemistry="nmc",
                cells=92,
                capacity_ah=50,
                probes=12,
                resistance_mohm=1.5,
                dc_power_kw=35,
                ac_power_kw=3.3,
            ),
        ),
        CarSpec(
            name="petrol",
            powertrain="petrol",
            make="Demo",
            model="P4",
            body=Body(mass_kg=1380, drag_area_m2=0.64),
            low_voltage=PETROL_START,
            placard_kpa=230,
            engine=EngineSpec(displacement_l=1.5, power_kw=85),
        ),
        CarSpec(
            name="diesel",
            powertrain="diesel",
            make="Demo",
            model="V8",
            body=Body(mass_kg=1980, drag_area_m2=0.95),
            low_voltage=DIESEL_START,
            placard_kpa=280,
            engine=diesel(2.0, 110),
        ),
    )
}
