"""A car that lives: it drives, charges and parks, and carries its state from one to the next.

Each verb lives through one episode and returns it; nothing here knows a bus, a message or a day.
The same episode serves the bus at any rate and the history at 60 s, so both tell the same life.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from firmware_contracts.durations import DAY_MS
from firmware_contracts.records import Record
from firmware_contracts.telemetry import Float64, Int64
from simulators import bms_signals, engine, summaries, tyres
from simulators.bms_signals import Totals
from simulators.car_faults import Faults
from simulators.car_pack import CarPack, PackTrace, TractionPack
from simulators.drive import Drive, drive
from simulators.driver import HOUR_MS, Habit
from simulators.episode import CRANK_AT_S, Episode
from simulators.seeded_random import Chance, dice
from simulators.spec import CarSpec
from simulators.twelve_volt import CRANK_HZ, CrankTrace, LowVoltage, LowVoltageState, charging_v
from simulators.weather import Weather

Columns = dict[str, Float64]
_KM_A_YEAR = 18_000.0
"""A usual Chinese private car."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarPlan:
    """One car of a scenario: type, driver, town, and the number its chance grows from."""

    name: str
    spec: CarSpec
    habit: Habit
    city: str
    seed: int
    faults: Faults = field(default_factory=Faults)
    odometer_km: float = 30_000.0


