"""One battery lives: it ages under its household, then drives, charges and rests on record.

LifeSpec -> grow_old (weeks) -> live (days of drives, charges and rests) -> Recording with its Truth

`grow_old` and `live` may alternate, so that a car can be looked at now and then over its years.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from firmware_contracts.durations import DAY_MS, YEAR_DAYS
from simulators.battery import ageing, bms, habits, half_cells
from simulators.battery.faults import Spread, cell_states, freeze
from simulators.battery.pack import Pack, Stroke
from simulators.battery.recording import Floats, LifeSpec, Recording, Truth

_USED = {"nmc": (0.02, 0.98), "lfp": (0.01, 0.995)}  # of the cell's own window
_SHARE_OF_LAW = {"nmc": 0.45, "lfp": 0.9}  # makers' cells outlast the published ones
KNEE_CYCLES, KNEE_SPREAD = 2600.0, 0.42
FACTOR_SPREAD = 0.3
"""Cars of one law age apart by 30 %, by judgement."""
_WEEK, _MONTH = 7.0, 30
_RECALIBRATED = 0.06
"""What a monitor that learns anew corrects, as a share of the capacity."""


@dataclass(slots=True, kw_only=True)
class _Log:
    """Rows as they happen."""

    seconds: list[Floats] = field(default_factory=list)
    parts: dict[str, list[Floats]] = field(default_factory=dict)

    def add(self, start_s: float, stroke: Stroke, **more: Floats) -> None:
        self.seconds.append(start_s + stroke.seconds)
        rows = {
            "current": stroke.current_a,
            "voltage": stroke.voltage_v,
            "soc": stroke.soc,
            "temperature": stroke.temperature_c,
            "speed": stroke.speed_kmh,
            **more,
        }
        for name, values in rows.items():
            self.parts.setdefault(name, []).append(values)

    def rows(self, name: str) -> Floats:
        return np.concatenate(self.parts[name]) if self.parts else np.zeros(0)


def nameplate_kwh(spec: LifeSpec) -> float:
    """Energy a new pack of this kind is rated for: from full to empty at C/3 and 25 °C."""
    return _built(spec, spec.rated_ah, ageing.Age(chemistry=spec.chemistry)).energy_kwh(
        spec.rated_ah / 3
    )


def _built(spec: LifeSpec, fresh_ah: float, age: ageing.Age) -> Pack:
    """The pack as its age has left it."""
    curve = half_cells.solve(
        spec.chemistry, lithium_lost=min(age.lithium_lost, 0.5), negative_lost=age.negative_lost
    )
    low, high = _USED[spec.chemistry]
    used = half_cells.CellCurve(
        capacity=curve.capacity, ocv_v=curve.voltage(low + (high - low) * half_cells.SOC_GRID)
    )
    fresh = half_cells.fresh(spec.chemistry).capacity
    return Pack(
        cells=spec.cells,
        capacity_ah=fresh_ah * curve.capacity / fresh,
        curve=used,
        resistance_mohm=0.75 * 150 / spec.rated_ah * age.resistance,
    )


@dataclass(slots=True, kw_only=True, eq=False)
class BatteryLife:
    """One living battery: `record` ages it to its day and then lives the recording."""

    spec: LifeSpec
    rng: np.random.Generator = field(init=False)
    habits: habits.Habits = field(init=False)
    age: ageing.Age = field(init=False)
    fresh_ah: float = field(init=False)
    consumption: float = field(init=False)
    pack: Pack = field(init=False)
    monitor: bms.Bms | None = None
    soc_step: float = 0.0
    odometer_km: float = 0.0
    before_turn_pct: float = float("nan")

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.spec.seed)
        drawn = habits.draw_habits(self.rng, self.spec.chemistry)
        self.habits = replace(drawn, **self.spec.habits)
        factor = _SHARE_OF_LAW[self.spec.chemistry] * self.rng.lognormal(0, FACTOR_SPREAD)
        self.age = ageing.Age(
            chemistry=self.spec.chemistry,
            factor=float(factor),
            knee_cycles=float(self.rng.lognormal(np.log(KNEE_CYCLES), KNEE_SPREAD)),
        )
        self.fresh_ah = float(self.spec.rated_ah * (1 + self.rng.normal(0.004, 0.006)))
        self.consumption = float(self.rng.uniform(0.13, 0.19))
        self.pack = _built(self.spec, self.fresh_ah, self.age)

    @property
    def capacity_soh_pct(self) -> float:
        """The truth: what the pack holds now against what it is rated for."""
        return 100 * self.pack.capacity_ah / self.spec.rated_ah

    def record(self) -> Recording:
        """The recording of the last `days` days of the car's age."""
        self.grow_old(self.spec.age_years * YEAR_DAYS)
        return self.live(self.spec.days)

    def live(self, days: int) -> Recording:
        """Drive, charge and rest on record for so many days; age meanwhile, month by month."""
        monitor, log, first = self._woken(), _Log(), self.age.days
        for day in range(days):
            for turn in self.spec.turns:
                if turn.day == day:
                    self._turn(turn.kind, monitor)
            self._live_a_day(day, first + day, monitor, log)
            if (day + 1) % _MONTH == 0 or day + 1 == days:
                self._age(float(day % _MONTH + 1))
        return self._recording(days, monitor, log, first)

    def _woken(self) -> bms.Bms:
        """The car's BMS; at its first look it is drawn and the pack stands somewhere."""
        if self.monitor is None:
            self.monitor = bms.draw_bms(
                self.rng, self.spec.chemistry, self.pack.capacity_ah, gain=self.spec.current_gain
            )
            self.pack.soc = self.monitor.soc = float(self.rng.uniform(0.35, 0.85))
        return self.monitor

    def _turn(self, kind: str, monitor: bms.Bms) -> None:
        """Another pack of the same kind, or the gauge set anew with another belief."""
        if kind == "recalibrated":
            monitor.capacity_ah *= 1 - _RECALIBRATED
            monitor.soc = min(monitor.soc + _RECALIBRATED, 1.0)
            return
        self.before_turn_pct = self.capacity_soh_pct
        self.age = replace(
            self.age, calendar_loss=0.0, cycle_loss=0.0, resistance=1.0, full_cycles=0.0, days=0.0
        )
        self._renew()

    def _renew(self) -> None:
        """The pack of today's age, at the charge and temperature it had; the BMS learns of it but
        keeps its share of error."""
        before = self.pack
        self.pack = _built(self.spec, self.fresh_ah, self.age)
        self.pack.soc, self.pack.temperature_c = before.soc, before.temperature_c
        if self.monitor is not None:
            self.monitor.capacity_ah *= self.pack.capacity_ah / before.capacity_ah

    @property
    def km_per_year(self) -> float:
        """Distance this household drives."""
        return self.habits.km_per_day * (1 - self.habits.idle_days) * YEAR_DAYS

    def grow_old(self, days: float) -> None:
        """So many days that nobody records."""
        self.odometer_km += self.km_per_year * days / YEAR_DAYS
        self._age(days)

    def _age(self, days: float) -> None:
        """Age week by week under this household's seasons."""
        h = self.habits
        per_day = h.km_per_day * (1 - h.idle_days) * self.consumption / self._energy_kwh()
        mean = (min(h.plug_below_pct, h.target_pct - 10) + h.target_pct) / 200
        depth = float(np.clip((h.target_pct - h.plug_below_pct) / 100 + per_day, 0.1, 0.95))
        volts = float(half_cells.fresh(self.spec.chemistry).voltage(np.array([mean]))[0])
        first = self.age.days
        while self.age.days < first + days - 1e-6:
            step = min(_WEEK, first + days - self.age.days)
            warmth = habits.ambient_c(h, self.age.days, self.age.days % YEAR_DAYS) + 4.0
            self.age.suffer(
                ageing.Stress(
                    days=step,
                    full_cycles=per_day * step,
                    temperature_k=warmth + 273.15,
                    soc=mean,
                    cell_v=volts,
                    depth=depth,
                    c_rate=0.25,
                    charge_c_rate=h.dc_share * h.dc_kw / self._energy_kwh(),
                )
            )
        self._renew()

    def _energy_kwh(self) -> float:
        return self.spec.rated_ah * self.spec.cells * 3.6 / 1000

    def _live_a_day(self, day: int, life_day: float, monitor: bms.Bms, log: _Log) -> None:
        pack = self.pack
        outside = habits.ambient_c(self.habits, life_day, life_day % YEAR_DAYS)
        kwh_per_pct = self._energy_kwh() * pack.capacity_ah / self.spec.rated_ah / 100
        heating = 1 + 0.012 * max(18 - outside, 0) + 0.008 * max(outside - 26, 0)
        burn = self.consumption * heating * self.habits.hurried**0.3
        plan = habits.plan_day(self.habits, pack.soc * 100, kwh_per_pct, self.rng, burn)
        clock = 0.0
        for segment in plan:
            start = max(segment.start_s, clock)
            self._park(day, clock, start, outside, monitor, log)
            if segment.kind == "drive":
                stroke = self._drive(segment.amount, burn, pack, outside)
            else:
                stroke = pack.charge(
                    segment.power_kw,
                    segment.amount / 100,
                    self.spec.period_s,
                    outside,
                    fast=segment.kind == "dc",
                    longest_h=max((habits.DAY_S - start) / 3600, 0.2),
                )
            kind = {"drive": 0.0, "ac": 1.0, "dc": 2.0}[segment.kind]
            travelled = np.cumsum(stroke.speed_kmh) * self.spec.period_s / 3600
            self._note(
                day,
                start,
                stroke,
                self.spec.period_s,
                kind,
                outside,
                monitor,
                log,
                self.odometer_km + travelled,
            )
            self.odometer_km += float(travelled[-1]) if len(travelled) else 0.0
            clock = start + len(stroke.soc) * self.spec.period_s
        self._park(day, clock, habits.DAY_S, outside, monitor, log, self.odometer_km)

    def _drive(self, km: float, burn: float, pack: Pack, outside: float) -> Stroke:
        """Speed as stops and flowing episodes, power from speed, its change and the heater."""
        step = self.spec.period_s
        count = max(int(km / 38 * 3600 / step), 3)
        speed = np.clip(
            38 + 22 * np.repeat(self.rng.normal(0, 1, count // 4 + 1), 4)[:count], 0, 115
        )
        speed *= km / max(float(np.sum(speed)) * step / 3600, 0.1)
        power = speed * burn * (0.8 + 0.2 * speed / 60)
        surge = self.rng.normal(0, 14 * self.habits.hurried, count) * (speed > 3)
        power += surge - surge.mean()
        return pack.drive(power, speed, step, outside)

    def _park(
        self,
        day: int,
        since: float,
        until: float,
        outside: float,
        monitor: bms.Bms,
        log: _Log,
        odometer_km: float = float("nan"),
    ) -> None:
        pack = self.pack
        hours = (until - since) / 3600
        if hours <= 0:
            return
        pack.rest(hours, outside)
        monitor.rest(hours, pack.soc)
        step = self.spec.parked_period_s
        count = int((until - since) // step) if step > 0 else 0
        if count == 0:
            return
        volts = pack.cells * float(pack.curve.voltage(np.array([pack.soc]))[0])
        flat = np.ones(count)
        stroke = Stroke(
            seconds=np.arange(1.0, count + 1.0) * step,
            current_a=0 * flat,
            voltage_v=volts * flat,
            temperature_c=pack.temperature_c * flat,
            soc=pack.soc * flat,
            speed_kmh=0 * flat,
        )
        log.add(
            day * habits.DAY_S + since,
            stroke,
            said=monitor.soc * flat,
            kind=0 * flat,
            outside=outside * flat,
            odometer=odometer_km * flat,
        )

    def _note(
        self,
        day: int,
        start: float,
        stroke: Stroke,
        step: float,
        kind: float,
        outside: float,
        monitor: bms.Bms,
        log: _Log,
        odometer_km: Floats,
    ) -> None:
        flat = np.ones(len(stroke.soc))
        log.add(
            day * habits.DAY_S + start,
            stroke,
            said=monitor.follow(stroke, step),
            kind=kind * flat,
            outside=outside * flat,
            odometer=odometer_km,
        )

    def _recording(self, days: int, monitor: bms.Bms, log: _Log, life_day: float) -> Recording:
        """The days just lived as rows. Times count from the day the car was to be looked at."""
        pack = self.pack
        seconds = np.concatenate(log.seconds) if log.seconds else np.zeros(0)
        seen = self._seen(seconds, days)
        energy = pack.energy_kwh(self.spec.rated_ah / 3)
        truth = Truth(
            capacity_ah=pack.capacity_ah,
            capacity_soh_pct=self.capacity_soh_pct,
            energy_kwh=energy,
            energy_soh_pct=100 * energy / nameplate_kwh(self.spec),
            resistance_ratio=self.age.resistance,
            lithium_lost=self.age.lithium_lost,
            full_cycles=self.age.full_cycles,
            factor=self.age.factor,
            current_gain=monitor.gain,
            bms_capacity_ah=monitor.capacity_ah,
            before_turn_pct=self.before_turn_pct,
        )
        columns, cells = self._readings(pack, monitor, log, seconds, truth)
        later_ms = round((life_day / YEAR_DAYS - self.spec.age_years) * YEAR_DAYS * DAY_MS)
        return Recording(
            spec=self.spec,
            truth=truth,
            ticks_ms=self.spec.start_ms + later_ms + (seconds[seen] * 1000).astype(np.int64),
            columns={name: values[seen] for name, values in columns.items()},
            cells_v=cells[seen] if cells is not None else None,
        )

    def _seen(self, seconds: Floats, days: int) -> npt.NDArray[np.bool_]:
        lost = self.rng.random(days) < self.spec.lost_days
        day = np.minimum((seconds // habits.DAY_S).astype(int), days - 1)
        return np.asarray(~lost[day] & (self.rng.random(len(seconds)) >= self.spec.lost_rows))

    def _readings(
        self, pack: Pack, monitor: bms.Bms, log: _Log, seconds: Floats, truth: Truth
    ) -> tuple[dict[str, Floats], npt.NDArray[np.float32] | None]:
        rng, n = self.rng, len(seconds)
        current = log.rows("current")
        measured = current * monitor.gain + np.where(current == 0, 0.0, monitor.offset_a)
        measured += rng.normal(0, 0.1, n) * (current != 0)
        self.soc_step = self.soc_step or float(rng.choice([0.1, 0.4, 0.5, 1.0]))
        temperature = log.rows("temperature")
        cells, spread_v = self._cells(pack, log, seconds)
        mean_v = log.rows("voltage") / pack.cells
        columns = {
            "pack_current_a": _round(measured, 0.1),
            "pack_voltage_v": _round(log.rows("voltage") + rng.normal(0, 0.15, n), 0.1),
            "soc_pct": _round(100 * log.rows("said"), self.soc_step),
            "probe_max_c": _round(temperature + 1.0, 1.0),
            "probe_min_c": _round(temperature - 1.0, 1.0),
            "ambient_temperature_c": _round(log.rows("outside"), 0.5),
            "vehicle_speed_kmh": _round(log.rows("speed"), 0.1),
            "odometer_m": _round(1000 * log.rows("odometer"), 100.0),
            "charge_kind": log.rows("kind"),
            "bms_soh_pct": np.full(n, self._bms_soh(truth)),
            "cell_voltage_max_v": _round(mean_v + spread_v, 0.001),
            "cell_voltage_min_v": _round(mean_v - spread_v, 0.001),
        }
        return columns, cells

    def _bms_soh(self, truth: Truth) -> float:
        """Flattering, slow, in whole per cent."""
        return float(np.clip(round(truth.capacity_soh_pct + self.rng.normal(1.5, 2.0)), 0, 100))

    def _cells(
        self, pack: Pack, log: _Log, seconds: Floats
    ) -> tuple[npt.NDArray[np.float32] | None, float]:
        spread = Spread.draw(self.rng, self.spec.cells)
        if not self.spec.with_cells:
            return None, 0.008
        day = seconds / habits.DAY_S
        cells = cell_states(spread, self.spec.faults, log.rows("soc"), day)
        volts = pack.curve.voltage(cells.soc) + cells.reading_v
        volts += self._scanned(pack, log, seconds) * cells.resistance
        volts += self.rng.normal(0, self.spec.sense_sd_mv / 1000, self.spec.cells)
        volts += self.rng.normal(0, 0.0007, volts.shape)
        freeze(volts, self.spec.faults, day)
        return _round(volts, self.spec.cell_step_mv / 1000).astype(np.float32), 0.008

    def _scanned(self, pack: Pack, log: _Log, seconds: Floats) -> Floats:
        """Volts by which current moves each cell, [rows, cells]: each at its own moment."""
        current, step = log.rows("current"), np.maximum(np.gradient(seconds), 1.0)
        late_s = self.spec.scan_s * (np.arange(self.spec.cells) / self.spec.cells - 0.5)
        ohms = pack.resistance_ohm(log.rows("temperature")) / pack.cells
        seen = current[:, None] + (np.gradient(current) / step)[:, None] * late_s
        return np.asarray(seen * ohms[:, None])


def _round(values: Floats, step: float) -> Floats:
    return np.asarray(np.round(values / step) * step)
