"""Commands down to terminals, and how each ended, up.

The stream ``COMMANDS`` holds the open commands and nothing else: a command leaves it once its
answer is durable in ``ANSWERS``. So a gateway that starts again knows what is still to do, and
sends a command once more when it died between sending and hearing (each kind is harmless to
repeat). Of one terminal's commands one is under way at a time, in the stream's order.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol as TypingProtocol

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from guitu.gateway.follower import Follower
from guitu.gateway.limits import Limits
from guitu.gateway.tasks import together
from guitu.wire import envelope
from guitu.wire.envelope import (
    Claim,
    Command,
    CommandAnswer,
    CommandBody,
    Outcome,
    QueryAttributes,
    QueryParameters,
    QueryPosition,
)

log = structlog.get_logger("gateway.commands")

_GENERAL_OUTCOMES = {
    0: Outcome.DONE,
    1: Outcome.FAILED,
    2: Outcome.MALFORMED,
    3: Outcome.UNSUPPORTED,
}
_HAS_OWN_ANSWER = (QueryParameters, QueryAttributes, QueryPosition)


class Link(TypingProtocol):
    """An admitted terminal's connection, as commands see it."""

    @property
    def device(self) -> int:
        """Tracking's id of the device."""

    def send_command(self, body: CommandBody) -> int:
        """Encode and send; returns the serial to be answered. Raises ValueError if it can't be."""


@dataclass(slots=True)
class _Open:
    seq: int
    command: Command
    sent: int = 0
    serials: list[int] = field(default_factory=list)
    again_s: float = 0.0


