"""What an installation needs before its services start: schema, keys, the demo's people."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from vigil.settings import Settings

SEEDS = 2**31
"""Seeds that a person can copy."""


def prepare_store(settings: Settings) -> list[str]:
    """Roles, database and newest migrations, where the settings allow it; returns what ran.

    With an administrator's URL everything; with the owner's password the migrations; with
    neither nothing: an operator did it with `vigil db prepare`.
    """
    from store.db.bootstrap import bootstrap
    from store.db.migrate import migrate
    from store.results import jobs

    database = settings.database
    words = database.passwords()
    if database.admin_url is not None and database.url is not None:
        bootstrap(
            database.admin_url.get_secret_value(),
            database=urlsplit(database.url.get_secret_value()).path.lstrip("/"),
            passwords={f"vigil_{role}": word for role, word in words.items()},
        )
    if "owner" not in words:
        return []
    ran = migrate(database.url_for("owner"))
    return [*ran, "jobs"] if jobs.prepare(database.url_for("owner")) else ran


def prepare_reports(settings: Settings) -> None:
    """The key that signs battery reports, made with the installation."""
    from datetime import UTC, datetime

    from vigil.report.keys import KeyRing

    KeyRing(settings.data_dir / "reports").open(datetime.now(UTC))


def prepare_demo(settings: Settings) -> Settings:
    """The settings with a seed: the one of the folder's demo, else the given, else a drawn one."""
    from vigil.demo.story import kept_seed

    seed = kept_seed(settings.data_dir) if settings.demo.enabled else None
    if seed is None:
        seed = settings.demo.seed
    return settings.with_values(
        {"demo": {"seed": secrets.randbelow(SEEDS) if seed is None else seed}}
    )


def prepare_people(settings: Settings) -> None:
    """The demo's accounts, centres and bay time, made where they are missing."""
    if not settings.demo.enabled:
        return
    from store.db.pool import Pool
    from store.people.identity import Registry
    from vigil.demo import demo_cars, people, story, workshop

    with Pool.open(settings.database.url_for("worker"), name="vigil-demo") as pool:
        ground = demo_cars.ground(Registry(pool))
        people.prepare(pool, ground, story.folder_of(settings.data_dir))
        workshop.prepare(pool, ground)


def sign_ins(settings: Settings) -> list[tuple[str, str, str]]:
    """Role, name and password of the people of the demo, made at the first start."""
    from vigil.demo import people, story

    found = people.kept(story.folder_of(settings.data_dir)) if settings.demo.enabled else []
    return [(each.role, each.email, each.password) for each in found]
