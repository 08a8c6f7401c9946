"""What ingest counts, for Prometheus. No label ever holds a device, a VIN or a position."""

from __future__ import annotations

import time
from collections import Counter as Counts
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from domain.errors import VigilError
from domain.readings import Committed


class Meters:
    """Counters of one worker in their own registry."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.messages = Counter(
            "vigil_ingest_messages", "Messages by outcome", ["outcome"], registry=self.registry
        )
        self.rows = Counter("vigil_ingest_rows", "Rows by fate", ["fate"], registry=self.registry)
        self.quarantined = Counter(
            "vigil_ingest_quarantined_rows",
            "Rows that wait or were refused, by reason",
            ["reason"],
            registry=self.registry,
        )
        self.urgent = Counter(
            "vigil_ingest_urgent_events",
            "Events the urgent path must judge",
            registry=self.registry,
        )
        self.receipts = Counter("vigil_ingest_receipts", "Receipts sent", registry=self.registry)
        self.trouble = Counter(
            "vigil_ingest_store_trouble",
            "Commits that had to be tried again",
            ["kind"],
            registry=self.registry,
        )
        self.commit_seconds = Histogram(
            "vigil_ingest_commit_seconds",
            "From the first message of a group to its commit",
            registry=self.registry,
        )
        self.queue = Gauge(
            "vigil_ingest_queue_messages", "Messages waiting for a group", registry=self.registry
        )
        self.last_commit = Gauge(
            "vigil_ingest_last_commit_seconds",
            "Unix time of the last commit",
            registry=self.registry,
        )

    def committed(self, commits: Iterable[Committed]) -> None:
        """Count what a group became: sums first, since every count takes a lock."""
        stored = [one for committed in commits for one in committed.stored]
        for outcome, count in Counts(one.outcome.value for one in stored).items():
            self.messages.labels(outcome=outcome).inc(count)
        self.rows.labels(fate="stored").inc(sum(one.rows_stored for one in stored))
        self.rows.labels(fate="duplicate").inc(sum(one.rows_duplicate for one in stored))
        self.urgent.inc(sum(one.urgent for one in stored))
        waiting: Counts[str] = Counts()
        for one in stored:
            waiting.update(one.rows_quarantined)
        for reason, rows in waiting.items():
            self.quarantined.labels(reason=reason).inc(rows)
        self.last_commit.set(time.time())

    def troubled(self, trouble: VigilError) -> None:
        """Count one commit that must be tried again."""
        self.trouble.labels(kind=type(trouble).__name__).inc()
