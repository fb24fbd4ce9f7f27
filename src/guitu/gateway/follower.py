"""Follow a stream from its beginning and stay with it, over every loss of the connection.

A consumer of the stream server lives in its memory: when the server dies it is gone, and a client
that only waits would wait for ever. So the whole is read anew after each reconnection, after each
error, and when the server says that it holds more than was seen.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import DeliverPolicy

log = structlog.get_logger("gateway.follower")

OnSnapshot = Callable[[list[Msg]], None]
OnMessage = Callable[[Msg], None]


class Follower:
    """Reads ``subject`` of ``stream``: first everything that stands there as one snapshot, then
    each new message; a new snapshot whenever messages may have been missed.

    With ``last_only`` a snapshot holds the last message of each subject (a key–value bucket).
    """

    def __init__(
        self,
        js: JetStreamContext,
        stream: str,
        *,
        subject: str,
        last_only: bool,
        check_s: float,
    ) -> None:
        self._js = js
        self._stream = stream
        self._subject = subject
        self._policy = DeliverPolicy.LAST_PER_SUBJECT if last_only else DeliverPolicy.ALL
        self._check_s = check_s
        self._again = asyncio.Event()
        self._seen_seq = 0
        self.problem: str | None = f"stream {stream} has not been read yet"

    def start_again(self) -> None:
        """Read the whole anew: call it when the connection to the server came back."""
        self._again.set()

    async def run(self, on_snapshot: OnSnapshot, on_message: OnMessage) -> None:
        """Follow until cancelled. ``on_snapshot`` and ``on_message`` must not raise."""
        while True:
            self._again.clear()
            subscription: JetStreamContext.PushSubscription | None = None
            try:
                subscription = await self._js.subscribe(
                    self._subject,
                    stream=self._stream,
                    ordered_consumer=True,
                    deliver_policy=self._policy,
                )
                await self._follow(subscription, on_snapshot, on_message)
            except (nats.errors.Error, TimeoutError, OSError) as error:
                if self.problem is None:
                    log.warning("stream not followed", stream=self._stream, error=_words(error))
                self.problem = f"stream {self._stream} cannot be followed: {_words(error)}"
                await asyncio.sleep(1.0)
            finally:
                if subscription is not None:
                    # The server forgets the consumer by itself when this cannot reach it.
                    with contextlib.suppress(nats.errors.Error, TimeoutError, OSError):
                        await subscription.unsubscribe()

    async def _follow(
        self,
        subscription: JetStreamContext.PushSubscription,
        on_snapshot: OnSnapshot,
        on_message: OnMessage,
    ) -> None:
        info = await subscription.consumer_info()
        snapshot: list[Msg] = []
        if (info.num_pending or 0) + subscription.pending_msgs > 0:
            while True:
                message = await subscription.next_msg(timeout=10.0)
                snapshot.append(message)
                if message.metadata.num_pending == 0:
                    break
        self._seen_seq = snapshot[-1].metadata.sequence.stream if snapshot else 0
        on_snapshot(snapshot)
        del snapshot
        self.problem = None
        while not self._again.is_set():
            try:
                message = await subscription.next_msg(timeout=self._check_s)
            except nats.errors.TimeoutError:
                if await self._missed():
                    return
                continue
            self._seen_seq = message.metadata.sequence.stream
            on_message(message)

    async def _missed(self) -> bool:
        """Whether the server holds something newer than what was seen, or an older stream."""
        state = (await self._js.stream_info(self._stream)).state
        if not state.messages:
            return False
        return state.last_seq != self._seen_seq


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
