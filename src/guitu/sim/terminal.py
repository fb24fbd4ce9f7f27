"""A JT/T 808 terminal on a real socket: registers, authenticates, reports, answers, comes again.

What it does is what a careful wristband does (JT/T 808-2019 sections 6 and 7): a report is kept
until the platform has acknowledged it; without an answer the very same frame is sent again, so
that the platform recognises it; what was recorded while offline goes out in batches (0x0704)
after the reconnection, in order, before anything newer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from guitu.sim.identity import Identity, identity_of
from guitu.wire import jt808
from guitu.wire import messages as m
from guitu.wire.jt808 import Frame, Malformed, Parameter, Sent

log = structlog.get_logger("sim.terminal")

_ACKNOWLEDGED = frozenset({jt808.DONE, jt808.ALARM_CONFIRMED})
_MOST_IN_BATCH = 16
_REGISTRATION_WORDS = {
    1: "the vehicle is registered already",
    2: "the vehicle is not in the database",
    3: "another terminal holds this number",
    4: "the number is not in the register, or blocked",
}


class TerminalRefused(RuntimeError):
    """The platform does not admit this terminal; the message says why."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient a terminal is, in seconds."""

    heartbeat_s: float = 60.0
    answer_s: float = 10.0
    """Time for an answer before the frame goes out again; each further try waits longer."""
    resends: int = 3
    """Tries before the connection is given up."""
    connect_s: float = 10.0
    retry_s: float = 1.0
    retry_most_s: float = 30.0
    watch_s: float = 5.0
    """How often unanswered frames and the heartbeat are looked at."""


@dataclass(slots=True)
class Counts:
    """What became of the fixes, and of the connection."""

    sent: int = 0
    acknowledged: int = 0
    refused: int = 0
    resent: int = 0
    connections: int = 0
    commands: int = 0


@dataclass(slots=True)
class _Unanswered:
    frames: list[bytes]
    fixes: int
    sent_s: float
    tries: int = 1


