"""Commands to devices: written here with their act, sent by the worker, answered by the gateway."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from guitu.base.models import Account
from guitu.tracking.models import Command, CommandState, Device
from guitu.wire import envelope
from guitu.wire.envelope import CommandAnswer, CommandBody, Outcome

LASTS = timedelta(hours=24)

_BODIES: dict[str, type[msgspec.Struct]] = {
    "set_parameters": envelope.SetParameters,
    "query_parameters": envelope.QueryParameters,
    "send_text": envelope.SendText,
    "query_position": envelope.QueryPosition,
    "query_attributes": envelope.QueryAttributes,
    "control": envelope.Control,
    "track": envelope.Track,
}
_KINDS = {body: kind for kind, body in _BODIES.items()}

_STATES: dict[Outcome, CommandState] = {
    Outcome.DONE: CommandState.DONE,
    Outcome.FAILED: CommandState.FAILED,
    Outcome.MALFORMED: CommandState.FAILED,
    Outcome.UNSUPPORTED: CommandState.UNSUPPORTED,
    Outcome.NO_ANSWER: CommandState.NO_ANSWER,
    Outcome.EXPIRED: CommandState.EXPIRED,
    Outcome.REFUSED: CommandState.REFUSED,
}
assert set(_STATES) == set(Outcome), "every outcome needs a state"


def to_json(body: CommandBody) -> dict[str, Any]:
    """A body as its fields by name; bytes as hexadecimal."""
    found: dict[str, Any] = {name: getattr(body, name) for name in body.__struct_fields__}
    if isinstance(body, envelope.SetParameters):
        found["values"] = [[number, value.hex()] for number, value in body.values]
    if isinstance(body, envelope.QueryParameters):
        found["ids"] = list(body.ids)
    return found


def from_json(kind: str, fields: dict[str, Any]) -> CommandBody:
    """The inverse of :func:`to_json`; raises ``ValueError`` for an unknown kind."""
    body = _BODIES.get(kind)
    if body is None:
        raise ValueError(f"there is no command {kind!r}: use one of {', '.join(_BODIES)}")
    values = dict(fields)
    if body is envelope.SetParameters:
        values["values"] = tuple((n, bytes.fromhex(v)) for n, v in values["values"])
    if body is envelope.QueryParameters:
        values["ids"] = tuple(values.get("ids", ()))
    made: CommandBody = body(**values)  # type: ignore[assignment]
    return made


def queue(
    device: Device,
    body: CommandBody,
    *,
    by: Account | None,
    at: datetime,
    lasts: timedelta = LASTS,
) -> Command:
    """Write a command in the caller's transaction; the worker sends it within about a second."""
    command = Command(
        id=uuid.uuid4(),
        device=device,
        kind=_KINDS[type(body)],
        body=to_json(body),
        created_at=at,
        expires_at=at + lasts,
        created_by=by,
    )
    command.save(force_insert=True)
    return command


def waiting(limit: int = 200) -> list[envelope.Command]:
    """Queued commands as the stream carries them, oldest first."""
    rows = (
        Command.objects.filter(state=CommandState.QUEUED)
        .select_related("device")
        .order_by("created_at")[:limit]
    )
    return [
        envelope.Command(
            envelope.VERSION,
            str(row.pk),
            row.device_id,
            row.device.terminal,
            from_json(row.kind, row.body),
            int(row.created_at.timestamp() * 1000),
            int(row.expires_at.timestamp() * 1000),
        )
        for row in rows
    ]


def sent(command_id: str, *, sequence: int) -> None:
    """The command lies in the stream."""
    Command.objects.filter(pk=command_id, state=CommandState.QUEUED).update(
        state=CommandState.SENT, stream_sequence=sequence
    )


def answered(answers: Sequence[CommandAnswer], *, received: datetime) -> int:
    """Keep the first answer of each command; returns how many were new."""
    new = 0
    for answer in answers:
        detail: dict[str, Any] = {"detail": answer.detail}
        if answer.parameters:
            detail["parameters"] = [[n, value.hex()] for n, value in answer.parameters]
        if answer.claim is not None:
            detail["claim"] = {
                name: getattr(answer.claim, name) for name in answer.claim.__struct_fields__
            }
        new += Command.objects.filter(
            pk=answer.id, state__in=[CommandState.QUEUED, CommandState.SENT]
        ).update(
            state=_STATES[answer.outcome],
            answered_at=received,
            sent_times=answer.sent,
            answer=detail,
        )
    return new
