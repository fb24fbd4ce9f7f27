"""What travels through the stream between gateway, worker and tracking: structs and subjects.

Everything is MessagePack (msgspec, structs as arrays: names cost nothing on the wire, a field is
only ever added at the end with a default). Times are milliseconds since 1970 UTC.

==================  ====================  ===========================================================
stream              subject               message
==================  ====================  ===========================================================
``REPORTS``         ``reports.<shard>``   :class:`Batch`, written by the gateway, judged by the worker
``NOTICES``         ``notices``           :class:`NoticeBatch`, what tracking should know of terminals
``COMMANDS``        ``commands.<number>``  :class:`Command`, open ones only: the gateway removes a
                                          command once its answer is durable
``ANSWERS``         ``answers``           :class:`CommandAnswer`
KV ``registry``     ``t.<number>``        :class:`DeviceEntry`, written by tracking
KV ``registry``     ``head``              :class:`RegistryHead`, written last: no head, no gateway
==================  ====================  ===========================================================

Pure: no sockets, no clock.
"""

from __future__ import annotations

from enum import IntEnum
from hashlib import blake2b
from typing import TypeVar
from zlib import crc32

import msgspec

from guitu.wire.jt808 import codec

VERSION = 1
"""Version of the envelope. A reader refuses what it does not know (:class:`EnvelopeError`)."""

STREAM_REPORTS = "REPORTS"
STREAM_NOTICES = "NOTICES"
STREAM_COMMANDS = "COMMANDS"
STREAM_ANSWERS = "ANSWERS"
SUBJECT_NOTICES = "notices"
SUBJECT_ANSWERS = "answers"
BUCKET_REGISTRY = "registry"
KEY_HEAD = "head"
KEY_TERMINAL_PREFIX = "t."

CREDIBLE_PAST_MS = 30 * 24 * 3600 * 1000
CREDIBLE_FUTURE_MS = 600 * 1000
"""A fix's own time counts between received - 30 days and received + 600 s (ARCHITECTURE)."""


class EnvelopeError(ValueError):
    """The bytes are not an envelope of this version."""


class Protocol(IntEnum):
    """The language a terminal speaks; it says how :attr:`Report.frame` is read."""

    JT808 = 1


# ── Reports ──────────────────────────────────────────────────────────────────────────────────────


class Report(msgspec.Struct, array_like=True, frozen=True):
    """One whole message of an admitted terminal, exactly as it came.

    ``frame`` holds the bytes of the wire, flags and escapes included; of a message in several
    parts it holds the frames of all parts one after another, in the parts' order. ``version`` is
    that of :class:`guitu.wire.messages.Header`: 0 for the 2013 edition, 1 and up for 2019.
    ``serial`` is the message's own (of its first part). ``device`` is tracking's id of the device.
    """

    protocol: Protocol
    device: int
    terminal: str
    received_ms: int
    msg_id: int
    serial: int
    version: int
    frame: bytes

    def body(self) -> bytes:
        """The message's body: escapes undone, headers and check bytes off, parts joined.

        Raises :class:`EnvelopeError` when ``frame`` is no JT/T 808 frame; a worker treats that as
        any report it cannot process.
        """
        if self.protocol is not Protocol.JT808:
            raise EnvelopeError(f"{self.protocol!r} has no body here; read Report.frame")
        try:
            return codec.read(self.frame).body
        except codec.Malformed as error:
            raise EnvelopeError(f"Report.frame is no JT/T 808 message: {error}") from error

    def digest(self) -> bytes:
        """16 bytes that stand for the body: with device, msg_id, serial and the time of the fix
        they are the report's identity, by which a resend is recognised."""
        return blake2b(self.body(), digest_size=16).digest()