@dataclass(slots=True)
class _Link:
    """One connection, from login to its end."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    stream: jt808.Stream = field(default_factory=jt808.Stream)


class Terminal:
    """One simulated terminal. ``run`` lives until it is cancelled; ``report`` never blocks.

    ``where`` gives the present fix for a position query (None: none). ``serial`` is the first
    message number. ``version`` 0 speaks JT/T 808-2013, 1 speaks 2019. At most ``window`` reports
    wait for their answer at a time. Fixes wait in memory, at most ``most_waiting`` of them: the
    oldest give way, as on a band whose store is full.
    """

    def __init__(
        self,
        number: str,
        *,
        host: str,
        port: int,
        version: int = 1,
        identity: Identity | None = None,
        serial: int = 0,
        window: int = 32,
        most_waiting: int = 20_000,
        timing: Timing = Timing(),
        where: Callable[[], m.Position | None] = lambda: None,
        jitter: Callable[[], float] = lambda: 0.5,
    ) -> None:
        self.number = number
        self.identity = identity or identity_of(number)
        self.counts = Counts()
        self.texts: deque[str] = deque(maxlen=8)
        self.parameters: dict[int, bytes] = {}
        self.interval_s: int | None = None
        """The reporting interval that the platform set (0x8103 or 0x8202), if it did."""
        self.problem = ""
        """Why the terminal is not admitted at the moment; "" while it is, or is connecting."""
        self._host, self._port = host, port
        self._version = version
        self._serial = serial & 0xFFFF
        self._window = window
        self._timing = timing
        self._where = where
        self._jitter = jitter
        self._waiting: deque[tuple[m.Position, bool]] = deque(maxlen=most_waiting)
        self._unanswered: OrderedDict[int, _Unanswered] = OrderedDict()
        self._parts = Sent()
        self._link: _Link | None = None
        self._online = False
        self._refusal: str | None = None
        self._code: str | None = None
        self._last_sent_s = 0.0
        self._changed = asyncio.Event()

    # ── what the owner asks ──────────────────────────────────────────────────────────────────

    @property
    def online(self) -> bool:
        """Whether the platform has admitted the present connection."""
        return self._online

    @property
    def open_fixes(self) -> int:
        """Fixes that are not acknowledged yet, sent or not."""
        return len(self._waiting) + sum(each.fixes for each in self._unanswered.values())

    def report(self, position: m.Position) -> None:
        """Take a fix: sent at once when online, kept for a batch when not."""
        self._waiting.append((position, not self._online))
        self._pump()

    async def ready(self, *, within_s: float) -> None:
        """Wait until admitted. Raises :class:`TerminalRefused`, or TimeoutError."""
        async with asyncio.timeout(within_s):
            while not self._online:
                if self._refusal:
                    raise TerminalRefused(self._refusal)
                await self._change()

    async def room(self, *, most_open: int) -> None:
        """Wait until fewer than ``most_open`` fixes are open. Raises :class:`TerminalRefused`."""
        while self.open_fixes >= most_open:
            if self._refusal:
                raise TerminalRefused(self._refusal)
            await self._change()

    async def drained(self, *, idle_s: float) -> bool:
        """Wait for the last acknowledgement; False when none came for ``idle_s`` seconds."""
        while before := self.open_fixes:
            if self._refusal:
                return False
            try:
                async with asyncio.timeout(idle_s):
                    while self.open_fixes >= before:
                        await self._change()
            except TimeoutError:
                return False
        return True

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Terminal]:
        """The terminal alive within the block."""
        task = asyncio.create_task(self.run(), name=f"terminal {self.number}")
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def hang_up(self) -> None:
        """Lose the connection, as under a bridge; the terminal comes again by itself."""
        if self._link is not None:
            self._link.writer.transport.abort()

    # ── connection ───────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Connect, live, connect again, until cancelled."""
        pause_s = self._timing.retry_s
        while True:
            try:
                began = self.counts.connections
                await self._connection()
            except TerminalRefused as error:
                self.problem = self._refusal = str(error)
                self._tell()
                pause_s = self._timing.retry_most_s
            except (OSError, TimeoutError, EOFError) as error:
                self.problem = f"{self._host}:{self._port} {_reason(error)}"
            if self.counts.connections > began:
                pause_s = self._timing.retry_s
            await asyncio.sleep(pause_s * (0.5 + self._jitter()))
            pause_s = min(pause_s * 2, self._timing.retry_most_s)

    async def _connection(self) -> None:
        async with asyncio.timeout(self._timing.connect_s):
            reader, writer = await asyncio.open_connection(self._host, self._port)
        link = self._link = _Link(reader, writer)
        watch: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(self._timing.answer_s * 2):
                await self._log_in(link)
            self.counts.connections += 1
            self._online, self._refusal, self.problem = True, None, ""
            self._send_again_all()
            self._pump()
            self._tell()
            watch = asyncio.create_task(self._watch(link))
            while True:
                for frame in await self._frames(link):
                    self._hear(frame)
        finally:
            self._online = False
            self._link = None
            if watch is not None:
                watch.cancel()
            writer.close()
            self._tell()

    async def _log_in(self, link: _Link) -> None:
        if self._code is None:
            header = self._header()
            who = self.identity
            link.writer.write(
                jt808.encode(
                    m.Registration(header, 32, 100, who.maker, who.model, who.hardware, 0, "")
                )
            )
            answer = await self._answer_to(link, header.serial)
            if not isinstance(answer, m.RegistrationAnswer) or answer.result != 0:
                result = answer.result
                words = _REGISTRATION_WORDS.get(result, f"result {result}")
                raise TerminalRefused(f"registration of {self.number} refused: {words}")
            self._code = answer.code
        header = self._header()
        who = self.identity
        link.writer.write(
            jt808.encode(m.Authentication(header, self._code, who.imei, who.firmware))
        )
        result = (await self._answer_to(link, header.serial)).result
        if result != jt808.DONE:
            # The code may have been changed in the register: ask for it anew next time.
            self._code = None
            raise TerminalRefused(f"authentication of {self.number} refused with result {result}")

    async def _answer_to(self, link: _Link, serial: int) -> m.GeneralAnswer | m.RegistrationAnswer:
        while True:
            for frame in await self._frames(link):
                for message in _decoded(frame):
                    if (
                        isinstance(message, m.GeneralAnswer | m.RegistrationAnswer)
                        and message.answers_serial == serial
                    ):
                        return message

    async def _frames(self, link: _Link) -> list[Frame]:
        data = await link.reader.read(65536)
        if not data:
            raise EOFError("closed by the platform")
        return [each for each in link.stream.feed(data) if isinstance(each, Frame)]

    async def _watch(self, link: _Link) -> None:
        """Heartbeats, and frames whose answer is late."""
        timing = self._timing
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(timing.watch_s)
            now_s = loop.time()
            for serial, each in list(self._unanswered.items()):
                if now_s - each.sent_s < timing.answer_s * each.tries:
                    continue
                if each.tries > timing.resends:
                    log.info("no answer: connecting again", terminal=self.number, serial=serial)
                    self.hang_up()
                    return
                self._again(each, now_s)
            if now_s - self._last_sent_s >= timing.heartbeat_s:
                self._write(jt808.encode(m.Heartbeat(self._header())))

    # ── reports ──────────────────────────────────────────────────────────────────────────────

    def _pump(self) -> None:
        """Send what may be sent: backlog in batches, the present one by one."""
        while self._online and self._waiting and len(self._unanswered) < self._window:
            _, late = self._waiting[0]
            if not late:
                position, _ = self._waiting.popleft()
                header = self._header()
                self._submit(header.serial, [jt808.position_report(header, position)], 1)
                continue
            some: list[m.Position] = []
            while self._waiting and self._waiting[0][1] and len(some) < _MOST_IN_BATCH:
                some.append(self._waiting.popleft()[0])
            header = self._header()
            frames = jt808.position_batch(header, some)
            # A divided message takes one serial a part.
            self._serial = (header.serial + len(frames)) & 0xFFFF
            self._submit(header.serial, frames, len(some))

    def _submit(self, serial: int, frames: list[bytes], fixes: int) -> None:
        now_s = asyncio.get_running_loop().time()
        self._unanswered[serial] = _Unanswered(frames, fixes, now_s)
        self._parts.keep(serial, frames)
        self.counts.sent += fixes
        self._write(b"".join(frames))

    def _send_again_all(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for each in self._unanswered.values():
            each.tries = 0
            self._again(each, now_s)

    def _again(self, each: _Unanswered, now_s: float) -> None:
        each.tries += 1
        each.sent_s = now_s
        self.counts.resent += each.fixes
        self._write(b"".join(each.frames))

    def _answered(self, serial: int, result: int) -> None:
        each = self._unanswered.pop(serial, None)
        if each is None:
            return
        self._parts.done(serial)
        if result in _ACKNOWLEDGED:
            self.counts.acknowledged += each.fixes
        else:
            self.counts.refused += each.fixes
            self.problem = f"a report was answered with result {result}"
        self._pump()
        self._tell()

    # ── commands ─────────────────────────────────────────────────────────────────────────────

    def _hear(self, frame: Frame) -> None:
        for message in _decoded(frame):
            match message:
                case m.GeneralAnswer(_, serial, _, result):
                    self._answered(serial, result)
                case m.ResendRequest(_, first_serial, parts):
                    self._write(b"".join(self._parts.again(first_serial, parts)))
                case m.RegistrationAnswer() | m.TimeAnswer() | m.Part():
                    continue
                case _:
                    self.counts.commands += 1
                    self._obey(message, frame.header)

    def _obey(self, message: m.Message, header: m.Header) -> None:
        match message:
            case m.PositionQuery():
                position = self._where()
                if position is None:
                    self._agree(header, jt808.FAILED)
                else:
                    answer = jt808.position_answer(
                        self._header(), position, answers_serial=header.serial
                    )
                    self._write(answer)
                return
            case m.ParametersQuery(_, ids):
                values = tuple(
                    (each, value)
                    for each, value in self.parameters.items()
                    if not ids or each in ids
                )
                self._write(jt808.encode(m.ParametersAnswer(self._header(), header.serial, values)))
                return
            case m.AttributesQuery():
                who = self.identity
                attributes = m.Attributes(
                    self._header(), 1, who.maker, who.model, who.hardware, who.iccid,
                    who.model, who.firmware, 1, 1,
                )  # fmt: skip
                self._write(jt808.encode(attributes))
                return
            case m.ParametersSet(_, values):
                self.parameters.update(values)
                interval = dict(values).get(Parameter.INTERVAL_S)
                if interval is not None:
                    self.interval_s = max(1, int.from_bytes(interval, "big"))
                self._agree(header)
            case m.TrackingControl(_, interval_s, duration_s):
                before, self.interval_s = self.interval_s, interval_s or None
                if interval_s and duration_s:
                    asyncio.get_running_loop().call_later(duration_s, self._pace, before)
                self._agree(header)
            case m.Text(_, text):
                self.texts.append(text)
                self._agree(header)
            case m.Control(_, command):
                self._agree(header)
                if command == 4:  # restart
                    asyncio.get_running_loop().call_later(0.2, self.hang_up)
            case _:
                self._agree(header, jt808.UNSUPPORTED)

    def _pace(self, interval_s: int | None) -> None:
        self.interval_s = interval_s

    def _agree(self, header: m.Header, result: int = jt808.DONE) -> None:
        self._write(jt808.general_answer(header, serial=self._header().serial, result=result))

    # ── bytes ────────────────────────────────────────────────────────────────────────────────

    def _header(self) -> m.Header:
        header = m.Header(self.number, self._serial, 0, self._version)
        self._serial = (self._serial + 1) & 0xFFFF
        return header

    def _write(self, data: bytes) -> None:
        link = self._link
        if link is None or link.writer.is_closing() or not data:
            return
        self._last_sent_s = asyncio.get_running_loop().time()
        link.writer.write(data)

    def _tell(self) -> None:
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


def _decoded(frame: Frame) -> list[m.Message]:
    try:
        return jt808.decode(frame)
    except Malformed as error:
        log.warning("the platform sent what cannot be read", error=str(error))
        return []


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "is not listening: start `guitu up`, or name another with --gateway"
    return str(error) or type(error).__name__


def now_utc() -> datetime:
    """The present moment; the one place where a simulated terminal reads the clock."""
    return datetime.now(UTC)
