"""What a worker tells devices: PUBACK and receipts after a commit, the time at a birth."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from domain.readings import Committed
from firmware_contracts import codec, topics
from firmware_contracts.clock import TimeReply
from firmware_contracts.errors import ContractError
from ingest.bounds import utc_ms
from ingest.delivery import Delivery
from ingest.meters import Meters
from ingest.receipts import receipts
from ingest.subscriber import Subscriber

log = logging.getLogger(__name__)


class DeviceAnswers:
    """Speaks through the worker's own connection; `ingest.pipeline.Answers`."""

    def __init__(self, subscriber: Subscriber, meters: Meters) -> None:
        self._subscriber = subscriber
        self._meters = meters

    def send(self, group: Sequence[Delivery], commits: Sequence[Committed]) -> None:
        """After the commit: PUBACK in order, then receipts, then the counters."""
        found = [
            (topics.Topic(tenant=tenant, device=device, leaf="receipt"), codec.encode_down(receipt))
            for committed in commits
            for (tenant, device), receipt in receipts(committed).items()
        ]
        self._subscriber.answer(group, found)
        self._meters.receipts.inc(len(found))
        self._meters.committed(commits)
        self._meters.commit_seconds.observe(
            (datetime.now(UTC) - group[0].received_at).total_seconds()
        )

    def greet(self, delivery: Delivery) -> None:
        """Give a boot the cloud's time and acknowledge its birth. A last will is only noted."""
        self._reply_time(delivery)
        self._subscriber.acknowledge([delivery])

    def _reply_time(self, delivery: Delivery) -> None:
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
