"""One ingest worker: wires subscriber, intake, batcher and store, and answers the devices.

Any number of workers may run; each knows only its own transactions.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from domain.errors import VigilError
from domain.ports import Directory, TelemetrySink
from ingest.answers import DeviceAnswers
from ingest.batcher import Batcher, Limits
from ingest.broker import Broker
from ingest.committer import Committer
from ingest.delivery import Delivery
from ingest.directory import CachedDirectory
from ingest.intake import Intake
from ingest.meters import Meters
from ingest.patience import Patience
from ingest.pipeline import Pipeline
from ingest.subscriber import GROUP, RECEIVE_MAXIMUM, Subscriber


class IngestService:
    """Runs from `start` to `stop`; `ready` is the truth for a health port."""

    def __init__(
        self,
        *,
        sink: TelemetrySink,
        directory: Directory,
        broker: Broker,
        group: str = GROUP,
        limits: Limits | None = None,
        meters: Meters | None = None,
        directory_ttl_s: float = 5.0,
        receive_maximum: int = RECEIVE_MAXIMUM,
    ) -> None:
        self.meters = meters or Meters()
        self._stop = threading.Event()
        self._store_answers = True
        self._batcher = Batcher(limits)
        self._subscriber = Subscriber(
            broker, self._receive, group=group, receive_maximum=receive_maximum
        )
        self._answers = DeviceAnswers(self._subscriber, self.meters)
        patience = Patience(self._stop, self._troubled)
        pipeline = Pipeline(
            self._batcher,
            Intake(CachedDirectory(directory, ttl_s=directory_ttl_s)),
            Committer(sink, patience),
            self._answers,
            patience,
        )
        self._thread = threading.Thread(target=pipeline.run, name="batcher", daemon=True)

    @property
    def ready(self) -> Mapping[str, bool]:
        """What must hold for this worker to do its work."""
        return {
            "broker": self._subscriber.ready,
            "store": self._store_answers,
            "batcher": self._thread.is_alive(),
        }

    def start(self) -> None:
        """Begin to listen; returns at once."""
        self._thread.start()
        self._subscriber.start()

    def stop(self) -> None:
        """Finish the group at hand and leave; the rest was never acknowledged."""
        self._batcher.stop()
        self._stop.set()
        self._thread.join(timeout=10)
        self._subscriber.stop()

    def _receive(self, delivery: Delivery) -> None:
        """On the network's thread: status is answered at once, everything else is queued."""
        if delivery.topic.endswith("/status"):
            self._answers.greet(delivery)
        else:
            self._batcher.offer(delivery)
        self.meters.queue.set(self._batcher.waiting)

    def _troubled(self, trouble: VigilError | None) -> None:
        self._store_answers = trouble is None
        if trouble is not None:
            self.meters.troubled(trouble)
