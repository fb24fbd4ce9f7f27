"""A worker's desk in a test, fed by hand."""

from __future__ import annotations

from guitu.tracking.models import Device
from guitu.wire import envelope as e
from guitu.worker.decode import Incoming
from guitu.worker.turn import Desk

SHARDS = 4


class Feed:
    """Gives reports to a desk as the stream would, numbering the messages."""

    def __init__(self, *, snapshot_s: float = 3600.0) -> None:
        self.sequence = 0
        self.desk = Desk("made-1", SHARDS, tuple(range(SHARDS)), snapshot_s)
        self.desk.open()

    def message(
        self, worn: Device, reports: list[e.Report], tick_ms: int | None = None
    ) -> Incoming:
        self.sequence += 1
        shard = e.shard_of(worn.terminal, SHARDS)
        return Incoming(shard, self.sequence, e.Batch(1, shard, "test", reports, tick_ms))

    def give(self, worn: Device, *reports: e.Report, tick_ms: int | None = None) -> Incoming:
        message = self.message(worn, list(reports), tick_ms)
        self.desk.turn([message], upto=message.sequence)
        return message

    def again(self) -> None:
        """The process died and another one starts."""
        self.desk.close()
        self.desk = Desk("made-1", SHARDS, tuple(range(SHARDS)), self.desk.snapshot_s)
        self.desk.open()