class Car:
    """One living car. `now_ms` is where its life has got to (UTC ms)."""

    def __init__(self, plan: CarPlan, start_ms: int) -> None:
        self.plan = plan
        self.now_ms = start_ms
        self.weather = Weather(plan.city, plan.seed)
        self.totals = Totals(odometer_m=1000 * plan.odometer_km)
        chance = dice(plan.seed, "car")
        air = float(self.weather.air_c(start_ms))
        self.low_voltage = LowVoltage(
            plan.spec.low_voltage, LowVoltageState(soc=0.97, aged=float(chance.uniform(1, 1.25)))
        )
        self.tyres = tyres.TyreState(
            cold_kpa={w: plan.spec.placard_kpa + float(chance.normal(3, 3)) for w in tyres.WHEELS},
            permeation_kpa_day={w: float(chance.uniform(0.04, 0.12)) for w in tyres.WHEELS},
        )
        self.engine = engine.cold(plan.spec.engine, air, chance) if plan.spec.engine else None
        self.pack: TractionPack | None = None
        if plan.spec.pack is not None:
            weak = plan.faults.of("weak_cell")
            number = None if weak is None else int(weak.component.rsplit("_", 1)[-1])
            self.pack = CarPack(
                plan.spec.pack,
                plan.seed,
                plan.odometer_km / _KM_A_YEAR,
                self.weather.climate.mean_c,
                number,
            )

    # -- verbs -------------------------------------------------------------------------------

    def trip(self, distance_m: float) -> Episode:
        """Drive about this far, starting now; always at 1 Hz."""
        chance = self._chance("trip")
        plan = drive(chance, distance_m, self.plan.habit.temper)
        start, n = self.now_ms, plan.seconds
        air = self._air(start, n, 1.0)
        mean_air = float(air.mean())
        crank = self.low_voltage.crank(float(air[0]), self._severity("sulphation"), chance)
        wheel_w = self.plan.spec.body.wheel_power_w(plan, mean_air)
        burnt, drawn = self._power(plan, wheel_w, mean_air, chance)
        columns = self._common(n, 1.0, air, self.totals.odometer_m + np.cumsum(plan.speed_ms))
        columns |= tyres.columns(self.tyres, air, tyres.rolling_warmth(self.tyres, plan.speed_ms))
        columns |= self._moving(plan, wheel_w)
        columns |= burnt.columns if burnt else self._engine_off(np.arange(n) / 3600, air)
        columns |= self._electric(drawn, charging=0)
        columns["lv_voltage_v"] = self._running_v(n, air, chance, crank)
        end = start + 1000 * (n - 1)
        record = summaries.trip(columns, start, end, burnt, drawn)
        self._settle(columns, n / 3600, burnt)
        return self._episode(
            "trip", start, 1.0, columns, (summaries.crank(crank, start), record), drawn, crank
        )

    def charge(self, kind: int, target: float, step_s: float = 60.0) -> Episode:
        """Charge by AC (1) or DC (2) until `target` 0..1 of the pack."""
        assert self.pack is not None, "a car without a pack cannot charge"
        chance, start = self._chance("charge"), self.now_ms
        weakness = self._severity("weak_cell")
        trace = self.pack.charge(kind, target, step_s, float(self.weather.air_c(start)))
        n = len(trace.seconds)
        air = self._air(start, n, step_s)
        columns = self._common(n, step_s, air, np.full(n, self.totals.odometer_m))
        columns |= self._standing(n, air, step_s) | self._electric(trace, charging=kind)
        columns["lv_voltage_v"] = np.asarray([charging_v(float(t)) for t in air]) + chance.normal(
            0, 0.02, n
        )
        ends = self.pack.cells_v(trace, np.array([0, n - 1]), weakness)
        record = summaries.charge(
            trace, columns["soc_pct"], ends, start, kind, self.totals.odometer_m
        )
        self._settle(columns, n * step_s / 3600)
        return self._episode("charge", start, step_s, columns, (record,), trace, None)

    def park(self, until_ms: int, step_s: float = 3600.0) -> Episode:
        """Stand still until then, asleep; samples are what a short wake-up would have read."""
        chance, start = self._chance("park"), self.now_ms
        span_s = max(1.0, (until_ms - start) / 1000 - 1)  # the next episode has the last second
        n = max(2, round(span_s / step_s) + 1)
        step_s = span_s / (n - 1)
        air = self._air(start, n, step_s)
        columns = self._common(n, step_s, air, np.full(n, self.totals.odometer_m))
        columns |= self._standing(n, air, step_s)
        columns["lv_voltage_v"] = self._rest_v(n, step_s) + chance.normal(0, 0.008, n)
        trace = None if self.pack is None else self.pack.rest(n, step_s, float(air.mean()))
        columns |= self._electric(trace, charging=0)
        spreads = None
        if self.pack is not None and trace is not None:
            ends = self.pack.cells_v(trace, np.array([0, n - 1]), self._severity("weak_cell"))
            spreads = (1000 * float(np.ptp(ends[0])), 1000 * float(np.ptp(ends[-1])))
        record = summaries.parked(columns, spreads, start, until_ms)
        self._settle(columns, 0.0)
        self._sleep(span_s / 3600, float(air.mean()))
        self.now_ms = until_ms
        return self._episode("parked", start, step_s, columns, (record,), trace, None)

    # -- what the verbs share ----------------------------------------------------------------

    def _chance(self, purpose: str) -> Chance:
        self.totals.episodes += 1
        return dice(self.plan.seed, purpose, self.totals.episodes)

    def _severity(self, kind: str) -> float:
        full = "twelve_volt_sulphation" if kind == "sulphation" else kind
        return self.plan.faults.severity(full, self.now_ms)

    def _air(self, start_ms: int, n: int, step_s: float) -> Float64:
        """Air along a grid; the weather is looked at every five minutes."""
        seconds = step_s * np.arange(n, dtype=np.float64)
        looks = np.linspace(0, seconds[-1], max(2, int(seconds[-1] / 300) + 2))
        return np.interp(seconds, looks, self.weather.air_c(start_ms + 1000 * looks))

    def _power(
        self, plan: Drive, wheel_w: Float64, air_c: float, chance: Chance
    ) -> tuple[engine.EngineTrace | None, PackTrace | None]:
        """Engine and pack share the wheel work; a hybrid drives electric while the pack lasts."""
        spec, burnt, drawn = self.plan.spec, None, None
        wanted = bms_signals.traction_w(wheel_w, plan, air_c, spec.regeneration_kw)
        electric = self.pack is not None and (self.engine is None or self._lasts(wanted))
        if self.engine is not None and spec.engine is not None and not electric:
            stuck = self._severity("thermostat_stuck_open")
            burnt = engine.run(spec.engine, self.engine, plan, wheel_w, air_c, stuck, chance)
        if self.pack is not None:
            power = wanted if electric else bms_signals.sustaining_w(wheel_w)
            drawn = self.pack.drive(power, 1.0, air_c)
        return burnt, drawn

    def _lasts(self, power_w: Float64) -> bool:
        assert self.pack is not None
        left = (self.pack.soc - 0.15) * self.pack.soh * self.pack.spec.energy_kwh
        return left > float(power_w.sum()) / 3.6e6

    def _common(self, n: int, step_s: float, air: Float64, odometer_m: Float64) -> Columns:
        codes = self.trouble_codes()
        stored = sum(1 for _, confirmed in codes if confirmed)
        return {
            "odometer_m": odometer_m,
            "coarse_odometer_km": np.floor(odometer_m / 100_000) * 100,
            "ambient_temperature_c": air,
            "barometric_pressure_kpa": np.full(n, self.weather.climate.pressure_kpa),
            "mil_on": np.full(n, float(stored > 0)),
            "dtc_count": np.full(n, float(stored)),
        }

    def _moving(self, plan: Drive, wheel_w: Float64) -> Columns:
        n, spec = plan.seconds, self.plan.spec
        kmh = plan.speed_ms * 3.6
        columns = {
            "vehicle_speed_kmh": kmh,
            "vehicle_state": np.ones(n),
            "ignition_on": np.ones(n),
            "brake_pct": np.clip(-25 * (plan.acceleration_ms2 + 0.3), 0, 100),
        }
        if spec.pack is not None:
            columns["motor_speed_rpm"] = kmh / 3.6 / 0.33 * spec.motor_ratio * 60 / (2 * np.pi)
            force = np.divide(wheel_w, plan.speed_ms, out=np.zeros(n), where=plan.speed_ms > 0.5)
            columns["motor_torque_nm"] = np.clip(force * 0.33 / spec.motor_ratio, -250, 350)
            columns["accelerator_pct"] = np.clip(wheel_w / 900, 0, 100)
        return columns

    def _standing(self, n: int, air: Float64, step_s: float) -> Columns:
        hours = np.arange(n) * step_s / 3600
        warmth = self.tyres.warmth_k * np.exp(-hours / 0.6)
        columns = {
            "vehicle_speed_kmh": np.zeros(n),
            "vehicle_state": np.full(n, 2.0),
            "ignition_on": np.zeros(n),
        }
        columns |= self._engine_off(hours, air)
        return columns | tyres.columns(self.tyres, air, warmth)

    def _engine_off(self, hours: Float64, air: Float64) -> Columns:
        spec = self.plan.spec.engine
        if spec is None or self.engine is None:
            return {}
        return engine.off(spec, self.engine, hours, air)

    def _running_v(self, n: int, air: Float64, chance: Chance, crank: CrankTrace) -> Float64:
        volts = charging_v(float(air.mean())) - 0.05 + chance.normal(0, 0.03, n)
        first = int(CRANK_AT_S)
        volts[:first] = crank.rest_v
        seen = crank.volts[::CRANK_HZ]
        volts[first : first + len(seen)] = seen
        return np.asarray(volts)

    def _rest_v(self, n: int, step_s: float) -> Float64:
        start = max(
            self.low_voltage.state.rest_h, 0.08
        )  # measured five minutes after switching off
        fade = [
            self.low_voltage.rest_v(start - self.low_voltage.state.rest_h + i * step_s / 3600)
            for i in range(n)
        ]
        sulphation = self._severity("sulphation")
        hours = n * step_s / 3600
        before = self.low_voltage.rest_v(1e6)
        state = self.low_voltage.state
        soc, rest_h = state.soc, state.rest_h
        self.low_voltage.rest(hours, sulphation)
        sag = before - self.low_voltage.rest_v(1e6)
        state.soc, state.rest_h = soc, rest_h
        return np.asarray(fade) - sag * np.linspace(0, 1, n)

    def _electric(self, trace: PackTrace | None, charging: int) -> Columns:
        if trace is None or self.pack is None:
            return {}
        return bms_signals.columns(self.pack, trace, self.totals, charging)

    def _settle(
        self, columns: Columns, running_h: float, burnt: engine.EngineTrace | None = None
    ) -> None:
        """Move odometer, tyres, 12 V and clock to the end of what was lived."""
        self.totals.odometer_m = float(columns["odometer_m"][-1])
        air = float(columns["ambient_temperature_c"][-1])
        self.tyres.warmth_k = float(columns["tyre_fl_c"][-1]) - air
        if running_h > 0:
            self.low_voltage.charge(running_h, self._severity("sulphation"))
            self._leak(running_h)
            self.now_ms += round(running_h * HOUR_MS)
        if self.engine is not None and burnt is None and running_h > 0:
            engine.cool_down(self.engine, running_h, air)

    def _sleep(self, hours: float, air_c: float) -> None:
        self.low_voltage.rest(hours, self._severity("sulphation"))
        self._leak(hours)
        if self.engine is not None:
            engine.cool_down(self.engine, hours, air_c)

    def _leak(self, hours: float) -> None:
        """A puncture loses a quarter of the placard pressure on its way to severity 1."""
        fault = self.plan.faults.of("slow_puncture")
        punctures = {}
        if fault is not None:
            later = self.now_ms + hours * HOUR_MS
            lost = fault.severity(later) - fault.severity(self.now_ms)
            share = (1 - tyres.LEGAL_SHARE) * self.plan.spec.placard_kpa * lost
            punctures = {fault.component.rsplit("_", 1)[-1]: share / (hours / 24)} if hours else {}
        tyres.leak(self.tyres, hours / 24, punctures)

    def _episode(
        self,
        kind: str,
        start_ms: int,
        step_s: float,
        columns: Columns,
        records: tuple[Record, ...],
        trace: PackTrace | None,
        crank: CrankTrace | None,
    ) -> Episode:
        cells = probes = None
        if self.pack is not None and trace is not None:
            pack, weakness = self.pack, self.plan.faults.severity("weak_cell", start_ms)

            def cells(at: Int64) -> Float64:
                return pack.cells_v(trace, at, weakness)

            def probes(at: Int64) -> Float64:
                return pack.probes_c(trace, at)

        return Episode(
            kind=kind,
            start_ms=start_ms,
            step_s=step_s,
            columns=columns,
            records=records,
            crank=crank,
            cells_v=cells,
            probes_c=probes,
        )

    def trouble_codes(self) -> list[tuple[str, bool]]:
        """(code, confirmed) that the car's own monitors hold now: slow, and late."""
        codes = []
        stuck = self.plan.faults.of("thermostat_stuck_open")
        if stuck is not None and self.now_ms - stuck.onset_ms > 25 * DAY_MS:
            codes.append(("P0128", self.now_ms - stuck.onset_ms > 45 * DAY_MS))
        return codes
