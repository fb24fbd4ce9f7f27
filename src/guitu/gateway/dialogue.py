"""What is said on a connection: JT/T 808 messages in, answers out (JT/T 808-2019, chapter 8).

Nothing here reads a coordinate. Reports go to the stream as they came and are answered when they
are durable there; everything else is answered at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from guitu.gateway.admission import (
    Standing,
    Verdict,
    by_authentication,
    by_number,
    by_registration,
)
from guitu.gateway.downlink import message_of
from guitu.gateway.reports import Reports
from guitu.wire import jt808
from guitu.wire import messages as m
from guitu.wire.envelope import (
    Claim,
    CommandBody,
    ConflictKind,
    DeviceEntry,
    Identified,
    RefusalReason,
    canonical,
    shard_of,
)
from guitu.wire.jt808 import Frame, Malformed, Sent

if TYPE_CHECKING:
    from guitu.gateway.connection import Connection
    from guitu.gateway.server import Gateway

log = structlog.get_logger("gateway.dialogue")

GENERAL_ANSWER = 0x0001
HEARTBEAT = 0x0002
LOGOUT = 0x0003
TIME_QUERY = 0x0004
RESEND_REQUEST = 0x0005
REGISTRATION = 0x0100
AUTHENTICATION = 0x0102
PARAMETERS_ANSWER = 0x0104
ATTRIBUTES_ANSWER = 0x0107
POSITION_ANSWER = 0x0201

#: Messages about the connection itself: everything else is a report.
TALK = frozenset(
    {
        GENERAL_ANSWER,
        HEARTBEAT,
        LOGOUT,
        TIME_QUERY,
        RESEND_REQUEST,
        REGISTRATION,
        AUTHENTICATION,
    }
)
_TAKEN, _NOT_KNOWN = 3, 4  # results of 0x8100: terminal registered already, terminal unknown


class Dialogue:
    """The state of one connection: whose it is, what it may, what waits to become durable."""

    def __init__(self, gateway: Gateway, connection: Connection) -> None:
        self._gateway = gateway
        self._limits = gateway.limits
        self._connection = connection
        self._serial = 0
        self.shard = 0
        self._header: m.Header | None = None
        self._sent: Sent | None = None
        self._failures = 0
        self.reports = Reports(gateway, connection, self)
        self.number: str | None = None
        """Canonical terminal number, from the first frame on."""
        self.entry: DeviceEntry | None = None
        self.standing = Standing.STRANGER
        self.claim: Claim | None = None

    @property
    def welcome(self) -> bool:
        """Whether the connection may stay: admitted, or in quarantine, or known and not heard."""
        return self.number is not None and self.standing is not Standing.STRANGER

    @property
    def device(self) -> int:
        """Tracking's id of the device; only for an admitted one."""
        assert self.entry is not None
        return self.entry.device

    # ── frames ───────────────────────────────────────────────────────────────────────────────

    def hear(self, frame: Frame, now_s: float) -> None:
        """Act on one frame."""
        header = frame.header
        if self._header is None:
            self._begin(header)
        elif header.terminal != self._header.terminal and not self._same_number(header):
            return
        self._header = header
        if frame.encryption:
            # Nobody here has the key; forwarded, it would be read as if it were plain.
            self._gateway.encrypted += 1
            self.answer(frame, result=jt808.UNSUPPORTED)
            return
        if self.standing is Standing.ADMITTED:
            if header.msg_id in TALK:
                self._talk(frame)
            else:
                self.reports.hear(frame, now_s)
        elif header.msg_id in TALK:
            self._talk(frame)
        else:
            self._refuse(frame)

    def ended(self, reason: str) -> None:
        """The connection is over."""
        self.reports.ended()
        if self.number is None:
            return
        if self.standing is Standing.ADMITTED:
            self._gateway.dismissed(self, reason)
        elif self.standing is Standing.UNKNOWN:
            self._gateway.notices.quarantine_left(self.number, self.address)
        self._gateway.unnamed(self)

    def entry_changed(self, entry: DeviceEntry | None) -> None:
        """The register says something new about this number."""
        old = self.entry
        if self.standing is Standing.UNKNOWN:
            if entry is not None:
                self._connection.close("admitted to the register: come again")
            return
        if (
            entry is None
            or old is None
            or (entry.device, entry.state, entry.auth) != (old.device, old.state, old.auth)
        ):
            self._connection.close("the register has changed: come again")
        else:
            self.entry = entry

    # ── who is it ────────────────────────────────────────────────────────────────────────────

    def _begin(self, header: m.Header) -> None:
        self.number = canonical(header.terminal)
        self.shard = shard_of(self.number, self._gateway.shards)
        self._gateway.named(self)
        self.entry = self._gateway.register.get(self.number)
        self._take(by_number(self.entry))

    def _same_number(self, header: m.Header) -> bool:
        """The number is written in another way (2013, 2019), or it is another's: then it ends."""
        number = canonical(header.terminal)
        if number == self.number:
            return True
        self._conflict(ConflictKind.NUMBER_CHANGED, number=number)
        self._connection.close("showed a second terminal number")
        return False

    def _take(self, verdict: Verdict) -> None:
        was, self.standing = self.standing, verdict.standing
        if verdict.conflict is not None:
            self._conflict(verdict.conflict)
            self._failed()
        if self.standing is Standing.ADMITTED and was is not Standing.ADMITTED:
            self._gateway.admitted(self)
        elif self.standing is not Standing.ADMITTED and was is Standing.ADMITTED:
            self._gateway.dismissed(self, "refused")

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= self._limits.refusals:
            self._connection.close("refused too often")

    def _conflict(self, kind: ConflictKind, *, number: str | None = None) -> None:
        number = number or self.number or "0"
        rightful = self._gateway.link_of(number)
        self._gateway.notices.conflict(
            self._gateway.register.get(number),
            number,
            self._connection.address,
            kind,
            now_ms=self._gateway.clock_ms(),
            claim=self.claim or Claim(),
            rightful_address=rightful.address if rightful is not None else None,
        )

    @property
    def address(self) -> str:
        """``host:port`` of the terminal."""
        return self._connection.address

    def replaced(self) -> None:
        """The same terminal has come again on another connection."""
        self._connection.close("replaced by its newer connection", expected=True)

    # ── talk ─────────────────────────────────────────────────────────────────────────────────

    def _talk(self, frame: Frame) -> None:
        msg_id = frame.header.msg_id
        if self.standing is Standing.UNKNOWN and msg_id != REGISTRATION:
            self._note_stranger(report=False)
        if msg_id == HEARTBEAT:
            stranger = self.standing is Standing.STRANGER
            self.answer(frame, result=jt808.FAILED if stranger else jt808.DONE)
            return
        try:
            messages = jt808.decode(frame)
        except Malformed as error:
            log.info("a message cannot be read", msg_id=f"{msg_id:04x}", error=str(error))
            self.answer(frame, result=jt808.WRONG)
            return
        for message in messages:
            match message:
                case m.Registration():
                    self._register(message)
                case m.Authentication():
                    self._authenticate(frame, message)
                case m.GeneralAnswer():
                    if self.standing is Standing.ADMITTED and self.number is not None:
                        self._gateway.commands.general_answer(
                            self.number, message.answers_serial, message.result
                        )
                case m.ResendRequest():
                    if self._sent is not None:
                        again = self._sent.again(message.first_serial, message.parts)
                        self._connection.send(b"".join(again))
                case m.Logout():
                    self.answer(frame)
                    if self.standing is Standing.ADMITTED:
                        self._gateway.dismissed(self, "logged out")
                        # It must show its code again; a device without one is back at once.
                        self.standing = Standing.STRANGER
                case _:
                    # The time (0004); a part of a message that has no business in parts.
                    self.answer(frame)

    def _register(self, message: m.Registration) -> None:
        self.entry = self._gateway.register.get(self.number or "")
        self.claim = Claim(
            manufacturer=message.maker or None,
            model=message.model or None,
            hardware=message.terminal_id or None,
        )
        if self.standing is Standing.UNKNOWN:
            self._note_stranger(report=False)
        verdict = by_registration(self.entry, self.claim, live=self._live_claim())
        if verdict.conflict is not None:
            result = _TAKEN
        elif verdict.standing in (Standing.UNKNOWN, Standing.BLOCKED):
            result = _NOT_KNOWN
        else:
            result = jt808.DONE
        code = ""
        if result == jt808.DONE and self.entry is not None:
            code = self.entry.auth if self.entry.auth is not None else self.entry.terminal
        self._connection.send(
            jt808.register_answer(
                message.header, serial=self.next_serial(), result=result, code=code
            )
        )
        if result == jt808.DONE and self.standing is Standing.ADMITTED:
            # Registering again takes nothing away from who has shown its code.
            self._identified()
        else:
            self._take(verdict)

    def _authenticate(self, frame: Frame, message: m.Authentication) -> None:
        self.entry = self._gateway.register.get(self.number or "")
        said = self.claim or Claim()
        claim = Claim(
            manufacturer=said.manufacturer,
            model=said.model,
            hardware=said.hardware,
            imei=message.imei or None,
            firmware=message.software or None,
        )
        self.claim = claim
        live = self._live_claim()
        verdict = by_authentication(self.entry, message.code, claim, live=live)
        admitted = verdict.standing is Standing.ADMITTED
        # Answered before it replaces an older connection and commands go out.
        self.answer(frame, result=jt808.DONE if admitted else jt808.FAILED)
        self._take(verdict)
        if admitted:
            # Not before: what an impostor says at its registration must not be pinned.
            self._identified()

    def _live_claim(self) -> Claim | None:
        """What the terminal admitted under this number on another connection said it is."""
        link = self._gateway.link_of(self.number or "")
        return link.claim if link is not None and link is not self else None

    def _identified(self) -> None:
        if self.entry is not None and self.claim not in (None, Claim()):
            self._gateway.notices.event(
                Identified(
                    self.entry.device,
                    self.number or "",
                    self._gateway.clock_ms(),
                    self.claim,
                    self._gateway.name,
                )
            )

    # ── reports ──────────────────────────────────────────────────────────────────────────────

    def answers_command(self, frame: Frame) -> None:
        """Tell the commands when a report answers one of them."""
        if frame.header.msg_id not in (PARAMETERS_ANSWER, ATTRIBUTES_ANSWER, POSITION_ANSWER):
            return
        number = self.number or ""
        if frame.header.msg_id == POSITION_ANSWER:
            # The serial alone: what follows it is a place and none of our business.
            self._gateway.commands.position(number, int.from_bytes(frame.body[:2], "big"))
            return
        try:
            messages = jt808.decode(frame)
        except Malformed as error:
            log.info("an answer cannot be read", terminal=number, error=str(error))
            return
        for message in messages:
            if isinstance(message, m.ParametersAnswer):
                self._gateway.commands.parameters(number, message.answers_serial, message.values)
            elif isinstance(message, m.Attributes):
                self.claim = Claim(
                    manufacturer=message.maker or None,
                    model=message.model or None,
                    hardware=message.terminal_id or None,
                    imei=self.claim.imei if self.claim else None,
                    firmware=message.firmware or None,
                )
                self._gateway.commands.attributes(number, self.claim)
                self._identified()

    def _refuse(self, frame: Frame) -> None:
        """A report of one that is not admitted: its content goes no further than this."""
        match self.standing:
            case Standing.UNKNOWN:
                self._note_stranger(report=True)
                self.answer(frame)
            case Standing.BLOCKED:
                assert self.entry is not None
                self._gateway.notices.refuse(
                    self.entry, RefusalReason.BLOCKED, now_ms=self._gateway.clock_ms()
                )
                self.answer(frame)
            case Standing.STRANGER:
                # Not acknowledged: it may be the rightful one, and keep it until it has logged in.
                self.answer(frame, result=jt808.FAILED)
            case Standing.ADMITTED:
                raise AssertionError("reports of an admitted terminal are not refused here")

    def _note_stranger(self, *, report: bool) -> None:
        self._gateway.notices.quarantine(
            self.number or "",
            self._connection.address,
            now_ms=self._gateway.clock_ms(),
            report=report,
            claim=self.claim,
        )

    # ── answers and commands out ─────────────────────────────────────────────────────────────

    def next_serial(self, frames: int = 1) -> int:
        """The platform's serial for a message of so many frames."""
        serial = self._serial
        self._serial = (serial + frames) & 0xFFFF
        return serial

    def due(self, frame: Frame, result: int = jt808.DONE) -> bytes | None:
        """The answer that a message is owed, ready to send; None when it is owed none."""
        now = datetime.fromtimestamp(self._gateway.clock_ms() / 1000, UTC)
        return jt808.answer_due(frame, serial=self.next_serial(), now=now, result=result)

    def answer(self, frame: Frame, *, result: int = jt808.DONE) -> None:
        """Answer a message at once."""
        answer = self.due(frame, result)
        if answer is not None:
            self._connection.send(answer)

    def send_command(self, body: CommandBody) -> int:
        """Encode and send a command; returns its serial. Raises ``ValueError`` with the reason."""
        assert self._header is not None
        header = m.Header(self._header.terminal, self._serial, 0, self._header.version)
        frames = jt808.encode_frames(message_of(header, body))
        serial = self.next_serial(len(frames))
        if len(frames) > 1:
            self._sent = self._sent or Sent()
            self._sent.keep(serial, frames)
        self._connection.send(b"".join(frames))
        return serial
