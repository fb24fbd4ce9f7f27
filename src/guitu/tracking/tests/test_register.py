"""The register out, notices and answers in, commands through JSON and back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import nats
import pytest

from guitu.tracking import commands, notices, registry
from guitu.tracking.models import (
    Command,
    Conflict,
    Device,
    DeviceStatus,
    Quarantine,
    Refusal,
)
from guitu.tracking.tests.world import World, device
from guitu.wire import envelope as e

CLAIM = e.Claim("GT", "W1", "B1", "861234567890123", "1.0")
T = 1_790_000_000_000


def test_the_bucket_follows_the_database_and_a_second_round_writes_nothing(
    world: World, nats_url: str
):
    other = device(world.cast)

    async def story() -> None:
        client = await nats.connect(nats_url)
        bucket = await client.jetstream(timeout=5).key_value(e.BUCKET_REGISTRY)
        publisher = registry.Publisher(bucket)

        async def round() -> registry.Plan:
            return await publisher.publish(await asyncio.to_thread(wanted), now_ms=T)

        await round()
        assert not await round()
        entry = await registry.entry_of(bucket, world.device.terminal)
        assert (entry.device, entry.state) == (world.device.pk, e.DeviceState.ADMITTED)
        await asyncio.to_thread(lambda: change(world.device))
        assert len((await round()).put) == 1
        changed = await registry.entry_of(bucket, world.device.terminal)
        assert changed.state is e.DeviceState.BLOCKED
        assert changed.version > entry.version
        await asyncio.to_thread(lambda: remove(other))
        assert (await round()).delete == (e.registry_key(other.terminal),)
        assert await registry.entry_of(bucket, other.terminal) is None
        publisher.forget()
        assert not await round()
        head = e.decode_head((await bucket.get(e.KEY_HEAD)).value)
        assert head.devices == 1
        await client.close()

    asyncio.run(story())


def wanted() -> registry.Wanted:
    from django.db import connection

    try:
        return registry.wanted()
    finally:
        connection.close()


def change(row: Device) -> None:
    from django.db import connection

    row.state = "lost"
    row.save()
    connection.close()


def remove(row: Device) -> None:
    from django.db import connection

    row.delete()
    connection.close()


def test_notices_fill_quarantine_conflicts_presence_and_identity(world: World):
    seen = e.Quarantined("13711110000", "10.0.0.9:1", T, T + 1, 5, 3, CLAIM, True, "g")
    again = e.Quarantined("13711110000", "10.0.0.9:1", T, T + 9000, 8, 6, CLAIM, False, "g")
    number = world.device.terminal
    conflict = e.Conflict(
        world.device.pk, number, "10.0.0.7:1", e.ConflictKind.IMEI, T, T, 2, CLAIM, "10.0.0.1", "g"
    )
    notices.apply(
        [
            seen,
            again,
            conflict,
            e.Presence(world.device.pk, number, True, T + 5, "10.0.0.1:2", "admitted", "g"),
            e.Presence(world.device.pk, number, False, T + 1, "10.0.0.1:1", "replaced", "g"),
            e.Identified(world.device.pk, number, T, CLAIM, "g"),
            e.Refused(world.device.pk, number, e.RefusalReason.BLOCKED, T, T + 4, 12, "g"),
        ]
    )
    row = Quarantine.objects.get()
    assert (row.messages, row.connected, row.maker) == (8, False, "GT")
    assert Conflict.objects.get().count == 2
    assert DeviceStatus.objects.get(device=world.device).connected
    world.device.refresh_from_db()
    assert (world.device.imei, world.device.firmware) == ("861234567890123", "1.0")
    refusal = Refusal.objects.get()
    assert (refusal.count, refusal.received_at) == (
        12,
        datetime.fromtimestamp(T / 1000 + 0.004, UTC),
    )


def test_a_gateway_that_starts_anew_has_no_connections(world: World):
    number = world.device.terminal
    notices.apply([e.Presence(world.device.pk, number, True, T, "10.0.0.1:2", "admitted", "g")])
    notices.apply([e.Started("another", T + 1)])
    assert DeviceStatus.objects.get().connected
    notices.apply([e.Started("g", T + 1)])
    assert not DeviceStatus.objects.get().connected


@pytest.mark.parametrize(
    "body",
    [
        e.SetParameters(((0x29, b"\0\0\0\x1e"),)),
        e.QueryParameters((1, 2)),
        e.SendText("请回电"),
        e.QueryPosition(),
        e.Control(4),
        e.Track(10, 600),
    ],
)
def test_a_command_survives_the_database_and_its_first_answer_counts(world: World, body):
    made = commands.queue(world.device, body, by=world.cast.body_officer, at=world.now)
    (waiting,) = commands.waiting()
    assert waiting.body == body
    commands.sent(waiting.id, sequence=4)
    assert not commands.waiting()
    answer = e.CommandAnswer(1, waiting.id, world.device.pk, "1", e.Outcome.DONE, T, 1)
    late = e.CommandAnswer(1, waiting.id, world.device.pk, "1", e.Outcome.NO_ANSWER, T, 3)
    assert commands.answered([answer, late], received=world.now) == 1
    assert Command.objects.get(pk=made.pk).state == "done"