class Batch(msgspec.Struct, array_like=True, frozen=True):
    """One message of ``reports.<shard>``: the reports first, in the order received, then the tick.

    ``tick_ms`` says: every report this gateway received for the shard before that moment stands
    earlier in the stream. Silence is judged by it, so that a replay judges as the first run did.
    With several gateways ticks interleave: a worker keeps the greatest and ignores lower ones.
    """

    v: int
    shard: int
    gateway: str
    reports: list[Report]
    tick_ms: int | None = None


def canonical(terminal: str) -> str:
    """The terminal number as keys and subjects carry it: no leading zeros, lower case.

    The 2013 edition pads a number to 12 digits, the 2019 edition to 20: the same band counts as
    the same number in both. Raises :class:`ValueError` for what can't stand in a subject.
    """
    if not terminal.isalnum() or not terminal.isascii():
        raise ValueError(f"terminal number {terminal!r} must be digits or letters only")
    return terminal.lstrip("0").lower() or "0"


def shard_of(terminal: str, shards: int) -> int:
    """The shard of a terminal: crc32 of its canonical number modulo ``shards`` (at least 1)."""
    return crc32(canonical(terminal).encode()) % shards


def reports_subject(shard: int) -> str:
    """Subject of a shard's batches."""
    return f"reports.{shard}"


def commands_subject(terminal: str) -> str:
    """Subject of the commands to one terminal."""
    return f"commands.{canonical(terminal)}"


def registry_key(terminal: str) -> str:
    """Key of a terminal's entry in the bucket :data:`BUCKET_REGISTRY`."""
    return KEY_TERMINAL_PREFIX + canonical(terminal)


# ── The register, down to the gateway ────────────────────────────────────────────────────────────


class DeviceState(IntEnum):
    """What the gateway does with a device of the register."""

    ADMITTED = 1
    BLOCKED = 2
    """Known, but lost, retired or locked: acknowledged, dropped, counted."""


class DeviceEntry(msgspec.Struct, array_like=True, frozen=True):
    """One device as the gateway must know it.

    ``auth`` is the authentication code the terminal must show (and is given when it registers);
    ``None`` admits it by its number alone. ``imei``, ``manufacturer`` and ``hardware`` (the
    terminal id of its registration) are pinned identity: where one is set, a terminal that shows
    another is a conflict. ``version`` grows with every change of the entry: the gateway ignores a
    lower one. ``spans`` are the half-open times [from_ms, to_ms) in which wearing and monitoring
    order are both in force; ``None`` leaves the judgement wholly to the worker (use it whenever a
    wearing may begin soon: the register reaches the gateway a moment after the decision).
    """

    device: int
    terminal: str
    auth: str | None
    state: DeviceState
    version: int
    imei: str | None = None
    manufacturer: str | None = None
    hardware: str | None = None
    spans: tuple[tuple[int, int], ...] | None = None

    def may_be_lawful(self, received_ms: int) -> bool:
        """False only when no fix in a report received then can lie in a lawful span."""
        if self.spans is None:
            return True
        earliest, latest = received_ms - CREDIBLE_PAST_MS, received_ms + CREDIBLE_FUTURE_MS
        return any(begin <= latest and end > earliest for begin, end in self.spans)


class RegistryHead(msgspec.Struct, array_like=True, frozen=True):
    """Says that the bucket holds a whole register: written after every entry of it.

    ``version`` is the greatest :attr:`DeviceEntry.version` in it, ``devices`` their number.
    """

    v: int
    version: int
    devices: int
    made_ms: int


# ── Notices, up to tracking ──────────────────────────────────────────────────────────────────────


class Claim(msgspec.Struct, array_like=True, frozen=True):
    """What a terminal says it is (from registration or authentication); nothing of a person."""

    manufacturer: str | None = None
    model: str | None = None
    hardware: str | None = None
    imei: str | None = None
    firmware: str | None = None


class Quarantined(msgspec.Struct, array_like=True, frozen=True, tag=1):
    """An unknown terminal waits for an officer; cumulative since the gateway first saw it (one that
    starts again, or has forgotten it after a day, counts anew from another ``first_seen_ms``).

    Sent on the first message and then at most each ten seconds while it goes on. Never any
    content of its messages.
    """

    terminal: str
    address: str
    first_seen_ms: int
    last_seen_ms: int
    messages: int
    reports: int
    claim: Claim
    connected: bool
    gateway: str


