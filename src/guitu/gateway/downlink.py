"""Commands of the platform as JT/T 808 messages."""

from __future__ import annotations

from guitu.wire import messages as m
from guitu.wire.envelope import (
    CommandBody,
    Control,
    QueryAttributes,
    QueryParameters,
    QueryPosition,
    SendText,
    SetParameters,
    Track,
)


def message_of(header: m.Header, body: CommandBody) -> m.Message:
    """The message that carries a command (JT/T 808-2019, 8.12 to 8.29); its number comes from its type."""
    match body:
        case SetParameters(values):
            return m.ParametersSet(header, tuple(values))
        case QueryParameters(ids):
            return m.ParametersQuery(header, tuple(ids))
        case SendText(text, flag):
            return m.Text(header, text, flag)
        case QueryPosition():
            return m.PositionQuery(header)
        case QueryAttributes():
            return m.AttributesQuery(header)
        case Control(word, text):
            return m.Control(header, word, text)
        case Track(interval_s, duration_s):
            return m.TrackingControl(header, interval_s, duration_s)
