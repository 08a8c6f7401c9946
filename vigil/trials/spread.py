"""Work on every car of a simulated fleet, spread over processes, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Scored = TypeVar("Scored")
MOST_AT_ONCE = 16
"""Cars of one task: few, so that no core waits at the end."""


def spread(score: Callable[[int], Scored], cars: int, jobs: int) -> Iterator[Scored]:
    """`score(index)` of every car, in order, over `jobs` processes; `score` must be picklable
    (a function of a module, or `functools.partial` of one)."""
    if jobs <= 1:
        yield from map(score, range(cars))
        return
    chunk = max(min(cars // 64, MOST_AT_ONCE), 1)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(score, range(cars), chunksize=chunk)
