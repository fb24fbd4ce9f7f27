"""Every number the gateway keeps to, and the bucket that measures a rate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one gateway process. Defaults suit a city; tests shorten the times."""

    # One connection.
    frames_per_s: float = 100.0
    """Sustained rate; beyond the burst the socket is read more slowly, nothing is dropped."""
    frames_burst: float = 500.0
    read_bytes: int = 8192
    """Read at once: what one connection can overshoot its bounds by."""
    pending_reports: int = 256
    pending_bytes: int = 512 * 1024
    """Reports of one connection that wait to become durable, before it is read no further."""
    parts_bytes: int = 256 * 1024
    """Parts of messages of one connection whose other parts are awaited."""
    bad_frames: int = 20
    """Frames with a wrong check byte or no sense, above one forgiven each ``bad_forgiven_s``."""
    bad_forgiven_s: float = 60.0
    refusals: int = 5
    """Failed authentications and conflicts before the connection is closed."""
    first_frame_s: float = 60.0
    half_frame_s: float = 30.0
    idle_s: float = 900.0
    """Silence before a connection is closed; heartbeats come every few minutes."""
    write_bytes: int = 64 * 1024
    write_s: float = 60.0
    """How long a terminal may leave its answers unread."""

    # All connections.
    connections: int = 20_000
    connections_per_address: int = 2_000
    """From one address; loopback is free of it (simulators, proxies on the same host)."""
    total_pending_bytes: int = 64 * 1024 * 1024
    """Reports of all connections that wait to become durable, before none is read."""
    total_parts_bytes: int = 64 * 1024 * 1024

    # The stream.
    batch_wait_s: float = 0.020
    batch_reports: int = 500
    batch_bytes: int = 512 * 1024
    publish_s: float = 5.0
    """Time for the stream's acknowledgement before the same batch is sent again."""
    retry_s: float = 0.25
    retry_most_s: float = 2.0
    tick_s: float = 10.0
    tick_grace_s: float = 30.0
    """No ticks so soon after a start or an outage: terminals need time to come back."""
    flush_s: float = 8.0
    """How long a clean end waits for what is pending."""

    # Notices and commands.
    notice_s: float = 1.0
    notice_again_s: float = 10.0
    notice_rows: int = 10_000
    notice_kept_s: float = 86_400.0
    """How long a terminal in quarantine or conflict is remembered after its last message."""
    presence_rows: int = 50_000
    command_answer_s: float = 15.0
    """Time for a terminal's answer before a command is sent once more."""
    register_check_s: float = 10.0


class TokenBucket:
    """Counts what is spent against a steady refill; time comes in as an argument (seconds)."""

    __slots__ = ("_at_s", "_burst", "_rate", "tokens")

    def __init__(self, rate: float, burst: float, now_s: float) -> None:
        self._rate = rate
        self._burst = burst
        self._at_s = now_s
        self.tokens = burst

    def spend(self, count: float, now_s: float) -> float:
        """Take ``count`` tokens; returns the seconds to wait until the bucket is out of debt."""
        refilled = self.tokens + (now_s - self._at_s) * self._rate
        self.tokens = min(self._burst, refilled) - count
        self._at_s = now_s
        return max(0.0, -self.tokens / self._rate)
