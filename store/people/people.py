"""People and who keeps which car. Names and addresses stay in schema identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from domain.errors import BadInput
from domain.identity import new_vehicle_id
from store.db.pool import Connection, Pool
from store.db.reach import Kind, Reach, reaching, row, rows, value
from store.db.sql import queries
from store.people.rows.people import AccountRow, PasswordRow

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
    skills: Sequence[str]
    lang: str
    zone: str
    channels: Sequence[str]
    quiet_from: time
    quiet_until: time


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInSession(Person):
    """The person behind a live session, and the session's CSRF word."""

    csrf: str


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
        with reaching(self._pool, Reach(tenant_id=tenant_id, kind=Kind.NONE)) as connection:
            connection.execute(_Q["insert"], values)
        return id

    def secret_of(self, email: str) -> tuple[int, int, str] | None:
        """Tenant, id and password hash of an active account."""
        wanted = {"email": email.strip().lower()}
        with self._pool.transaction() as connection:
            found = row(connection, _Q["by_email"], wanted, PasswordRow)
        if found is None or not found.active:
            return None
        return found.tenant_id, found.id, found.password_hash

    def get(self, tenant_id: int, id: int) -> Person | None:
        """An active account."""
        with self._pool.transaction() as connection:
            return row(connection, _Q["by_id"], {"tenant_id": tenant_id, "id": id}, Person)

    def by_token(self, key: str, token: str, at: datetime) -> Person | None:
        """The person behind a token that is in force, signed with a key in force."""
        with self._pool.transaction() as connection:
            return row(connection, _Q["by_token"], {"key": key, "token": token, "at": at}, Person)

    def by_session(self, secret_hash: bytes, at: datetime) -> PersonInSession | None:
        """The person behind a live session."""
        wanted = {"secret_hash": secret_hash, "at": at}
        with self._pool.transaction() as connection:
            return row(connection, _Q["by_session"], wanted, PersonInSession)

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
        with reaching(self._pool, reach) as connection:
            connection.execute(_Q["set_preferences"], values)

    def set_password(self, tenant_id: int, id: int, password_hash: str) -> None:
        """Replace the password's hash."""
        with reaching(self._pool, Reach(tenant_id=tenant_id, kind=Kind.NONE)) as connection:
            connection.execute(
                _Q["set_password"],
                {"tenant_id": tenant_id, "id": id, "password_hash": password_hash},
            )

    def everyone(self, tenant_id: int) -> list[AccountRow]:
        """All accounts of a tenant, without secrets."""
        with reaching(self._pool, Reach(tenant_id=tenant_id, kind=Kind.NONE)) as connection:
            return rows(connection, _Q["list"], {"tenant_id": tenant_id}, AccountRow)

    def tenant_id(self, name: str) -> int:
        """A tenant by its name; BadInput when there is none."""
        with self._pool.transaction() as connection:
            return _id(connection, "tenant", {"name": name})

    def centre_id(self, tenant_id: int, name: str) -> int:
        """A centre by its name; BadInput when there is none."""
        with reaching(self._pool, Reach(tenant_id=tenant_id, kind=Kind.NONE)) as connection:
            return _id(connection, "centre", {"tenant_id": tenant_id, "name": name})


def _id(connection: Connection, query: str, parameters: Mapping[str, object]) -> int:
    found: int | None = value(connection, _Q[query], parameters)
    if found is None:
        raise BadInput(
            query, parameters["name"], "does not exist", remedy="see `vigil db` or `vigil user`"
        )
    return found


def start_tenure(
    pool: Pool, *, tenant_id: int, vehicle_id: int, person_id: int, since: datetime
) -> None:
    """Hand a car to a person from a moment on; a registrar's act (worker)."""
    with pool.transaction() as connection:
        connection.execute(
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
    """End the present keeper's time, consents and open offers and begin another's time, at one
    moment (worker).

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
        connection.execute(_Q["end_offers"], parameters)
        connection.execute(_Q["start_tenure"], parameters)


def account_of(pool: Pool, email: str) -> tuple[int, int] | None:
    """Tenant and id of an active account, for registrars (worker)."""
    with pool.transaction() as connection:
        found = connection.execute(_Q["account_of"], {"email": email.strip().lower()}).fetchone()
    return None if found is None else (int(found[0]), int(found[1]))
