"""A trace replayed: the plan of its sending, and the walk through a real gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from guitu.sim.borrowed import borrowed, borrowed_now
from guitu.sim.replay import plan_of, positions_of, walk
from guitu.sim.terminal import Terminal, TerminalRefused, Timing
from guitu.sim.traces import TracePoint
from guitu.wire import envelope as e
from guitu.wire import jt808
from guitu.wire.messages import Flag, Position

from .harness import City, Node, city, run, until

START = datetime(2026, 3, 2, 8, 0, 0, 700_000, tzinfo=UTC)
LONG_AGO = datetime(2008, 10, 23, 2, 53, 4, tzinfo=UTC)
QUICK = Timing(answer_s=1.0, retry_s=0.05, watch_s=0.1)


def trace(*seconds: float) -> list[TracePoint]:
    return [
        TracePoint(LONG_AGO + timedelta(seconds=s), 39.9 + n / 1e4, 116.3)
        for n, s in enumerate(seconds)
    ]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    server = Node(tmp_path / "stream")
    server.start()
    yield server
    server.stop()


def test_the_last_fix_falls_at_its_sending_and_intervals_are_kept() -> None:
    points = trace(0, 60, 61, 3600)
    plan = plan_of(points, start=START, speed=60)
    sent = list(positions_of(points, shift=plan.shift))
    assert plan.due_s == pytest.approx((0, 1, 1 + 1 / 60, 60))
    assert sent[-1].time == datetime(2026, 3, 2, 8, 1, 0, tzinfo=UTC)
    assert [b.time - a.time for a, b in pairwise(sent)] == [
        timedelta(seconds=s) for s in (60, 1, 3539)
    ]


def test_original_times_stay() -> None:
    points = trace(0, 60)
    plan = plan_of(points, start=START, speed=60, keep_times=True)
    assert [p.time for p in positions_of(points, shift=plan.shift)] == [p.time for p in points]


def test_equal_and_backward_and_split_seconds_keep_their_order() -> None:
    points = trace(0, 5, 5, 3, 6.2, 6.9)
    plan = plan_of(points, start=START, speed=1)
    sent = list(positions_of(points, shift=plan.shift))
    assert len(sent) == len(points)
    assert sent[1].time == sent[2].time
    assert sent[4].time == sent[5].time
    assert sent[3].time < sent[2].time
    assert all(b >= a for a, b in pairwise(plan.due_s))


def test_a_very_fast_replay_keeps_below_the_gateways_rate_and_plans_for_it() -> None:
    points = trace(*range(900))
    plan = plan_of(points, start=START, speed=1e9)
    assert 9.5 < plan.lasts_s < 10.5
    last = points[-1].time + plan.shift
    assert 0 <= (START + timedelta(seconds=plan.lasts_s) - last).total_seconds() < 1


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_a_speed_must_be_a_number_above_zero(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        plan_of(trace(0), start=START, speed=speed)


def test_every_fix_reaches_the_stream_once_and_in_order(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("13800000001", 7)
            points = trace(*(n // 2 for n in range(240)))
            terminal = Terminal("13800000001", host="127.0.0.1", port=here.port, timing=QUICK)
            walked = await walk(points, terminal, speed=60)
            assert walked.complete
            assert walked.counts.acknowledged == 240
            fixes = await fixes_in(here)
            shift = fixes[-1].time - points[-1].time
            assert [(f.time, f.lat) for f in fixes] == [
                (p.time + shift, pytest.approx(p.lat)) for p in points
            ]
            assert abs((datetime.now(UTC) - fixes[-1].time).total_seconds()) < 5

    run(story())


async def fixes_in(here: City) -> list[Position]:
    return [
        fix
        for report in await here.reports()
        for fix in jt808.positions_of(report.msg_id, report.body(), report.version)
    ]


def test_what_was_recorded_offline_comes_as_a_batch_and_what_was_sent_comes_again_as_it_was(
    node: Node,
) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("5", 5)
            band = Terminal("5", host="127.0.0.1", port=here.port, timing=QUICK)
            async with band.running():
                await band.ready(within_s=5)
                node.freeze()
                band.report(fix(0))
                await asyncio.sleep(0.2)
                band.hang_up()
                await until(lambda: not band.online)
                for n in range(1, 40):
                    band.report(fix(n))
                node.thaw()
                assert await band.drained(idle_s=20)
                assert band.counts.acknowledged == 40
            reports = await here.reports()
            seen: list[tuple[int, bool]] = []
            identities = set()
            for report in reports:
                identity = (report.msg_id, report.serial, report.digest())
                if identity in identities:
                    continue
                identities.add(identity)
                for each in jt808.positions_of(report.msg_id, report.body(), report.version):
                    minute = round((each.time - LONG_AGO).total_seconds())
                    seen.append((minute, bool(each.flags & Flag.BACKLOG)))
            assert seen == [(0, False), *((n, True) for n in range(1, 40))]

    run(story())


def fix(n: int) -> Position:
    return Position(LONG_AGO + timedelta(seconds=n), 32.0, 118.7, True, battery_pct=80)


def test_an_unknown_terminal_is_told_so(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            terminal = Terminal("77", host="127.0.0.1", port=here.port, timing=QUICK)
            with pytest.raises(TerminalRefused, match="not in the register"):
                await walk(trace(0, 1), terminal, speed=1)

    run(story())


def test_a_terminal_answers_commands(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("9", 9)
            band = Terminal(
                "9", host="127.0.0.1", port=here.port, timing=QUICK, where=lambda: fix(3)
            )
            async with band.running():
                await band.ready(within_s=5)
                half_a_minute = (0x29, (30).to_bytes(4, "big"))
                bodies = [
                    e.SetParameters((half_a_minute,)),
                    e.QueryParameters(),
                    e.QueryPosition(),
                    e.QueryAttributes(),
                    e.SendText("回家"),
                ]
                for n, body in enumerate(bodies):
                    now_ms = here.gateway.clock_ms()
                    command = e.Command(
                        v=e.VERSION, id=f"c{n}", device=9, terminal="9", body=body,
                        created_ms=now_ms, expires_ms=now_ms + 60_000, attempts=3,
                    )  # fmt: skip
                    await here.js.publish(
                        e.commands_subject("9"), e.encode(command), headers={"Nats-Msg-Id": f"c{n}"}
                    )
                await until(lambda: band.counts.commands >= len(bodies))
                assert list(band.texts) == ["回家"]
                assert band.interval_s == 30
            async with asyncio.timeout(5):
                while not {r.msg_id for r in await here.reports()} >= {0x0104, 0x0107, 0x0201}:
                    await asyncio.sleep(0.05)

    run(story())


def test_a_borrowed_terminal_is_left_alone_for_a_while(tmp_path: Path) -> None:
    with borrowed("00013800000001", run=tmp_path):
        assert borrowed_now(run=tmp_path) == {"13800000001"}
    note = tmp_path / "borrowed" / "13800000001"
    note.write_text("999999999")
    changed_s = note.stat().st_mtime
    assert borrowed_now(run=tmp_path, now_s=changed_s + 60) == {"13800000001"}
    assert borrowed_now(run=tmp_path, now_s=changed_s + 3600) == frozenset()
    assert not note.exists()
