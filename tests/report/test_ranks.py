"""Sixty assessed cars of a tenant are ranked among their like; another tenant's are never seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.health import Assessment, Estimate, Silence
from domain.identity import new_vehicle_id
from domain.methods import Method
from domain.vehicle import Chemistry
from store.db.pool import Pool
from store.db.reach import Kind, Reach
from store.db.roles import Role
from store.people.identity import Registry
from store.results.assessments import Assessments
from store.results.cohorts import Cohorts, KeptRank
from tests.databases import Database
from tests.report.samples import vehicle
from vigil.processes import ranking
from vigil.report.issuing import hand_out
from vigil.report.keys import KeyRing

pytestmark = pytest.mark.database
NOW = datetime.now(UTC)
YOUNG, OLD = date.today() - timedelta(days=1100), date.today() - timedelta(days=2600)


def assessed(
    pool: Pool,
    tenant: int,
    soh: float | None,
    *,
    born: date | None = YOUNG,
    chemistry: Chemistry = Chemistry.NMC,
    mohm: float | None = None,
    model: str = "One",
) -> int:
    number = new_vehicle_id()
    made = replace(
        vehicle(), id=number, tenant_id=tenant, in_service=born, chemistry=chemistry, model=model
    )
    Registry(pool).add_vehicle(made)
    silent = Silence(reason="no_charge_observed", missing="one_wide_charge")
    capacity = (
        silent
        if soh is None
        else Estimate(
            value=soh,
            low=soh - 2,
            high=soh + 2,
            unit="%",
            method=Method.COULOMB_COUNTING,
            windows=5,
        )
    )
    resistance = (
        silent
        if mohm is None
        else Estimate(
            value=mohm,
            low=mohm - 1,
            high=mohm + 1,
            unit="mΩ",
            method=Method.COULOMB_COUNTING,
            detail={"step_s": 1.0},
        )
    )
    Assessments(pool).save(
        Assessment(
            vehicle_id=number,
            as_of=NOW,
            model_version="v",
            input_digest="d",
            answers={"capacity_soh": capacity, "resistance": resistance},
        )
    )
    return number


def ranks(pool: Pool, number: int) -> dict[str, KeptRank]:
    return {each.quantity: each for each in Cohorts(pool).of_vehicle(number)}


def test_a_fleet_of_sixty_knows_where_each_car_stands(pool: Pool, database: Database) -> None:
    tenant = Registry(pool).add_tenant("sixty")
    young = [assessed(pool, tenant, 85 + k / 4, mohm=60 + k) for k in range(40)]
    old = [assessed(pool, tenant, 75 + k / 2, born=OLD) for k in range(12)]
    lfp = [assessed(pool, tenant, 90 + k, chemistry=Chemistry.LFP, model="Two") for k in range(6)]
    silent, ageless = assessed(pool, tenant, None), assessed(pool, tenant, 90.0, born=None)
    abroad = Registry(pool).add_tenant("abroad")
    stranger = assessed(pool, abroad, 88.0)

    assert ranking.rank_all(pool, NOW) == 2 * 61
    first, middle, last = (ranks(pool, young[k]) for k in (0, 20, 39))
    assert [r["capacity_soh"].percentile for r in (first, last)] == [0.0, 100.0]
    assert 45 < float(str(middle["capacity_soh"].percentile)) < 56
    assert middle["capacity_soh"].cars == middle["resistance"].cars == 39
    assert middle["capacity_soh"].rule == "model_age"  # no distance was ever read
    assert middle["capacity_soh"].cohort["age_years"] == [2, 4]
    assert float(str(middle["capacity_soh"].low)) < 40

    few = ranks(pool, old[0])["capacity_soh"]
    assert (few.percentile, few.cars, few.needed) == (None, 11, 20)
    assert ranks(pool, old[0])["resistance"].rule == "no_number"
    assert ranks(pool, lfp[0])["capacity_soh"].cars == 5
    assert ranks(pool, silent)["capacity_soh"].rule == "no_number"
    assert ranks(pool, ageless)["capacity_soh"].rule == "age_unknown"
    alone = ranks(pool, stranger)["capacity_soh"]
    assert (alone.percentile, alone.cars) == (None, 0)

    with database.pool(Role.API) as api:
        mine = Reach(tenant_id=tenant, kind=Kind.GROUP, person_id=1)
        other = Reach(tenant_id=abroad, kind=Kind.GROUP, person_id=1)
        assert len(Cohorts(api).seen(mine, young[0])) == 2
        assert Cohorts(api).seen(other, young[0]) == []


def test_a_tenant_is_ranked_again_when_it_is_time_or_a_car_is_new(pool: Pool) -> None:
    tenant = Registry(pool).add_tenant("again")
    assessed(pool, tenant, 90.0)
    ranking.rank_all(pool, NOW)
    assert tenant not in Cohorts(pool).due(NOW - ranking.EVERY)
    assert tenant in Cohorts(pool).due(NOW + timedelta(seconds=1))
    newcomer = assessed(pool, tenant, 91.0)
    assert tenant in Cohorts(pool).due(NOW - ranking.EVERY)
    ranking.rank_all(pool, NOW)
    assert ranks(pool, newcomer)["capacity_soh"].cars == 1


def test_the_rank_is_in_the_signed_report_and_few_cars_are_not_told_on(
    pool: Pool, tmp_path: object
) -> None:
    from pathlib import Path

    tenant = Registry(pool).add_tenant("reported")
    fleet = [assessed(pool, tenant, 80 + k / 2) for k in range(30)]
    few = assessed(pool, tenant, 90.0, born=OLD)
    ranking.rank_all(pool, NOW)
    keys = KeyRing(Path(str(tmp_path)) / "keys").open(NOW)
    told = hand_out(pool, keys, fleet[29], NOW, address="https://localhost").body["cohort"]
    assert told["capacity_soh"]["percentile"] == 100.0  # type: ignore[index]
    assert told["capacity_soh"]["cars"] == 29  # type: ignore[index]
    alone = hand_out(pool, keys, few, NOW, address="https://localhost").body["cohort"]
    assert alone["capacity_soh"]["percentile"] is None  # type: ignore[index]
