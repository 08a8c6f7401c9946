"""CPU seconds of the parts: workers, database, broker; None where they run on another machine."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import psutil

from store.db.pool import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """CPU seconds since the parts began."""

    worker: float
    database: float | None
    broker: float | None

    def per_value_since(self, before: Used, values: int) -> dict[str, float | None]:
        """CPU-µs per value by part."""
        return {
            "worker": _rate(before.worker, self.worker, values),
            "database": _rate(before.database, self.database, values),
            "broker": _rate(before.broker, self.broker, values),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The server processes on this machine, found once."""

    database: psutil.Process | None
    broker: psutil.Process | None

    def used(self, workers: tuple[psutil.Process, ...]) -> Used:
        """What all have used so far."""
        return Used(
            worker=sum(_own(process) for process in workers),
            database=None if self.database is None else _tree(self.database),
            broker=None if self.broker is None else _own(self.broker),
        )


def find_parts(pool: Pool, broker_port: int) -> Parts:
    """The postmaster of the pool's server, and who listens on the broker's port."""
    return Parts(database=_postmaster(pool), broker=_listener(broker_port))


def _postmaster(pool: Pool) -> psutil.Process | None:
    with pool.transaction() as connection, suppress(psutil.Error):
        backend = psutil.Process(connection.info.backend_pid)
        return backend.parent() if "postgres" in backend.name() else None
    return None


def _listener(port: int) -> psutil.Process | None:
    with suppress(psutil.Error):
        for each in psutil.net_connections(kind="tcp"):
            here = each.laddr and each.laddr.port == port
            if here and each.status == psutil.CONN_LISTEN and each.pid:
                return psutil.Process(each.pid)
    return None


def _own(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        used = process.cpu_times()
        return float(used.user + used.system)
    return 0.0


def _tree(postmaster: psutil.Process) -> float:
    """Of the postmaster, its living children, and the children that ended."""
    used = postmaster.cpu_times()
    ended = float(used.children_user + used.children_system)
    return _own(postmaster) + ended + sum(_own(child) for child in postmaster.children())


def _rate(before: float | None, after: float | None, values: int) -> float | None:
    if before is None or after is None:
        return None
    return round(1e6 * (after - before) / values, 4)