class ConflictKind(IntEnum):
    """In what a terminal does not match the device whose number it shows."""

    AUTH = 1
    IMEI = 2
    MANUFACTURER = 3
    HARDWARE = 4
    NUMBER_CHANGED = 5
    """One connection showed two numbers; ``terminal`` is the second."""


class Conflict(msgspec.Struct, array_like=True, frozen=True, tag=2):
    """A terminal that shows another's number was refused; the rightful one was left alone."""

    device: int | None
    terminal: str
    address: str
    kind: ConflictKind
    first_seen_ms: int
    last_seen_ms: int
    count: int
    claim: Claim
    rightful_address: str | None
    gateway: str


class RefusalReason(IntEnum):
    """Why reports were acknowledged and dropped at the gateway."""

    BLOCKED = 1
    NO_LAWFUL_SPAN = 2


class Refused(msgspec.Struct, array_like=True, frozen=True, tag=3):
    """Reports of a known device that the gateway dropped, since its last such notice: a count."""

    device: int
    terminal: str
    reason: RefusalReason
    first_ms: int
    last_ms: int
    count: int
    gateway: str


class Presence(msgspec.Struct, array_like=True, frozen=True, tag=4):
    """A device's connection came, was replaced, or went (``reason`` is a short English word)."""

    device: int
    terminal: str
    connected: bool
    at_ms: int
    address: str
    reason: str
    gateway: str


class Identified(msgspec.Struct, array_like=True, frozen=True, tag=5):
    """An admitted device said what it is: tracking may pin it, or record a new firmware."""

    device: int
    terminal: str
    at_ms: int
    claim: Claim
    gateway: str


class Started(msgspec.Struct, array_like=True, frozen=True, tag=6):
    """This gateway has just begun: whoever it had said to be connected is so no longer."""

    gateway: str
    at_ms: int


Notice = Quarantined | Conflict | Refused | Presence | Identified | Started


class NoticeBatch(msgspec.Struct, array_like=True, frozen=True):
    """One message of ``notices``."""

    v: int
    gateway: str
    notices: list[Notice]


# ── Commands down, answers up ────────────────────────────────────────────────────────────────────


class SetParameters(msgspec.Struct, array_like=True, frozen=True, tag=1):
    """Set terminal parameters (8103): pairs of parameter id and its raw value (big endian)."""

    values: tuple[tuple[int, bytes], ...]


class QueryParameters(msgspec.Struct, array_like=True, frozen=True, tag=2):
    """Ask for parameters (8104 for all when ``ids`` is empty, else 8106); answered by 0104."""

    ids: tuple[int, ...] = ()


class SendText(msgspec.Struct, array_like=True, frozen=True, tag=3):
    """Show or speak a text (8300); ``flag`` bits as the standard has them: 1 urgent, 4 display, 8 speak."""

    text: str
    flag: int = 12


class QueryPosition(msgspec.Struct, array_like=True, frozen=True, tag=4):
    """Ask where it is (8201); the position itself goes the way of every report (0201)."""


class QueryAttributes(msgspec.Struct, array_like=True, frozen=True, tag=5):
    """Ask for model, hardware and firmware (8107); answered by 0107, also an ``Identified``."""


class Control(msgspec.Struct, array_like=True, frozen=True, tag=6):
    """Control the terminal (8105): ``word`` 3 shut down, 4 reset, 5 factory settings, …"""

    word: int
    text: str = ""


class Track(msgspec.Struct, array_like=True, frozen=True, tag=7):
    """Report each ``interval_s`` for ``duration_s`` (8202); interval 0 ends it."""

    interval_s: int
    duration_s: int = 0


