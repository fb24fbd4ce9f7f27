"""Wristband → gateway → stream → worker → database → the officer's page, whatever dies on the way."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from guitu.live.tests.browser import Listener, live, session_of, ticket_of
from guitu.tracking.models import (
    Alarm,
    AlarmEvent,
    Device,
    DeviceStatus,
    Fix,
    Quarantine,
    Refusal,
    StreamOffset,
)
from guitu.tracking.tests.world import World, device, ms, place

from .harness import SHARDS, Node, Proxy, Terminal, WorkerProcess, database_url, gateway, run, until

pytestmark = pytest.mark.slow


def walk(start: datetime, steps: int = 14, *, each_m: float = 150.0) -> list:
    """Straight north, one fix a minute."""
    return [place(start + timedelta(minutes=n), north_m=n * each_m) for n in range(steps)]


def fixes_of(world: World) -> int:
    return Fix.objects.filter(person=world.cast.person).count()


def worker(home: Path, workers: list[WorkerProcess], **addresses: str) -> WorkerProcess:
    made = WorkerProcess(home, **addresses)
    workers.append(made)
    made.start()
    return made


def test_a_walk_out_of_the_fence_is_an_alarm_on_the_officers_page(
    world: World, node: Node, workers: list[WorkerProcess], tmp_path: Path
):
    cast = world.cast
    world.fence(radius_m=600)
    idle = device(cast)
    ticket = ticket_of(cast.officer, session_of(cast.officer))
    route = walk(world.now - timedelta(minutes=30))

    async def story() -> None:
        worker(tmp_path, workers, database=database_url(), stream=node.url)
        async with gateway(node.url) as (port, js), live() as (_, live_port):
            await until(port)
            page = await Listener.open(live_port, ticket)
            await page.hear()
            band = Terminal(world.device, port())
            await band.log_in()
            took_s = 0.0
            for position in route:
                sent_s = time.monotonic()
                await band.report(position)
                breach = False
                while not breach:
                    told = await page.hear()
                    # Not heard for a day, the band is silent until its first report.
                    breach = told.kind == "alarm" and told.data["kind"] == "breach"
                    if told.kind == "fixes" and told.data[-1][1] == ms(position.time):
                        break
                if breach:
                    took_s = time.monotonic() - sent_s
                    break
            assert breach
            assert took_s < 2.0
            # Equal times are kept, a resend is not doubled, what is not worn only counts.
            same = place(route[-1].time + timedelta(minutes=1), north_m=2000)
            frame = await band.report(same)
            await band.send(frame)
            await band.report(place(same.time, north_m=2010))
            other = Terminal(idle, port())
            await other.log_in()
            await other.report(place(world.now))
            await band.report(place(world.now - timedelta(days=2)))
            stranger = Terminal(Device(terminal="13711110000"), port())
            with pytest.raises(AssertionError):
                await stranger.log_in()
            sent = route.index(position) + 1 + 2
            await until(lambda: fixes_of(world) == sent)
            await until(lambda: Refusal.objects.count() == 2)
            await until(lambda: Quarantine.objects.filter(terminal="13711110000").exists())
            await until(lambda: DeviceStatus.objects.get(device=world.device).connected)
            # Consumed reports leave the stream, refused ones with them.
            async with asyncio.timeout(10):
                while (await js.stream_info("REPORTS")).state.messages > 2:
                    await asyncio.sleep(0.2)
            band.close()
            other.close()
            page.close()

    run(story())
    assert Alarm.objects.get(kind="breach").state == "new"
    assert {r.device_id for r in Refusal.objects.all()} == {idle.pk, world.device.pk}


def test_a_worker_killed_in_the_middle_changes_nothing(
    world: World, node: Node, workers: list[WorkerProcess], tmp_path: Path
):
    world.fence(radius_m=600)
    route = walk(world.now - timedelta(minutes=30))

    async def story() -> None:
        made = worker(tmp_path, workers, database=database_url(), stream=node.url)
        async with gateway(node.url) as (port, _):
            await until(port)
            band = Terminal(world.device, port())
            await band.log_in()
            for n, position in enumerate(route):
                await band.report(position)
                if n in (4, 9):
                    made.kill()
                    made.start()
            await until(lambda: fixes_of(world) == len(route))
            await until(lambda: Alarm.objects.filter(kind="breach").exists())
            band.close()

    run(story())
    times = Fix.objects.filter(person=world.cast.person).order_by("id")
    assert [fix.time for fix in times] == [position.time for position in route]
    assert Alarm.objects.filter(kind="breach").count() == 1
    assert AlarmEvent.objects.filter(kind=1).count() == 1


def test_nothing_is_lost_while_the_database_or_the_stream_is_away(
    world: World, node: Node, workers: list[WorkerProcess], tmp_path: Path
):
    now = datetime.now(UTC)
    route = walk(now - timedelta(minutes=40), 30, each_m=1)

    async def story() -> None:
        proxy = Proxy()
        await proxy.mend()
        worker(tmp_path, workers, database=proxy.url, stream=node.url)
        async with gateway(node.url) as (port, _):
            await until(port)
            band = Terminal(world.device, port())
            await band.log_in()
            for position in route[:10]:
                await band.report(position)
            await until(lambda: fixes_of(world) == 10)
            await proxy.cut()
            # The database is away: devices are acknowledged all the same.
            for position in route[10:20]:
                await band.report(position)
            await asyncio.sleep(1.0)
            assert await asyncio.to_thread(lambda: _count(world)) == 10
            await proxy.mend()
            await until(lambda: fixes_of(world) == 20)
            await asyncio.to_thread(node.kill)
            # The stream is away: nothing is acknowledged, so the band keeps it and sends it again.
            frames = [await band.report(position, wait=False) for position in route[20:]]
            with pytest.raises(TimeoutError):
                await band.answer_to(60_000, timeout_s=1.5)
            await asyncio.to_thread(node.start)
            for frame in frames:
                await band.send(frame)
            await until(lambda: fixes_of(world) == 30, timeout_s=40)
            await asyncio.sleep(1.0)
            band.close()
        await proxy.cut()

    run(story())
    assert fixes_of(world) == 30


def test_two_workers_share_the_shards_and_one_killed_takes_its_own_again(
    world: World, node: Node, workers: list[WorkerProcess], tmp_path: Path
):
    cast = world.cast
    start = world.now - timedelta(minutes=30)

    async def story() -> None:
        for part in ("worker-1", "worker-2"):
            made = WorkerProcess(
                tmp_path, database=database_url(), stream=node.url, part=part, workers=2
            )
            workers.append(made)
            made.start()
        async with gateway(node.url) as (port, js):
            await until(port)
            await until(lambda: StreamOffset.objects.count() == SHARDS)
            band = Terminal(world.device, port())
            await band.log_in()
            for n in range(6):
                await band.report(place(start + timedelta(minutes=n)))
                if n == 2:
                    for made in workers:
                        made.kill()
                        made.start()
            await until(lambda: fixes_of(world) == 6)
            # Idle shards move on with their ticks, so the stream is emptied all the same.
            async with asyncio.timeout(15):
                while (await js.stream_info("REPORTS")).state.messages > 8:
                    await asyncio.sleep(0.2)
            band.close()

    run(story())
    assert StreamOffset.objects.count() == SHARDS
    assert {o.epoch >= 2 for o in StreamOffset.objects.all()} == {True}
    assert Fix.objects.filter(person=cast.person).count() == 6


def test_another_stream_is_refused_with_the_remedy(
    world: World, node: Node, workers: list[WorkerProcess], tmp_path: Path
):
    StreamOffset.objects.create(
        shard=0, creation_id="an older stream", epoch=3, sequence=77, updated_at=world.now
    )

    async def story() -> None:
        made = worker(tmp_path, workers, database=database_url(), stream=node.url)
        async with gateway(node.url):
            await until(lambda: "--accept-stream" in made.said())

    run(story())
    assert StreamOffset.objects.get(shard=0).sequence == 77


def _count(world: World) -> int:
    from django.db import connection

    try:
        return fixes_of(world)
    finally:
        connection.close()
