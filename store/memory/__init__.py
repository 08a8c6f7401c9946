"""The in-memory twin of every port, for tests and small tools: same rules, no database.

It shares the pure parts with PostgreSQL (layout of rows, ledger's fates, episodes, choice of
source, alert book) and keeps what they return in lists and dicts, under one lock. It forgets
everything at the end of the process and knows no roles.

    house = Memory()
    house.registry, house.sink(judge), house.windows, house.assessments, house.alerts,
    house.urgent(judge)
"""

from store.memory.memory_store import Memory

__all__ = ["Memory"]
