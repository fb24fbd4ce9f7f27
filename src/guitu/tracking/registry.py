"""The register of devices, from the database into the stream's bucket, where the gateway reads it.

Creator, planner, executor: what should stand in the bucket, the difference from what stands there,
and its writing. Run twice, it does nothing the second time. The head is written last: it says that
the register is whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from guitu.tracking.models import ADMITTED_STATES, Change, Device
from guitu.wire import envelope
from guitu.wire.envelope import DeviceEntry, RegistryHead
from guitu.wire.envelope import DeviceState as Admission


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the bucket should hold, as of one version of the database."""

    version: int
    entries: Mapping[str, bytes]
    greatest: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What must be written; readable by :meth:`__str__`."""

    put: Mapping[str, bytes]
    delete: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.put or self.delete)

    def __str__(self) -> str:
        return f"put {len(self.put)}, delete {len(self.delete)}"


def change_version() -> int:
    """Grows with every committed change of devices, wearings, orders or fences."""
    row = Change.objects.filter(name="tracking").first()
    return 0 if row is None else row.version


def wanted() -> Wanted:
    """One entry a device. Spans are left to the worker's gate, which is never a moment behind."""
    version = change_version()
    entries: dict[str, bytes] = {}
    greatest = 0
    for device in Device.objects.order_by():
        greatest = max(greatest, device.version)
        entry = DeviceEntry(
            device=device.pk,
            terminal=device.terminal,
            auth=device.auth_code or None,
            state=Admission.ADMITTED if device.state in ADMITTED_STATES else Admission.BLOCKED,
            version=device.version,
            imei=device.imei or None,
            manufacturer=device.maker or None,
            hardware=device.hardware or None,
        )
        entries[envelope.registry_key(device.terminal)] = envelope.encode(entry)
    return Wanted(version, entries, greatest)


def plan(want: Wanted, there: Mapping[str, bytes]) -> Plan:
    """The difference. Keys of others are left alone."""
    own = {key for key in there if key.startswith(envelope.KEY_TERMINAL_PREFIX)}
    return Plan(
        {key: value for key, value in want.entries.items() if there.get(key) != value},
        tuple(sorted(own - set(want.entries))),
    )


class Publisher:
    """Keeps the bucket equal to the database. Holds a mirror of the bucket between rounds."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket
        self._there: dict[str, bytes] | None = None

    def forget(self) -> None:
        """Look at the bucket itself in the next round (the stream was away)."""
        self._there = None

    async def publish(self, want: Wanted, *, now_ms: int) -> Plan:
        """Write what differs, then the head; returns what was written."""
        if self._there is None:
            self._there = await read_bucket(self._bucket)
        found = plan(want, self._there)
        head = RegistryHead(envelope.VERSION, want.greatest, len(want.entries), now_ms)
        if not found and envelope.KEY_HEAD in self._there:
            return found
        for key in found.delete:
            await self._bucket.delete(key)
            del self._there[key]
        for key, value in found.put.items():
            await self._bucket.put(key, value)
            self._there[key] = value
        text = envelope.encode(head)
        await self._bucket.put(envelope.KEY_HEAD, text)
        self._there[envelope.KEY_HEAD] = text
        return found


async def read_bucket(bucket: KeyValue) -> dict[str, bytes]:
    """Everything that stands in the bucket now."""
    watcher = await bucket.watchall()
    found: dict[str, bytes] = {}
    try:
        while True:
            entry = await watcher.updates(timeout=5)
            if entry is None:
                return found
            if entry.operation in (None, "PUT") and entry.value is not None:
                found[entry.key] = entry.value
            else:
                found.pop(entry.key, None)
    finally:
        await watcher.stop()


async def entry_of(bucket: KeyValue, terminal: str) -> DeviceEntry | None:
    """One device's entry as the gateway sees it, for checks and tests."""
    try:
        entry = await bucket.get(envelope.registry_key(terminal))
    except KeyNotFoundError:
        return None
    return None if entry.value is None else envelope.decode_entry(entry.value)
