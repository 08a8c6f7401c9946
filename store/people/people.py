"""People and who keeps which car. Names and addresses stay in schema identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from domain.errors import BadInput
from domain.identity import new_vehicle_id
from store.db.pool import Connection, Pool
from store.db.reach import Kind, Reach, reaching, row, rows
from store.db.sql import queries

_Q = queries("people")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account."""

    tenant_id: int
    id: int
    email: str
    name: str
    role: str
    centre_id: int | None
    skills: tuple[str, ...]
    lang: str
    zone: str
    channels: tuple[str, ...]
    quiet_from: time
    quiet_until: time

    @classmethod
    def of(cls, found: dict[str, Any]) -> Person:
        """From a row of identity.people."""
        names = cls.__dataclass_fields__
        values = {name: found[name] for name in names}
        values |= {name: tuple(found[name]) for name in ("skills", "channels")}
        return cls(**values)


class People:
    """The book of accounts. Lookups before sign-in go through functions that know one row."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def add(
        self,
        *,
        tenant_id: int,
        email: str,
        name: str,
        role: str,
        password_hash: str,
        centre_id: int | None = None,
        skills: tuple[str, ...] = (),
        lang: str = "zh",
        zone: str = "Asia/Shanghai",
    ) -> int:
        """A new account; Conflict when the address is taken."""
        id = new_vehicle_id()
        values = {
            "tenant_id": tenant_id,
            "id": id,
            "email": email.strip().lower(),
            "name": name,
            "role": role,
            "centre_id": centre_id,
            "skills": list(skills),
            "lang": lang,
            "zone": zone,
            "password_hash": password_hash,
        }
        with reaching(self._pool, Reach(tenant_id=tenant_id, kind=Kind.NONE)) as line:
            line.execute(_Q["insert"], values)
        return id

    def secret_of(self, email: str) -> tuple[int, int, str] | None:
        """Tenant, id and password hash of an active account."""
        with self._pool.transaction() as line:
            found = row(line, _Q["by_email"], {"email": email.strip().lower()})
        if found is None or not found["active"]:
            return None
        return found["tenant_id"], found["id"], found["password_hash"]

    def get(self, tenant_id: int, id: int) -> Person | None:
        """An active account."""
        with self._pool.transaction() as line:
            found = row(line, _Q["by_id"], {"tenant_id": tenant_id, "id": id})
        return None if found is None else Person.of(found)

    def by_token(self, key: str, token: str, at: datetime) -> Person | None:
        """The person behind a token that is in force, signed with a key in force."""
        with self._pool.transaction() as line:
            found = row(line, _Q["by_token"], {"key": key, "token": token, "at": at})
        return None if found is None else Person.of(found)

    def by_session(self, secret_hash: bytes, at: datetime) -> tuple[Person, str] | None:
        """The person behind a live session, and the session's CSRF word."""
        with self._pool.transaction() as line:
            found = row(line, _Q["by_session"], {"secret_hash": secret_hash, "at": at})
        return None if found is None else (Person.of(found), found["csrf"])

    def set_preferences(
        self, reach: Reach, *, lang: str, channels: tuple[str, ...], quiet: tuple[time, time]
    ) -> None:
        """Language, channels and quiet hours of the asking person."""
        values = {
            "tenant_id": reach.tenant_id,
            "id": reach.person_id,
            "lang": lang,
            "channels": list(channels),
            "quiet_from": quiet[0],
            "quiet_until": quiet[1],
        }
        with reaching(self._pool, reach) as line:
            line.execute(_Q["set_preferences"], values)

    def set_password(self, tenant_id: int, id: int, password_hash: str) -> None:
        """Replace the password's hash."""
        with reaching(self._pool, Reach(tenant_id=tenant_id, kind=Kind.NONE)) as line:
            line.execute(
                _Q["set_password"],
                {"tenant_id": tenant_id, "id": id, "password_hash": password_hash},
            )

    def everyone(self, tenant_id: int) -> list[dict[str, Any]]:
        """All accounts of a tenant, without secrets."""
        with reaching(self._pool, Reach(tenant_id=tenant_id, kind=Kind.NONE)) as line:
            return rows(line, _Q["list"], {"tenant_id": tenant_id})

    def staff(self, reach: Reach) -> list[dict[str, Any]]:
        """People of the asking person's centre."""
        with reaching(self._pool, reach) as line:
            return rows(
                line, _Q["staff"], {"tenant_id": reach.tenant_id, "centre_id": reach.centre_id}
            )

    def tenure_start(self, reach: Reach, vehicle_id: int) -> datetime | None:
        """Since when the asking person keeps the car."""
        with reaching(self._pool, reach) as line:
            found = row(
                line,
                _Q["tenure_start"],
                {
                    "tenant_id": reach.tenant_id,
                    "vehicle_id": vehicle_id,
                    "person_id": reach.person_id,
                },
            )
        return None if found is None else found["since"]

    def centres(self, tenant_id: int) -> list[dict[str, Any]]:
        """Centres of a tenant."""
        with reaching(self._pool, Reach(tenant_id=tenant_id, kind=Kind.NONE)) as line:
            return rows(line, _Q["centres"], {"tenant_id": tenant_id})

    def tenant_id(self, name: str) -> int:
        """A tenant by its name; BadInput when there is none."""
        with self._pool.transaction() as line:
            return _one(line, "tenant", {"name": name})

    def centre_id(self, tenant_id: int, name: str) -> int:
        """A centre by its name; BadInput when there is none."""
        with reaching(self._pool, Reach(tenant_id=tenant_id, kind=Kind.NONE)) as line:
            return _one(line, "centre", {"tenant_id": tenant_id, "name": name})


def _one(line: Connection, query: str, values: dict[str, Any]) -> int:
    found = line.execute(_Q[query], values).fetchone()
    if found is None:
        raise BadInput(
            query, values["name"], "does not exist", remedy="see `vigil db` or `vigil user`"
        )
    return int(found[0])


def start_tenure(
    pool: Pool, *, tenant_id: int, vehicle_id: int, person_id: int, since: datetime
) -> None:
    """Hand a car to a person from a moment on; a registrar's act (worker)."""
    with pool.transaction() as line:
        line.execute(
            _Q["start_tenure"],
            {
                "tenant_id": tenant_id,
                "vehicle_id": vehicle_id,
                "person_id": person_id,
                "since": since,
            },
        )


def hand_over(
    pool: Pool, *, tenant_id: int, vehicle_id: int, person_id: int, since: datetime
) -> None:
    """End the present keeper's time and consents and begin another's, at one moment (worker).

    A person who keeps the car already goes on keeping it.
    """
    parameters = {
        "tenant_id": tenant_id,
        "vehicle_id": vehicle_id,
        "person_id": person_id,
        "since": since,
    }
    with pool.transaction() as connection:
        if connection.execute(_Q["keeps"], parameters).fetchone() is not None:
            return
        connection.execute(_Q["end_tenure"], parameters)
        connection.execute(_Q["end_consents"], parameters)
        connection.execute(_Q["start_tenure"], parameters)


def account_of(pool: Pool, email: str) -> tuple[int, int] | None:
    """Tenant and id of an active account, for registrars (worker)."""
    with pool.transaction() as connection:
        found = connection.execute(_Q["account_of"], {"email": email.strip().lower()}).fetchone()
    return None if found is None else (int(found[0]), int(found[1]))
