"""The reports of one admitted terminal: parts joined, given to the stream, answered when durable.

No place is read here: a report is the bytes that came.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from guitu.wire import jt808
from guitu.wire.envelope import Protocol, RefusalReason, Report
from guitu.wire.jt808 import Assembler, Frame, Malformed

if TYPE_CHECKING:
    from guitu.gateway.connection import Connection
    from guitu.gateway.dialogue import Dialogue
    from guitu.gateway.server import Gateway

log = structlog.get_logger("gateway.reports")

MULTIMEDIA = 0x0801


class Reports:
    """What one connection has reported and the stream does not have yet."""

    def __init__(self, gateway: Gateway, connection: Connection, dialogue: Dialogue) -> None:
        self._gateway = gateway
        self._limits = gateway.limits
        self._connection = connection
        self._dialogue = dialogue
        self._assembler: Assembler | None = None
        self._parts_held = 0
        self._waiting: dict[tuple[int, int], bytes] = {}
        self._pending = 0
        self._pending_bytes = 0

    def hear(self, frame: Frame, now_s: float) -> None:
        """A frame that is no talk came, a whole report or a part of one."""
        if frame.of == 1:
            self._report(frame, (frame,))
            return
        if self._assembler is None:
            self._assembler = Assembler(max_bytes=self._limits.parts_bytes)
        try:
            if self._assembler.is_repeat(frame):
                # Its whole was given to the stream: the answer was lost, or is on its way.
                if not self._pending:
                    self._dialogue.answer(frame)
                return
            whole = self._assembler.accept(frame, now_s=now_s)
        except Malformed as error:
            log.info("parts are refused", terminal=self._dialogue.number, error=str(error))
            self._dialogue.answer(frame, result=jt808.WRONG)
            return
        if self._count_parts() > self._limits.total_parts_bytes:
            self._connection.close("too many unfinished messages on all connections")
        elif whole is not None:
            # Each part is answered, and none before the whole is durable.
            self._report(whole, (whole, *_other_parts(whole)))

    def durable(self, done: list[tuple[tuple[Frame, ...], int]]) -> None:
        """The stream has these reports: now they are acknowledged."""
        answers: list[bytes] = []
        for frames, size in done:
            self._waiting.pop((frames[0].header.msg_id, frames[0].header.serial), None)
            self._pending -= 1
            self._pending_bytes -= size
            for frame in frames:
                answer = self._dialogue.due(frame)
                if answer is not None:
                    answers.append(answer)
        if answers:
            self._connection.send(b"".join(answers))
        if (
            self._pending <= self._limits.pending_reports // 2
            and self._pending_bytes <= self._limits.pending_bytes // 2
        ):
            self._connection.release_backlog()

    def sweep(self, now_s: float) -> None:
        """Ask for parts that did not come."""
        if self._assembler is None:
            return
        for missing in self._assembler.missing(now_s=now_s):
            serial = self._dialogue.next_serial()
            self._connection.send(jt808.resend_request(missing, serial=serial))
        self._count_parts()

    def ended(self) -> None:
        """The connection is over: its unfinished messages are forgotten, the whole ones are not."""
        self._assembler = None
        self._count_parts()

    def _report(self, frame: Frame, answered: tuple[Frame, ...]) -> None:
        entry, number, header = self._dialogue.entry, self._dialogue.number, frame.header
        assert entry is not None and number is not None
        key = (header.msg_id, header.serial)
        if self._waiting.get(key) == frame.raw:
            return  # sent again for want of an answer, which it gets once the first is durable
        self._dialogue.answers_command(frame)
        now_ms = self._gateway.clock_ms()
        if entry.spans is not None and not entry.may_be_lawful(now_ms):
            self._gateway.notices.refuse(entry, RefusalReason.NO_LAWFUL_SPAN, now_ms=now_ms)
            for each in answered:
                self._dialogue.answer(each)
            return
        report = Report(
            Protocol.JT808,
            entry.device,
            number,
            now_ms,
            header.msg_id,
            header.serial,
            header.version,
            frame.raw,
        )
        size = self._gateway.publisher.offer(self._dialogue.shard, report, self, answered)
        self._waiting[key] = frame.raw
        self._pending += 1
        self._pending_bytes += size
        if (
            self._pending > self._limits.pending_reports
            or self._pending_bytes > self._limits.pending_bytes
        ):
            self._connection.hold_backlog()

    def _count_parts(self) -> int:
        """Bring the gateway's sum of waiting parts up to date; returns it, in bytes."""
        held = self._assembler.held_bytes if self._assembler is not None else 0
        self._gateway.parts_bytes += held - self._parts_held
        self._parts_held = held
        return self._gateway.parts_bytes


def _other_parts(whole: Frame) -> list[Frame]:
    """Stand-ins for the parts after the first, to be answered like it; 0801 has one answer."""
    if whole.header.msg_id == MULTIMEDIA:
        return []
    return [
        Frame(replace(whole.header, serial=serial), b"", b"") for serial in whole.part_serials[1:]
    ]
