"""One socket: reading within bounds, writing within bounds, and the times it must keep.

What is said on it stands in ``dialogue``. Reading stops for four reasons, each for itself: its own
reports wait for the stream, everybody's do, it sends too fast, it leaves its answers unread.
While it stops, the terminal's bytes stay in the kernel and in the terminal: nothing is lost, and
no time runs against the terminal.
"""

from __future__ import annotations

import asyncio
import time
from enum import IntFlag
from typing import TYPE_CHECKING, cast

import structlog

from guitu.gateway.dialogue import Dialogue
from guitu.gateway.limits import TokenBucket
from guitu.wire.jt808 import FrameError, Stream

if TYPE_CHECKING:
    from guitu.gateway.server import Gateway

log = structlog.get_logger("gateway.connection")


class Hold(IntFlag):
    """Why a socket is not read at the moment."""

    BACKLOG = 1
    CROWDED = 2
    RATE = 4
    UNREAD = 8


class Connection(asyncio.BufferedProtocol):
    """A terminal's connection, from the first byte to the last."""

    def __init__(self, gateway: Gateway) -> None:
        now_s = time.monotonic()
        self._gateway = gateway
        self._limits = gateway.limits
        self._stream = Stream()
        self._rate = TokenBucket(self._limits.frames_per_s, self._limits.frames_burst, now_s)
        self._bad = TokenBucket(
            1.0 / self._limits.bad_forgiven_s, float(self._limits.bad_frames), now_s
        )
        self._held = Hold(0)
        self._half_since_s: float | None = None
        self._unread_since_s: float | None = None
        self._last_s = now_s
        self._throttled = False
        self._reason: str | None = None
        self._transport: asyncio.Transport | None = None
        self.opened_s = now_s
        self.address = "?"
        self.dialogue = Dialogue(gateway, self)

    @property
    def host(self) -> str:
        """The address without its port."""
        return self.address.rpartition(":")[0]

    @property
    def closed(self) -> bool:
        """Whether nothing can be said any more."""
        return self._transport is None

    # ── asyncio calls ────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.address = f"{peer[0]}:{peer[1]}" if peer else "?:0"
        refusal = self._gateway.joined(self)
        if refusal:
            self._reason = refusal
            transport.abort()  # type: ignore[attr-defined]
            return
        self._transport.set_write_buffer_limits(high=self._limits.write_bytes)
        if self._gateway.crowded:
            self.hold(Hold.CROWDED)

    def get_buffer(self, sizehint: int) -> memoryview:
        # One buffer for all: it is read empty before the loop fills it again.
        return self._gateway.buffer

    def buffer_updated(self, nbytes: int) -> None:
        now_s = self._last_s = time.monotonic()
        found = self._stream.feed(bytes(self._gateway.buffer[:nbytes]))
        for item in found:
            if self._transport is None or self._transport.is_closing():
                return
            if isinstance(item, FrameError):
                self._bad_frame(item.reason, now_s)
            else:
                self.dialogue.hear(item, now_s)
        if not self._stream.pending:
            self._half_since_s = None
        elif found or self._half_since_s is None:
            self._half_since_s = now_s
        wait_s = self._rate.spend(len(found), now_s)
        if wait_s:
            self._slow_down(wait_s)

    def eof_received(self) -> bool:
        self._reason = self._reason or "closed by the terminal"
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        reason = self._reason or ("lost" if exc else "closed by the terminal")
        self._gateway.left(self, reason)
        self.dialogue.ended(reason)

    def pause_writing(self) -> None:
        self._unread_since_s = time.monotonic()
        self.hold(Hold.UNREAD)

    def resume_writing(self) -> None:
        self._unread_since_s = None
        self.release(Hold.UNREAD)

    # ── for the dialogue and the gateway ─────────────────────────────────────────────────────

    def send(self, data: bytes) -> None:
        """Write to the terminal; silently nothing once the connection is over."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self, reason: str, *, expected: bool = False) -> None:
        """End the connection after what was written; ``reason`` is logged and told tracking.

        ``expected`` keeps the log quiet about what happens to thousands at once.
        """
        if self._transport is None or self._transport.is_closing():
            return
        self._reason = reason
        if not expected:
            log.info(
                "connection closed",
                reason=reason,
                address=self.address,
                terminal=self.dialogue.number,
            )
        if self._held & Hold.UNREAD:
            # It would wait for ever for a terminal that does not read.
            self._transport.abort()
        else:
            self._transport.close()

    def hold(self, why: Hold) -> None:
        """Stop reading for this reason too."""
        if not self._held and self._transport is not None:
            self._transport.pause_reading()
        self._held |= why

    def release(self, why: Hold) -> None:
        """This reason is over; reading goes on when it was the last."""
        if not self._held & why:
            return
        self._held &= ~why
        if not self._held and self._transport is not None:
            now_s = self._last_s = time.monotonic()
            if self._half_since_s is not None:
                self._half_since_s = now_s
            if not self._transport.is_closing():
                self._transport.resume_reading()

    def hold_backlog(self) -> None:
        """Too many of its reports wait for the stream."""
        self.hold(Hold.BACKLOG)

    def release_backlog(self) -> None:
        """Enough of them are durable."""
        self.release(Hold.BACKLOG)

    def sweep(self, now_s: float) -> None:
        """Close what took too long; called about once a second."""
        limits = self._limits
        if self._unread_since_s is not None and now_s - self._unread_since_s > limits.write_s:
            self.close("leaves its answers unread")
        if self._held:
            return
        if self._half_since_s is not None and now_s - self._half_since_s > limits.half_frame_s:
            self.close("half a frame for too long")
        elif now_s - self._last_s > limits.idle_s:
            self.close("silent for too long")
        elif (
            now_s - self.opened_s > limits.first_frame_s
            and not self.dialogue.welcome
            and not self._gateway.crowded
        ):
            self.close("did not introduce itself")
        else:
            self.dialogue.reports.sweep(now_s)

    # ── bounds ───────────────────────────────────────────────────────────────────────────────

    def _bad_frame(self, reason: str, now_s: float) -> None:
        self._gateway.bad_frames += 1
        if self._bad.spend(1, now_s):
            # The reason names lengths and check bytes, never content.
            self.close(f"too many bad frames, the last: {reason}")

    def _slow_down(self, wait_s: float) -> None:
        if not self._throttled:
            self._throttled = True
            log.warning(
                "a terminal sends too fast and is read more slowly",
                address=self.address,
                terminal=self.dialogue.number,
            )
        self._gateway.throttled += 1
        self.hold(Hold.RATE)
        asyncio.get_running_loop().call_later(wait_s, self.release, Hold.RATE)
