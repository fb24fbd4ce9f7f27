"""Taking messages off the stream, in order and without a gap."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Sequence

import nats.errors
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from guitu.wire import envelope
from guitu.worker.decode import Incoming

#: Messages asked for at once; a turn takes at most TURN_REPORTS of what they hold.
FETCH = 400
TURN_REPORTS = 6_000


class Gap(RuntimeError):
    """A message between two others did not come: the consumer must be made anew."""


class Pull:
    """A nameless consumer of some shards' subjects from one sequence on. Nothing is acknowledged:
    what is committed stands in the database."""

    def __init__(self, js: JetStreamContext, *, shards: Sequence[int], after: int) -> None:
        self._js = js
        self._subjects = [envelope.reports_subject(shard) for shard in shards]
        self.after = after
        self._name = f"worker-{uuid.uuid4().hex[:12]}"
        self._subscription: JetStreamContext.PullSubscription | None = None
        self._delivered = 0

    async def start(self) -> None:
        """Make the consumer."""
        await self._js.add_consumer(
            envelope.STREAM_REPORTS,
            config=ConsumerConfig(
                name=self._name,
                filter_subjects=self._subjects,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self.after + 1,
                ack_policy=AckPolicy.NONE,
                inactive_threshold=60.0,
                mem_storage=True,
            ),
        )
        self._subscription = await self._js.pull_subscribe_bind(
            consumer=self._name, stream=envelope.STREAM_REPORTS
        )

    async def next(self, timeout_s: float) -> list[Incoming]:
        """What is there, in the stream's order; empty when nothing came in time. Raises :class:`Gap`."""
        assert self._subscription is not None
        try:
            messages = await self._subscription.fetch(FETCH, timeout=timeout_s)
        except (TimeoutError, nats.errors.TimeoutError):
            return []
        found = []
        for message in messages:
            sequence = message.metadata.sequence
            if sequence.consumer != self._delivered + 1:
                raise Gap(f"message {self._delivered + 1} of the consumer did not come")
            self._delivered = sequence.consumer
            self.after = sequence.stream
            shard = int(message.subject.rpartition(".")[2])
            try:
                batch = envelope.decode_batch(message.data)
            except envelope.EnvelopeError as error:
                found.append(
                    Incoming(shard, sequence.stream, None, f"no batch: {type(error).__name__}")
                )
            else:
                found.append(Incoming(shard, sequence.stream, batch))
        return found

    async def alive(self) -> bool:
        """Whether the server still knows the consumer (it forgets those that were away long)."""
        try:
            await self._js.consumer_info(envelope.STREAM_REPORTS, self._name)
        except NotFoundError:
            return False
        return True

    async def stop(self) -> None:
        """Give the consumer back, if the server can be reached."""
        if self._subscription is not None:
            with contextlib.suppress(nats.errors.Error, OSError, TimeoutError):
                await self._subscription.unsubscribe()
                await self._js.delete_consumer(envelope.STREAM_REPORTS, self._name)


def turns(messages: Sequence[Incoming]) -> list[list[Incoming]]:
    """Cut into pieces of at most ``TURN_REPORTS`` reports (a message is never cut)."""
    found: list[list[Incoming]] = []
    room = 0
    for message in messages:
        size = len(message.batch.reports) if message.batch is not None else 1
        if not found or size > room:
            found.append([])
            room = TURN_REPORTS
        found[-1].append(message)
        room -= size
    return found
