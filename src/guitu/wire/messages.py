"""What devices say and are told, whatever protocol carries it.

Every protocol decodes into these values and encodes from them, so that the gateway, the
worker and the simulator know no protocol's bytes. A message that only one protocol has is
still defined here when a second room must act on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, IntFlag

UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""`Position.time` when the device sent no readable time; `Flag.TIME_UNKNOWN` is then set."""


class Source(IntEnum):
    """What a position was found by. UNKNOWN: the protocol does not say."""

    UNKNOWN = 0
    SATELLITE = 1
    WIFI = 2
    CELL = 3


class Flag(IntFlag):
    """States of a device that a rule may look at, the same for every protocol."""

    TAMPER = 1  # the strap or the case was opened, or the device taken off
    SOS = 2  # the wearer asks for help
    LOW_BATTERY = 4
    SEPARATION = 8  # a two-part device has lost its other part
    CHARGING = 16
    MOVING = 32
    VIBRATION = 64
    BACKLOG = 128  # stored on the device and sent later, in a batch upload or a re-report
    POWER_LOST = 256  # external power was cut
    RECEIVER_FAULT = 512  # the satellite receiver or its antenna is broken
    TIME_UNKNOWN = 1024  # the report carries no readable time: judge by the time received


NO_FLAGS = Flag(0)


@dataclass(frozen=True, slots=True)
class Header:
    """Who sent a message and which.

    `terminal` is the number as digits, leading zeros as sent (12 digits for a header
    without version, 20 for JT/T 808-2019). `version` is 0 for JT/T 808-2011 and -2013 and
    the header's own protocol version (1 and up) for 2019.
    """

    terminal: str
    serial: int
    msg_id: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """One fix, in WGS-84 signed degrees.

    `time` is the device's own clock in UTC and may be wrong by years. `valid` says that the
    device itself claims a fix; without it `lat` and `lon` are whatever was sent. None means
    that the report does not say. `extras` are additional items that are not decoded, by
    their id, as sent (items of one id joined in order of sending).
    """

    time: datetime
    lat: float
    lon: float
    valid: bool
    altitude_m: float | None = None
    speed_kmh: float | None = None
    course_deg: float | None = None
    accuracy_m: float | None = None
    satellites: int | None = None
    source: Source = Source.UNKNOWN
    battery_pct: int | None = None
    flags: Flag = NO_FLAGS
    alarm_bits: int = 0
    status_bits: int = 0
    extras: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registration:
    """A terminal introduces itself. Province and city are GB/T 2260 digits (2 and 4)."""

    header: Header
    province: int
    city: int
    maker: str
    model: str
    terminal_id: str
    plate_colour: int
    plate: str


@dataclass(frozen=True, slots=True)
class RegistrationAnswer:
    """`result` 0: registered, `code` is what the terminal must authenticate with."""

    header: Header
    answers_serial: int
    result: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Authentication:
    """The code given at registration; IMEI and software version from 2019 on."""

    header: Header
    code: str
    imei: str | None = None
    software: str | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing to say, still here."""

    header: Header


@dataclass(frozen=True, slots=True)
class Logout:
    """The terminal gives up its registration."""

    header: Header


@dataclass(frozen=True, slots=True)
class GeneralAnswer:
    """Either side says what became of message `answers_id` with serial `answers_serial`.

    `result`: 0 done, 1 failed, 2 message wrong, 3 not supported, 4 alarm confirmed
    (platform only).
    """

    header: Header
    answers_serial: int
    answers_id: int
    result: int


@dataclass(frozen=True, slots=True)
class ResendRequest:
    """The receiver of a divided message misses `parts` of it (1-based).

    `first_serial` is the serial of the divided message's first part.
    """

    header: Header
    first_serial: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ParametersSet:
    """The platform sets parameters; values are the bytes of the protocol's own encoding."""

    header: Header
    values: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class ParametersQuery:
    """The platform asks for the named parameters; no ids means all of them."""

    header: Header
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ParametersAnswer:
    """The terminal's parameters, raw, in answer to a query."""

    header: Header
    answers_serial: int
    values: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Control:
    """An order to the terminal itself: restart, reset, upgrade and the like.

    `command` is the protocol's own number (JT/T 808 table of 0x8105: 1 upgrade, 2 connect
    to a given server, 3 power off, 4 restart, 5 factory reset, 6 close data, 7 close all
    radio), `arguments` the text that goes with 1 and 2.
    """

    header: Header
    command: int
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class AttributesQuery:
    """The platform asks what the terminal is."""

    header: Header


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the terminal is: maker, model, card, versions, and its abilities as bits."""

    header: Header
    kind_bits: int
    maker: str
    model: str
    terminal_id: str
    iccid: str
    hardware: str
    firmware: str
    gnss_bits: int
    radio_bits: int


@dataclass(frozen=True, slots=True)
class Text:
    """Words for the wearer. `flags` are the protocol's own bits, `kind` from 2019 on."""

    header: Header
    text: str
    flags: int = 0
    kind: int | None = None


@dataclass(frozen=True, slots=True)
class PositionQuery:
    """The platform asks where the terminal is now."""

    header: Header


@dataclass(frozen=True, slots=True)
class PositionAnswer:
    """Says which query the position that follows in the same frame answers."""

    header: Header
    answers_serial: int


@dataclass(frozen=True, slots=True)
class TimeQuery:
    """The terminal asks for the time (JT/T 808-2019)."""

    header: Header


@dataclass(frozen=True, slots=True)
class TimeAnswer:
    """The server's time, UTC (JT/T 808-2019)."""

    header: Header
    time: datetime


@dataclass(frozen=True, slots=True)
class TrackingControl:
    """Report every `interval_s` seconds for `duration_s` seconds; interval 0 stops it."""

    header: Header
    interval_s: int
    duration_s: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Part `n` of `of` (1-based) of a message whose other parts are awaited."""

    header: Header
    n: int
    of: int


@dataclass(frozen=True, slots=True)
class Known:
    """A message that its standard names and nobody here acts on yet: kept raw."""

    header: Header
    name_en: str
    name_zh: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message that the standard does not name (a maker's own): kept raw."""

    header: Header
    body: bytes


Message = (
    Position
    | Registration
    | RegistrationAnswer
    | Authentication
    | Heartbeat
    | Logout
    | GeneralAnswer
    | ResendRequest
    | ParametersSet
    | ParametersQuery
    | ParametersAnswer
    | Control
    | AttributesQuery
    | Attributes
    | Text
    | PositionQuery
    | PositionAnswer
    | TimeQuery
    | TimeAnswer
    | TrackingControl
    | Part
    | Known
    | Unknown
)
