"""What the stream server must hold, made when missing and refused when wrong."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from nats.js import JetStreamContext
from nats.js.api import (
    DiscardPolicy,
    KeyValueConfig,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
)
from nats.js.errors import APIError, BadRequestError, BucketNotFoundError, NotFoundError
from nats.js.kv import KeyValue

from guitu.wire import envelope

log = structlog.get_logger("gateway.streams")

#: A stream of this name exists with another configuration (JetStream's error number).
_NAME_IN_USE = 10058


class StreamWrong(RuntimeError):
    """A stream exists that would lose data; the message says which and the remedy."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one stream must be. Times in seconds, 0 for no limit."""

    name: str
    subjects: tuple[str, ...]
    discard: DiscardPolicy
    max_bytes: int
    max_age_s: float = 0.0
    duplicate_s: float = 120.0


_MB = 1024 * 1024


def plans(*, max_bytes: int) -> tuple[Plan, ...]:
    """The streams of Guitu; ``max_bytes`` bounds the unconsumed reports.

    Reports and commands are refused when their stream is full: a device that is not acknowledged
    keeps its report. Notices and answers tell of what is already known elsewhere or told again,
    so there the oldest go first.
    """
    return (
        Plan(
            envelope.STREAM_REPORTS,
            ("reports.*",),
            DiscardPolicy.NEW,
            max_bytes,
            duplicate_s=600.0,
        ),
        Plan(
            envelope.STREAM_NOTICES,
            (envelope.SUBJECT_NOTICES,),
            DiscardPolicy.OLD,
            128 * _MB,
            max_age_s=7 * 86_400.0,
        ),
        Plan(
            envelope.STREAM_COMMANDS,
            ("commands.*",),
            DiscardPolicy.NEW,
            32 * _MB,
            max_age_s=30 * 86_400.0,
            duplicate_s=600.0,
        ),
        Plan(
            envelope.STREAM_ANSWERS,
            (envelope.SUBJECT_ANSWERS,),
            DiscardPolicy.OLD,
            64 * _MB,
            max_age_s=30 * 86_400.0,
            duplicate_s=600.0,
        ),
    )


def creation_id(info: StreamInfo) -> str:
    """What tells a stream from another one of the same name made later; survives restarts."""
    return str(info.created)


async def ensure(js: JetStreamContext, *, max_bytes: int) -> KeyValue:
    """Make what is missing, check what is there; returns the bucket of the register.

    May be called by several processes at once. Raises :class:`StreamWrong` when a stream of that
    name would drop what was acknowledged.
    """
    for plan in plans(max_bytes=max_bytes):
        await _ensure_stream(js, plan)
    try:
        return await js.key_value(envelope.BUCKET_REGISTRY)
    except (BucketNotFoundError, NotFoundError):
        config = KeyValueConfig(
            bucket=envelope.BUCKET_REGISTRY, history=1, storage=StorageType.FILE
        )
        try:
            return await js.create_key_value(config)
        except BadRequestError as error:
            if error.err_code != _NAME_IN_USE:
                raise
            return await js.key_value(envelope.BUCKET_REGISTRY)


async def _ensure_stream(js: JetStreamContext, plan: Plan) -> None:
    try:
        info = await js.stream_info(plan.name)
    except NotFoundError:
        config = StreamConfig(
            name=plan.name,
            subjects=list(plan.subjects),
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            discard=plan.discard,
            max_bytes=plan.max_bytes,
            max_age=plan.max_age_s,
            duplicate_window=plan.duplicate_s,
        )
        try:
            await js.add_stream(config)
        except APIError as error:
            if error.err_code != _NAME_IN_USE:
                raise
            # Another process made it in the meantime: check that one.
        else:
            log.info("stream made", stream=plan.name)
        info = await js.stream_info(plan.name)
    config = info.config
    wrong = []
    if config.storage != StorageType.FILE:
        wrong.append(f"its storage is {config.storage}, not file")
    if plan.discard is DiscardPolicy.NEW and config.discard != DiscardPolicy.NEW:
        wrong.append(f"its discard is {config.discard}, not new")
    if set(config.subjects or ()) != set(plan.subjects):
        wrong.append(f"its subjects are {config.subjects}, not {list(plan.subjects)}")
    if wrong:
        raise StreamWrong(
            f"Stream {plan.name} was not made by Guitu: {'; '.join(wrong)}. "
            "Remove it if nothing in it is needed, or give NATS_URL another account or server."
        )
    if config.max_bytes != plan.max_bytes or config.duplicate_window < plan.duplicate_s:
        config.max_bytes = plan.max_bytes
        config.duplicate_window = max(config.duplicate_window, plan.duplicate_s)
        await js.update_stream(config)
        log.info("stream adjusted", stream=plan.name, max_bytes=plan.max_bytes)
