"""The people of the demo: accounts with passwords made at the first start, who keeps which car.

data_dir/demo/sign-ins.json    0600: addresses and passwords, printed at every start

Owners have agreed to what the demo shows, for 90 days, as they would on the consent page.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.auth.passwords import hashed
from domain.consent import Consent, Purpose
from domain.errors import Conflict
from store.db.pool import Pool
from store.db.reach import Kind, Reach
from store.people.consents import Consents
from store.people.identity import Registry
from store.people.people import People
from vigil.demo.demo_cars import Ground, Parked
from vigil.files import write_private

DOMAIN = "demo.example"
CENTRE_ROLES = ("adviser", "technician", "centre_manager")
GROUP_ROLES = ("group_analyst", "auditor")
OWNERS = ("owner", "owner2", "owner3", "owner4")
AGREED = (Purpose.HABIT_ADVICE, Purpose.PERSONAL_OFFERS, Purpose.CENTRE_SHARE)
TERM = timedelta(days=90)
"""A quarter: what the demo's owners agreed to."""
SKILLS = {"technician": ("general", "hv")}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One account of the demo. `centre` counts from 1, 0 for none."""

    role: str
    email: str
    password: str
    centre: int = 0


def drawn() -> list[SignIn]:
    """Fresh accounts: two owners per centre, the staff of both centres, the group."""
    wanted = [("owner", name, 0) for name in OWNERS]
    wanted += [(role, f"{role}{centre}", centre) for centre in (1, 2) for role in CENTRE_ROLES]
    wanted += [(role, role, 0) for role in GROUP_ROLES]
    return [
        SignIn(
            role=role,
            email=f"{name}@{DOMAIN}",
            password=secrets.token_urlsafe(9),
            centre=centre,
        )
        for role, name, centre in wanted
    ]


def kept(folder: Path) -> list[SignIn]:
    """The accounts of this demo; empty before its first start."""
    path = folder / "sign-ins.json"
    return [SignIn(**each) for each in json.loads(path.read_text())] if path.exists() else []


def prepare(pool: Pool, ground: Ground, folder: Path) -> list[SignIn]:
    """Make the accounts that are missing; returns all of them."""
    found = kept(folder)
    if not found:
        found = drawn()
        folder.mkdir(parents=True, exist_ok=True)
        write_private(folder / "sign-ins.json", [asdict(each) for each in found])
    people = People(pool)
    known = {each.email for each in people.everyone(ground.tenant_id)}
    for each in found:
        if each.email not in known:
            _add(people, ground, each)
    return found


def _add(people: People, ground: Ground, each: SignIn) -> None:
    people.add(
        tenant_id=ground.tenant_id,
        email=each.email,
        name=each.email.split("@")[0],
        role=each.role,
        password_hash=hashed(each.password),
        centre_id=ground.centre_ids[each.centre - 1] if each.centre else None,
        skills=SKILLS.get(each.role, ()),
    )


def hand_over(
    pool: Pool, speaking: Pool, ground: Ground, cars: Sequence[Parked], since: datetime
) -> None:
    """Give each car its keeper and record what the keepers agreed to.

    `pool` connects as vigil_worker, `speaking` as vigil_api: a yes is the owner's own act.
    """
    people = {each.email: each.id for each in People(pool).everyone(ground.tenant_id)}
    registry, consents = Registry(pool), Consents(speaking)
    for car in cars:
        owner = OWNERS[int(hashlib.sha256(car.device.encode()).hexdigest(), 16) % len(OWNERS)]
        owner = OWNERS[0] if car.plan.name in FIRST_OWNERS_CARS else owner
        person = people[f"{owner}@{DOMAIN}"]
        try:
            registry.add_tenure(ground.tenant_id, car.vehicle_id, person, since)
        except Conflict:
            continue
        _agree(consents, ground, person, car.vehicle_id)


FIRST_OWNERS_CARS = ("bev-01", "petrol-01")
"""The two cars on a bus belong to the first owner, whose sign-in is shown first."""


def _agree(consents: Consents, ground: Ground, person: int, vehicle_id: int) -> None:
    reach = Reach(tenant_id=ground.tenant_id, kind=Kind.OWNER, person_id=person)
    now = datetime.now(UTC)
    for purpose in AGREED:
        text = hashlib.sha256(f"demo consent {purpose}".encode()).hexdigest()
        consents.give(
            reach,
            Consent(
                person_id=person,
                vehicle_id=vehicle_id,
                purpose=purpose,
                given_at=now,
                until=now + TERM,
                text_hash=text,
            ),
        )
