"""One ingest worker: wires subscriber, intake, batcher and store, and answers the devices.

Any number of workers may run; each knows only its own transactions.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from domain.errors import VigilError
from domain.ports import Directory, TelemetrySink
from domain.readings import Committed
from firmware_contracts import codec, topics
from firmware_contracts.clock import TimeReply
from firmware_contracts.errors import ContractError
from ingest.batcher import Batcher, Limits
from ingest.bounds import utc_ms
from ingest.broker import Broker
from ingest.committer import Committer, Message
from ingest.delivery import Delivery
from ingest.directory import CachedDirectory
from ingest.intake import Intake
from ingest.meters import Meters
from ingest.patience import Patience
from ingest.receipts import receipts
from ingest.subscriber import GROUP, RECEIVE_MAXIMUM, Subscriber

log = logging.getLogger(__name__)


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
        self._patience = Patience(self._stop, self._troubled)
        self._intake = Intake(CachedDirectory(directory, ttl_s=directory_ttl_s))
        self._store_answers = True
        self._batcher = Batcher(
            judge=self._judge,
            committer=Committer(sink, self._patience),
            done=self._done,
            limits=limits,
        )
        self._subscriber = Subscriber(
            broker, self._receive, group=group, receive_maximum=receive_maximum
        )
        self._thread = threading.Thread(target=self._batcher.run, name="batcher", daemon=True)

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
            self._greet(delivery)
            self._subscriber.acknowledge([delivery])
        else:
            self._batcher.offer(delivery)
        self.meters.queue.set(self._batcher.waiting)

    def _greet(self, delivery: Delivery) -> None:
        """Give a boot the cloud's time. A last will is only noted."""
        try:
            hello = codec.decode_hello(delivery.payload)
            topic = topics.parse(delivery.topic)
        except (ContractError, ValueError) as error:
            log.warning("unreadable hello: %s", error)
            return
        if hello.alive:
            reply = TimeReply(
                boot=hello.boot, mono_ms=hello.mono_ms, utc_ms=utc_ms(datetime.now(UTC))
            )
            down = topics.Topic(tenant=topic.tenant, device=topic.device, leaf="receipt")
            self._subscriber.publish(down, codec.encode_down(reply))

    def _judge(self, delivery: Delivery) -> Message:
        return self._patience.call(
            lambda: self._intake.judge(delivery.topic, delivery.payload, delivery.received_at)
        )

    def _done(self, group: Sequence[Delivery], commits: Sequence[Committed]) -> None:
        """After the commit: PUBACK in order, then receipts, then the counters."""
        self._subscriber.acknowledge(group)
        for committed in commits:
            for (tenant, device), receipt in receipts(committed).items():
                topic = topics.Topic(tenant=tenant, device=device, leaf="receipt")
                self._subscriber.publish(topic, codec.encode_down(receipt))
                self.meters.receipts.inc()
        self.meters.committed(commits)
        self.meters.commit_seconds.observe(
            (datetime.now(UTC) - group[0].received_at).total_seconds()
        )

    def _troubled(self, trouble: VigilError | None) -> None:
        self._store_answers = trouble is None
        if trouble is not None:
            self.meters.troubled(trouble)
