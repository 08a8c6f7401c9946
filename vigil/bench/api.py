"""Load for the HTTP service: a steady number of in-limit reads per second, each one timed."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np

READS = (
    "/vehicles?limit=50",
    "/vehicles/{car}",
    "/vehicles/{car}/state",
    "/vehicles/{car}/series?signal=soc_pct&points=200",
    "/vehicles/{car}/battery",
    "/alerts?state=open&limit=50",
    "/offers?state=open",
    "/orders",
)
THREADS = 64
"""As many as the service lets in at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What was asked and how long each answer took."""

    seconds: float
    times_ms: tuple[float, ...]
    statuses: tuple[int, ...]

    def as_json(self) -> Mapping[str, Any]:
        """`requests_s`, `ms` {p50, p99}, `errors`, `refused`.

        404 for a car without a battery is no error, nor is 429: "come back later" is an answer.
        """
        p50, p99 = np.percentile(self.times_ms, [50, 99]) if self.times_ms else (0.0, 0.0)
        return {
            "requests_s": round(len(self.times_ms) / self.seconds, 1),
            "ms": {"p50": round(float(p50), 1), "p99": round(float(p99), 1)},
            "errors": sum(s not in (200, 404, 429) for s in self.statuses),
            "refused": self.statuses.count(429),
            "requests": len(self.times_ms),
        }


def measure(address: str, token: str, *, rate_s: float, seconds: float) -> Load:
    """Ask at `rate_s`, spread over the reads and the caller's cars; late answers delay nobody.

    The time of an answer counts from the moment it was due, so that a stalled service shows.
    """
    limits = httpx.Limits(max_connections=THREADS, max_keepalive_connections=THREADS)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(
        base_url=f"{address}/api/v1", headers=headers, limits=limits, timeout=30
    ) as http:
        cars = [car["id"] for car in http.get("/vehicles?limit=200").json()["items"]]
        paths = [p.format(car=c) for c in cars or [""] for p in READS if c or "{" not in p]
        return _run(http, paths, rate_s, seconds)


def _run(http: httpx.Client, paths: Sequence[str], rate_s: float, seconds: float) -> Load:
    times: list[float] = []
    statuses: list[int] = []
    lock = threading.Lock()

    def ask(path: str, due: float) -> None:
        try:
            status = http.get(path).status_code
        except httpx.HTTPError:
            status = 0
        took = (time.monotonic() - due) * 1000
        with lock:
            times.append(took)
            statuses.append(status)

    began = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        for n in range(int(rate_s * seconds)):
            due = began + n / rate_s
            time.sleep(max(0.0, due - time.monotonic()))
            pool.submit(ask, paths[n % len(paths)], due)
    return Load(seconds=time.monotonic() - began, times_ms=tuple(times), statuses=tuple(statuses))
