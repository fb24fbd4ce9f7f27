"""Reports: acknowledged when durable and not before, in order, once, through an outage."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace

from guitu.gateway.publisher import OVERHEAD_BYTES
from guitu.wire import envelope as e
from guitu.wire import jt808
from guitu.wire import messages as m

from .harness import QUICK, Node, Terminal, city, position, run, until

TRANSPARENT = 0x0900
MAKERS_OWN = 0x0F12


def test_a_report_is_acknowledged_and_stands_in_the_stream_as_it_came(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("013800000001", 7)
            band = await here.terminal("013800000001")
            await band.log_in()
            header = band.header()
            frame = jt808.position_report(header, position(1))
            band.send(frame)
            assert await band.answer_to(header.serial) == 0
            (report,) = await here.reports()
            assert report.device == 7
            assert report.terminal == "13800000001"
            assert report.frame == frame
            assert (report.msg_id, report.serial, report.version) == (0x0200, header.serial, 0)
            (fix,) = jt808.positions_of(report.msg_id, report.body(), report.version)
            assert fix.time == position(1).time

    run(story())


def test_nothing_is_acknowledged_while_the_stream_does_not_answer(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("1", 1)
            band = await here.terminal("1")
            await band.log_in()
            node.freeze()
            try:
                serial = band.report(1)
                assert await band.silent(1.5)
                # The connection lives: what needs no stream is answered.
                beat = band.header()
                band.send(jt808.encode(m.Heartbeat(beat)))
                assert await band.answer_to(beat.serial) == 0
                await until(lambda: here.gateway.publisher.problem)
            finally:
                node.thaw()
            assert await band.answer_to(serial, 10) == 0
            assert here.gateway.publisher.problem is None
            (report,) = await here.reports()
            assert report.serial == serial

    run(story())


def test_what_is_sent_again_for_want_of_an_answer_is_kept_once_and_answered(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("2", 2)
            band = await here.terminal("2")
            await band.log_in()
            header = band.header()
            frame = jt808.position_report(header, position(1))
            node.freeze()
            try:
                for _ in range(4):
                    band.send(frame)
                    await asyncio.sleep(0.2)
                assert here.gateway.publisher.pending_reports == 1
            finally:
                node.thaw()
            assert await band.answer_to(header.serial, 10) == 0
            assert len(await here.reports()) == 1
            # The answer was lost: it is reported once more, and the worker knows it for the same.
            band.send(frame)
            assert await band.answer_to(header.serial) == 0
            first, again = await here.reports()
            assert (first.serial, first.digest()) == (again.serial, again.digest())

    run(story())


def test_a_killed_stream_loses_nothing_that_was_acknowledged(node: Node) -> None:
    async def reporting(band: Terminal, count: int, sent: list[int], acked: list[int]) -> None:
        async def hear() -> None:
            while len(acked) < count:
                message = await band.hear(30)
                if isinstance(message, m.GeneralAnswer) and message.answers_id == 0x0200:
                    assert message.result == 0
                    acked.append(message.answers_serial)

        hearing = asyncio.create_task(hear())
        for n in range(count):
            sent.append(band.report(n))
            await asyncio.sleep(0.01)
        await hearing

    async def story() -> None:
        async with city(node.url) as here:
            bands = []
            for device in range(1, 7):
                await here.admit(f"90{device}", device)
                bands.append(await here.terminal(f"90{device}"))
                await bands[-1].log_in()
            sent: list[list[int]] = [[] for _ in bands]
            acked: list[list[int]] = [[] for _ in bands]
            work = asyncio.gather(
                *(reporting(b, 150, s, a) for b, s, a in zip(bands, sent, acked, strict=True))
            )
            for _ in range(2):
                await asyncio.sleep(0.4)
                node.kill()
                before = sum(map(len, acked))
                await asyncio.sleep(0.2)
                assert sum(map(len, acked)) - before <= len(bands)
                await asyncio.to_thread(node.start)
            await work
            assert acked == sent
            found: dict[int, list[e.Report]] = defaultdict(list)
            for report in await here.reports():
                found[report.device].append(report)
            for device, serials in enumerate(sent, start=1):
                once = dict.fromkeys((r.serial, r.digest()) for r in found[device])
                # In the order sent; what was written twice is known by its identity.
                assert [serial for serial, _ in once] == serials

    run(story())


def test_a_full_stream_is_said_and_everything_goes_on_once_it_is_emptied(node: Node) -> None:
    limits = replace(QUICK, frames_per_s=1e6, frames_burst=1e6)

    async def story() -> None:
        async with city(node.url, limits=limits, max_mb=1) as here:
            await here.admit("5", 5)
            band = await here.terminal("5")
            await band.log_in()
            serials = []
            for _ in range(1300):
                header = band.header(TRANSPARENT)
                band.send(jt808.encode(m.Known(header, "", "", bytes(1000))))
                serials.append(header.serial)
            await until(lambda: here.gateway.publisher.problem)
            assert "full" in (here.gateway.publisher.problem or "")
            kept = [report.serial for report in await here.reports()]
            assert 0 < len(kept) < len(serials)
            for serial in kept:
                assert await band.answer_to(serial) == 0
            assert await band.silent(0.5)
            await here.js.purge_stream(e.STREAM_REPORTS)
            for serial in serials[len(kept) :]:
                assert await band.answer_to(serial) == 0
            assert here.gateway.publisher.problem is None
            again = [report.serial for report in await here.reports()]
            assert kept + again == serials

    run(story())


def test_memory_stays_bounded_and_connections_stay_while_the_stream_is_away(node: Node) -> None:
    limits = replace(
        QUICK,
        pending_reports=50,
        total_pending_bytes=200 * OVERHEAD_BYTES,
        read_bytes=1024,
        frames_per_s=1e6,
        frames_burst=1e6,
    )

    async def story() -> None:
        async with city(node.url, limits=limits) as here:
            bands = []
            for device in range(1, 21):
                await here.admit(f"70{device}", device)
                bands.append(await here.terminal(f"70{device}"))
                await bands[-1].log_in()
            node.kill()
            serials = [[band.report(n) for n in range(300)] for band in bands]
            await until(lambda: here.gateway.crowded)
            for _ in range(50):
                await asyncio.sleep(0.01)
                # The bound, and what one read of each connection can add.
                assert here.gateway.publisher.pending_bytes < 220 * OVERHEAD_BYTES + 20 * 17 * 1100
                assert max(len(s.waiting) for s in here.gateway.publisher._shards) < 400
            late = await here.terminal("701")
            assert await late.silent(0.3)
            late.close()
            await asyncio.to_thread(node.start)
            for band, sent in zip(bands, serials, strict=True):
                for serial in sent:
                    assert await band.answer_to(serial, 20) == 0
            assert not here.gateway.crowded
            assert len({(r.device, r.serial) for r in await here.reports()}) == 20 * 300

    run(story())


def test_one_terminal_is_read_no_further_while_its_own_reports_wait(node: Node) -> None:
    async def story() -> None:
        async with city(
            node.url, limits=replace(QUICK, pending_reports=50, read_bytes=512)
        ) as here:
            await here.admit("61", 1)
            await here.admit("62", 2)
            greedy, modest = await here.terminal("61"), await here.terminal("62")
            await greedy.log_in()
            await modest.log_in()
            node.freeze()
            try:
                sent = [greedy.report(n) for n in range(200)]
                await asyncio.sleep(0.5)
                assert 50 < here.gateway.publisher.pending_reports < 70
                beat = modest.header()
                modest.send(jt808.encode(m.Heartbeat(beat)))
                assert await modest.answer_to(beat.serial) == 0
            finally:
                node.thaw()
            for serial in sent:
                assert await greedy.answer_to(serial, 20) == 0

    run(story())


def test_ticks_reach_every_shard_also_when_nothing_is_reported(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await until(lambda: here.gateway.publisher.counts.batches >= 8)
            batches = await here.batches()
            assert {batch.shard for batch in batches} == {0, 1, 2, 3}
            assert all(batch.tick_ms and not batch.reports for batch in batches)

    run(story())


def test_a_report_stands_before_the_tick_that_follows_it(node: Node) -> None:
    async def story() -> None:
        async with city(node.url, limits=replace(QUICK, tick_s=0.05)) as here:
            await here.admit("5", 5)
            band = await here.terminal("5")
            await band.log_in()
            for n in range(40):
                band.report(n)
                await asyncio.sleep(0.01)
            await until(lambda: here.gateway.publisher.counts.reports == 40)
            latest = 0
            for batch in await here.batches():
                if batch.shard != e.shard_of("5", 4):
                    continue
                assert all(report.received_ms >= latest for report in batch.reports)
                latest = batch.tick_ms or latest

    run(story())


def test_a_batch_in_parts_is_one_report_and_every_part_is_answered(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("44010000002", 3)
            band = await here.terminal("44010000002", version=1)
            await band.log_in()
            header = band.header()
            parts = jt808.position_batch(header, [position(n) for n in range(60)], max_body=500)
            assert len(parts) > 3
            band.serial = header.serial + len(parts)
            band.send(b"".join(parts[:-1]))
            # None is answered before the whole is durable: a part alone is not.
            assert await band.silent(0.3)
            assert await here.reports() == []
            band.send(parts[-1])
            for serial in range(header.serial, band.serial):
                assert await band.answer_to(serial) == 0
            (report,) = await here.reports()
            assert report.serial == header.serial
            assert report.frame == b"".join(parts)
            assert len(jt808.positions_of(0x0704, report.body(), 1)) == 60
            # The answer was lost on the way: the part is answered again, the report not doubled.
            band.send(parts[1])
            assert await band.answer_to(header.serial + 1) == 0
            assert len(await here.reports()) == 1

    run(story())


def test_other_messages_are_kept_raw_and_answered_as_the_standard_says(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("8", 8)
            band = await here.terminal("8")
            await band.log_in()
            known, own = band.header(TRANSPARENT), band.header(MAKERS_OWN)
            band.send(jt808.encode(m.Known(known, "", "", b"\x41\x7e\x7d")))
            assert await band.answer_to(known.serial) == 0
            band.send(jt808.encode(m.Unknown(own, b"x")))
            assert await band.answer_to(own.serial) == jt808.UNSUPPORTED
            asked = band.header()
            band.send(jt808.encode(m.TimeQuery(asked)))
            answer = await band.hear()
            assert isinstance(answer, m.TimeAnswer)
            found = await here.reports()
            assert [r.msg_id for r in found] == [TRANSPARENT, MAKERS_OWN]
            assert found[0].body() == b"\x41\x7e\x7d"

    run(story())


def test_what_is_encrypted_is_refused_and_not_forwarded(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("8", 8)
            band = await here.terminal("8")
            await band.log_in()
            header = band.header(0x0200)
            frame = jt808.frames(header, bytes(28))[0]
            content = bytearray(frame[1:-2])
            content[2] |= 0x04
            check = 0
            for byte in content:
                check ^= byte
            band.send(b"\x7e" + bytes(content) + bytes((check,)) + b"\x7e")
            assert await band.answer_to(header.serial) == jt808.UNSUPPORTED
            assert await here.reports() == []

    run(story())


def test_a_clean_end_makes_durable_and_acknowledges_what_was_received(node: Node) -> None:
    async def story() -> None:
        async with city(node.url, limits=replace(QUICK, batch_wait_s=0.5)) as here:
            await here.admit("9", 9)
            band = await here.terminal("9")
            await band.log_in()
            serial = band.report(1)
            await until(lambda: here.gateway.publisher.pending_reports == 1)
        assert await band.answer_to(serial) == 0
        assert await band.ended()

    run(story())
