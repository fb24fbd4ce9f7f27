"""The devices as tracking published them: a copy in memory that follows the bucket ``registry``.

While the stream server is away the last copy holds; a bucket without its head is never taken for
an empty register, because a gateway that knows nobody would throw away lawful reports.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from guitu.gateway.follower import Follower
from guitu.wire import envelope
from guitu.wire.envelope import DeviceEntry, EnvelopeError, RegistryHead

log = structlog.get_logger("gateway.register")

Changed = Callable[[str, DeviceEntry | None, DeviceEntry | None], None]

_PREFIX = f"$KV.{envelope.BUCKET_REGISTRY}."


class Register:
    """Entries by canonical terminal number.

    ``changed(number, old, new)`` is called for each entry that came, changed or went after the
    first whole register was read.
    """

    def __init__(self, js: JetStreamContext, *, check_s: float, changed: Changed) -> None:
        self._follower = Follower(
            js,
            f"KV_{envelope.BUCKET_REGISTRY}",
            subject=_PREFIX + ">",
            last_only=True,
            check_s=check_s,
        )
        self._changed = changed
        self._entries: dict[str, DeviceEntry] = {}
        self.head: RegistryHead | None = None
        self.ready = asyncio.Event()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, terminal: str) -> DeviceEntry | None:
        """The entry of a canonical terminal number, or None when no such device is admitted."""
        return self._entries.get(terminal)

    @property
    def problem(self) -> str | None:
        """Why the copy may be out of date, for people; None when it follows."""
        return self._follower.problem

    def start_again(self) -> None:
        """Read the whole anew (the connection came back)."""
        self._follower.start_again()

    async def run(self) -> None:
        """Follow the bucket until cancelled."""
        await self._follower.run(self._snapshot, self._message)

    def _snapshot(self, messages: list[Msg]) -> None:
        fresh: dict[str, DeviceEntry] = {}
        head: RegistryHead | None = None
        for message in messages:
            key = message.subject.removeprefix(_PREFIX)
            if _is_removal(message):
                continue
            try:
                if key == envelope.KEY_HEAD:
                    head = envelope.decode_head(message.data)
                elif key.startswith(envelope.KEY_TERMINAL_PREFIX):
                    fresh[key.removeprefix(envelope.KEY_TERMINAL_PREFIX)] = envelope.decode_entry(
                        message.data
                    )
            except EnvelopeError as error:
                log.error("an entry of the register cannot be read", key=key, error=str(error))
        if head is None and self.head is not None:
            log.error("the register has lost its head: the last known one stays in force")
            return
        old, self._entries = self._entries, fresh
        if self.ready.is_set():
            for number in old.keys() | fresh.keys():
                if old.get(number) != fresh.get(number):
                    self._changed(number, old.get(number), fresh.get(number))
        self._take_head(head)

    def _message(self, message: Msg) -> None:
        key = message.subject.removeprefix(_PREFIX)
        try:
            if key == envelope.KEY_HEAD:
                if not _is_removal(message):
                    self._take_head(envelope.decode_head(message.data))
            elif key.startswith(envelope.KEY_TERMINAL_PREFIX):
                entry = None if _is_removal(message) else envelope.decode_entry(message.data)
                self._take(key.removeprefix(envelope.KEY_TERMINAL_PREFIX), entry)
        except EnvelopeError as error:
            log.error("an entry of the register cannot be read", key=key, error=str(error))

    def _take(self, number: str, entry: DeviceEntry | None) -> None:
        old = self._entries.get(number)
        if entry is None:
            self._entries.pop(number, None)
        elif old is not None and old.device == entry.device and entry.version < old.version:
            log.warning("an older version of an entry came late", terminal=number)
            return
        else:
            self._entries[number] = entry
        if self.ready.is_set() and old != entry:
            self._changed(number, old, entry)

    def _take_head(self, head: RegistryHead | None) -> None:
        if head is None:
            return
        self.head = head
        if not self.ready.is_set():
            log.info("the register is read", devices=len(self._entries), version=head.version)
            self.ready.set()


def _is_removal(message: Msg) -> bool:
    headers = message.header or {}
    return headers.get("KV-Operation") in ("DEL", "PURGE") or "Nats-Marker-Reason" in headers