CommandBody = (
    SetParameters | QueryParameters | SendText | QueryPosition | QueryAttributes | Control | Track
)


class Command(msgspec.Struct, array_like=True, frozen=True):
    """One command to one device. ``id`` is unique for ever (use a UUID) and is its Nats-Msg-Id.

    It is sent when the device is connected, again after a time without answer, at most
    ``attempts`` times, and given up at ``expires_ms``. A gateway that dies in between sends it
    once more: every kind is harmless to repeat.
    """

    v: int
    id: str
    device: int
    terminal: str
    body: CommandBody
    created_ms: int
    expires_ms: int
    attempts: int = 3


class Outcome(IntEnum):
    """How a command ended."""

    DONE = 1
    FAILED = 2
    MALFORMED = 3
    UNSUPPORTED = 4
    NO_ANSWER = 5
    """It was sent ``attempts`` times while connected."""
    EXPIRED = 6
    """The device did not connect in time."""
    REFUSED = 7
    """The gateway could not encode it, or the device is not admitted; ``detail`` says which."""


class CommandAnswer(msgspec.Struct, array_like=True, frozen=True):
    """The end of a command. Exactly one for each id within the stream's duplicate window; a reader
    keeps the first.

    ``parameters`` are (id, raw value); ``claim`` stands for terminal attributes. A position asked
    for is never in here: it is judged by the worker like any other.
    """

    v: int
    id: str
    device: int
    terminal: str
    outcome: Outcome
    at_ms: int
    sent: int
    detail: str = ""
    parameters: tuple[tuple[int, bytes], ...] = ()
    claim: Claim | None = None


# ── Bytes ────────────────────────────────────────────────────────────────────────────────────────

_T = TypeVar("_T")
_V = TypeVar("_V", Batch, NoticeBatch, Command, CommandAnswer, RegistryHead)

Envelope = Batch | NoticeBatch | Command | CommandAnswer | DeviceEntry | RegistryHead

_encoder = msgspec.msgpack.Encoder()
_batch = msgspec.msgpack.Decoder(Batch)
_notices = msgspec.msgpack.Decoder(NoticeBatch)
_command = msgspec.msgpack.Decoder(Command)
_answer = msgspec.msgpack.Decoder(CommandAnswer)
_entry = msgspec.msgpack.Decoder(DeviceEntry)
_head = msgspec.msgpack.Decoder(RegistryHead)


def encode(message: Envelope) -> bytes:
    """The bytes of any message above."""
    return _encoder.encode(message)


def decode_batch(data: bytes) -> Batch:
    """Read a message of ``reports.*``; raises :class:`EnvelopeError`."""
    return _checked(_read(_batch, data))


def decode_notices(data: bytes) -> NoticeBatch:
    """Read a message of ``notices``; raises :class:`EnvelopeError`."""
    return _checked(_read(_notices, data))


def decode_command(data: bytes) -> Command:
    """Read a message of ``commands.*``; raises :class:`EnvelopeError`."""
    return _checked(_read(_command, data))


def decode_answer(data: bytes) -> CommandAnswer:
    """Read a message of ``answers``; raises :class:`EnvelopeError`."""
    return _checked(_read(_answer, data))


def decode_entry(data: bytes) -> DeviceEntry:
    """Read a value under ``t.*`` of the register; raises :class:`EnvelopeError`."""
    return _read(_entry, data)


def decode_head(data: bytes) -> RegistryHead:
    """Read the value under ``head`` of the register; raises :class:`EnvelopeError`."""
    return _checked(_read(_head, data))


def _read(decoder: msgspec.msgpack.Decoder[_T], data: bytes) -> _T:
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EnvelopeError(f"{decoder.type.__name__} cannot be read: {error}") from error


def _checked(message: _V) -> _V:
    if message.v != VERSION:
        raise EnvelopeError(
            f"{type(message).__name__} has version {message.v}, this program reads {VERSION}: "
            "update the older of gateway and worker"
        )
    return message
