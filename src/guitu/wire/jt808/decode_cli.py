"""Lines of hex in, JSON-able values out: what `guitu decode --protocol jt808` prints.

The lines are one connection, so parts of a message are joined over lines; a line is one frame,
so half a frame does not wait for the next line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from guitu.wire import messages as m
from guitu.wire.jt808.codec import (
    MAX_WIRE,
    Frame,
    FrameError,
    Malformed,
    Stream,
)
from guitu.wire.jt808.items import standard_items
from guitu.wire.jt808.parameters import value_of
from guitu.wire.jt808.reading import decode
from guitu.wire.jt808.subpackage import Assembler

MAX_LINE = 8 * MAX_WIRE
"""Longest line that is read, in characters."""

_TYPES: dict[type, str] = {
    m.Position: "position",
    m.Registration: "registration",
    m.RegistrationAnswer: "registration_answer",
    m.Authentication: "authentication",
    m.Heartbeat: "heartbeat",
    m.Logout: "logout",
    m.GeneralAnswer: "general_answer",
    m.ResendRequest: "resend_request",
    m.ParametersSet: "parameters_set",
    m.ParametersQuery: "parameters_query",
    m.ParametersAnswer: "parameters_answer",
    m.Control: "control",
    m.AttributesQuery: "attributes_query",
    m.Attributes: "attributes",
    m.Text: "text",
    m.PositionQuery: "position_query",
    m.PositionAnswer: "position_answer",
    m.TimeQuery: "time_query",
    m.TimeAnswer: "time_answer",
    m.TrackingControl: "tracking_control",
    m.Part: "part",
    m.Known: "known",
    m.Unknown: "unknown",
}


def decode_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """For every line exactly one value, in order; nothing in a line can make this raise.

    `{"ok": True, "messages": [...]}` or `{"ok": False, "error": "..."}`. Positions are WGS-84
    signed degrees and UTC. The last part of a divided message gives its part and then the whole.
    """
    # Lines have no clock: parts wait however many lines come between, within these bounds.
    assembler = Assembler(max_open=64, max_bytes=32 * 1024 * 1024)
    for line in lines:
        try:
            messages: list[dict[str, Any]] = []
            for frame in _frames_of(line):
                messages.extend(_messages_of(frame, assembler))
        except Malformed as why:
            yield {"ok": False, "error": str(why)}
        else:
            yield {"ok": True, "messages": messages}


def _frames_of(line: str) -> list[Frame]:
    text = line.strip().removeprefix("0x")
    if not text:
        raise Malformed("the line is empty: give one frame as hex")
    if len(text) > MAX_LINE:
        raise Malformed(f"the line has {len(text)} characters: a frame has at most {MAX_LINE}")
    if text.startswith("("):
        raise Malformed("text in brackets: not JT/T 808 but the sentence of another protocol")
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise Malformed("the line is not hex: give two digits 0-9 a-f a byte") from None
    stream = Stream()
    found: list[Frame | FrameError] = [*stream.feed(data), *stream.end()]
    errors = [each for each in found if isinstance(each, FrameError)]
    frames = [each for each in found if isinstance(each, Frame)]
    if errors:
        raise Malformed(errors[0].reason)
    if not frames:
        raise Malformed("no frame in the line: a frame begins and ends with 7e")
    return frames


def _messages_of(frame: Frame, assembler: Assembler) -> list[dict[str, Any]]:
    out = [as_json(message, frame.header) for message in decode(frame)]
    if frame.of > 1:
        whole = assembler.accept(frame, now_s=0.0)
        if whole is not None:
            out.extend(as_json(message, whole.header) for message in decode(whole))
    return out


def as_json(message: m.Message, header: m.Header) -> dict[str, Any]:
    """A message as plain values; bytes as hex, numbers of messages as "0x0200"."""
    out: dict[str, Any] = {
        "type": _TYPES[type(message)],
        "id": f"0x{header.msg_id:04x}",
        "terminal": header.terminal,
        "serial": header.serial,
        "version": header.version,
    }
    if isinstance(message, m.Position):
        return {**out, **_position(message)}
    for each in fields(message):
        if each.name != "header":
            out[each.name] = _plain(getattr(message, each.name))
    if isinstance(message, m.GeneralAnswer):
        out["answers_id"] = f"0x{message.answers_id:04x}"
    elif isinstance(message, m.ParametersSet | m.ParametersAnswer):
        out["values"] = {
            f"0x{number:04x}": _plain(value_of(number, raw)) for number, raw in message.values
        }
    elif isinstance(message, m.ParametersQuery):
        out["ids"] = [f"0x{number:04x}" for number in message.ids]
    return out


def _position(position: m.Position) -> dict[str, Any]:
    return {
        "lat": position.lat,
        "lon": position.lon,
        "time": None if position.flags & m.Flag.TIME_UNKNOWN else _plain(position.time),
        "valid": position.valid,
        "altitude_m": position.altitude_m,
        "speed_kmh": position.speed_kmh,
        "course_deg": position.course_deg,
        "accuracy_m": position.accuracy_m,
        "satellites": position.satellites,
        "source": position.source.name.lower(),
        "battery_pct": position.battery_pct,
        "flags": [(flag.name or "").lower() for flag in position.flags],
        "alarm_bits": position.alarm_bits,
        "status_bits": position.status_bits,
        "items": {
            name: value
            for name, value in _plain(standard_items(position.extras)).items()
            if value is not None
        },
        "extras": {f"0x{item:02x}": value.hex() for item, value in position.extras.items()},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value