class Commander:
    """Drives the open commands of the terminals that are connected here."""

    def __init__(
        self,
        client: Client,
        js: JetStreamContext,
        *,
        limits: Limits,
        link_of: Callable[[str], Link | None],
        clock_ms: Callable[[], int],
    ) -> None:
        self._client = client
        self._js = js
        self._limits = limits
        self._link_of = link_of
        self._clock_ms = clock_ms
        self._follower = Follower(
            js,
            envelope.STREAM_COMMANDS,
            subject="commands.*",
            last_only=False,
            check_s=limits.register_check_s,
        )
        self._open: dict[str, dict[int, _Open]] = {}
        self._finished: set[int] = set()
        self._outbox: deque[tuple[int, CommandAnswer]] = deque()
        self._wake = asyncio.Event()
        self._out = asyncio.Event()
        self.answered = 0

    @property
    def open(self) -> int:
        """Number of commands without an end."""
        return sum(map(len, self._open.values()))

    def start_again(self) -> None:
        """Read the open commands anew (the connection to the server came back)."""
        self._follower.start_again()
        self._out.set()

    def connected(self, number: str) -> None:
        """The terminal is here: what waits for it goes out."""
        for waiting in self._open.get(number, {}).values():
            # What was sent on an earlier connection will not be answered on this one.
            waiting.serials.clear()
            waiting.again_s = 0.0
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        await together(
            self._follower.run(self._snapshot, self._message), self._drive(), self._deliver()
        )

    # ── What terminals answer ────────────────────────────────────────────────────────────────

    def general_answer(self, number: str, serial: int, result: int) -> None:
        """A general answer (0001) to the message with this serial came."""
        waiting = self._answered(number, serial)
        if waiting is None:
            return
        if isinstance(waiting.command.body, _HAS_OWN_ANSWER) and result == 0:
            return  # "received": its own answer follows
        outcome = _GENERAL_OUTCOMES.get(result, Outcome.FAILED)
        detail = "" if result in _GENERAL_OUTCOMES else f"the terminal answered with {result}"
        self._finish(waiting, outcome, detail=detail)

    def parameters(self, number: str, serial: int, values: tuple[tuple[int, bytes], ...]) -> None:
        """A parameters answer (0104) came."""
        waiting = self._answered(number, serial)
        if waiting is not None and isinstance(waiting.command.body, QueryParameters):
            self._finish(waiting, Outcome.DONE, parameters=values)

    def attributes(self, number: str, claim: Claim) -> None:
        """Attributes (0107) came: they name no serial, the query under way is meant."""
        for waiting in self._open.get(number, {}).values():
            if waiting.serials and isinstance(waiting.command.body, QueryAttributes):
                self._finish(waiting, Outcome.DONE, claim=claim)
                return

    def position(self, number: str, serial: int) -> None:
        """A position that was asked for (0201) came; it is judged like any report."""
        waiting = self._answered(number, serial)
        if waiting is not None and isinstance(waiting.command.body, QueryPosition):
            self._finish(waiting, Outcome.DONE)

    def _answered(self, number: str, serial: int) -> _Open | None:
        for waiting in self._open.get(number, {}).values():
            if serial in waiting.serials:
                return waiting
        return None

    # ── The stream of open commands ──────────────────────────────────────────────────────────

    def _snapshot(self, messages: list[Msg]) -> None:
        before = {seq: item for items in self._open.values() for seq, item in items.items()}
        self._open.clear()
        for message in messages:
            self._add(message, before.get(message.metadata.sequence.stream))
        self._wake.set()

    def _message(self, message: Msg) -> None:
        self._add(message, None)
        self._wake.set()

    def _add(self, message: Msg, known: _Open | None) -> None:
        seq = message.metadata.sequence.stream
        if seq in self._finished:
            return
        try:
            command = envelope.decode_command(message.data)
            number = envelope.canonical(command.terminal)
        except ValueError as error:
            # EnvelopeError is one too. Left where it is: a newer gateway may be able to read it.
            log.error("a command cannot be read", subject=message.subject, error=str(error))
            return
        self._open.setdefault(number, {})[seq] = known or _Open(seq, command)

    # ── Sending ──────────────────────────────────────────────────────────────────────────────

    async def _drive(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.25):
                    await self._wake.wait()
            self._wake.clear()
            for number in list(self._open):
                items = self._open.get(number)
                if not items:
                    self._open.pop(number, None)
                    continue
                first = next(iter(items.values()))
                for waiting in list(items.values()):
                    try:
                        await self._act(number, waiting, turn=waiting is first)
                    except (nats.errors.Error, TimeoutError, OSError) as error:
                        # It stays open and is tried again by the next round.
                        log.warning("commands wait", error=str(error) or type(error).__name__)
                        await asyncio.sleep(self._limits.retry_s)

    async def _act(self, number: str, waiting: _Open, *, turn: bool) -> None:
        command = waiting.command
        expired = self._clock_ms() >= command.expires_ms
        link = self._link_of(number) if turn else None
        if not expired and (link is None or time.monotonic() < waiting.again_s):
            return
        if not await self._still_wanted(waiting):
            self._forget(number, waiting.seq)
            return
        if expired:
            self._finish(waiting, Outcome.NO_ANSWER if waiting.sent else Outcome.EXPIRED)
            return
        link = self._link_of(number)
        if link is None:
            return
        if link.device != command.device:
            self._finish(
                waiting, Outcome.REFUSED, detail="the number belongs to another device by now"
            )
        elif waiting.sent >= command.attempts:
            self._finish(waiting, Outcome.NO_ANSWER)
        else:
            try:
                waiting.serials.append(link.send_command(command.body))
            except ValueError as error:
                self._finish(waiting, Outcome.REFUSED, detail=str(error))
                return
            waiting.sent += 1
            waiting.again_s = time.monotonic() + self._limits.command_answer_s

    async def _still_wanted(self, waiting: _Open) -> bool:
        """Whether nobody cancelled it and no other gateway finished it."""
        try:
            await self._js.get_msg(envelope.STREAM_COMMANDS, waiting.seq)
        except NotFoundError:
            return False
        return True

    def _forget(self, number: str, seq: int) -> None:
        self._open.get(number, {}).pop(seq, None)

    # ── Ends ─────────────────────────────────────────────────────────────────────────────────

    def _finish(
        self,
        waiting: _Open,
        outcome: Outcome,
        *,
        detail: str = "",
        parameters: tuple[tuple[int, bytes], ...] = (),
        claim: Claim | None = None,
    ) -> None:
        command = waiting.command
        number = envelope.canonical(command.terminal)
        self._forget(number, waiting.seq)
        self._finished.add(waiting.seq)
        answer = CommandAnswer(
            envelope.VERSION,
            command.id,
            command.device,
            number,
            outcome,
            self._clock_ms(),
            waiting.sent,
            detail,
            parameters,
            claim,
        )
        self._outbox.append((waiting.seq, answer))
        self._out.set()
        self._wake.set()
        log.info("command ended", terminal=number, id=command.id, outcome=outcome.name.lower())

    async def _deliver(self) -> None:
        while True:
            await self._out.wait()
            self._out.clear()
            while self._outbox:
                seq, answer = self._outbox[0]
                try:
                    await self._js.publish(
                        envelope.SUBJECT_ANSWERS,
                        envelope.encode(answer),
                        timeout=self._limits.publish_s,
                        headers={"Nats-Msg-Id": answer.id},
                    )
                    with contextlib.suppress(NotFoundError):
                        await self._js.delete_msg(envelope.STREAM_COMMANDS, seq)
                except (nats.errors.Error, TimeoutError, OSError) as error:
                    log.warning("an answer waits", error=str(error) or type(error).__name__)
                    await asyncio.sleep(self._limits.retry_most_s)
                    continue
                self._outbox.popleft()
                self._finished.discard(seq)
                self.answered += 1
