"""What a terminal may cost: floods, silence, half frames, rubbish, unread answers, too many."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace

import pytest

from guitu.gateway.limits import Limits, TokenBucket
from guitu.wire import jt808
from guitu.wire import messages as m

from .harness import QUICK, City, Node, Terminal, city, position, run, until


def test_a_token_bucket_lets_a_burst_through_and_then_the_rate() -> None:
    bucket = TokenBucket(10.0, 5.0, now_s=0.0)
    assert [bucket.spend(1, 0.0) for _ in range(5)] == [0.0] * 5
    assert bucket.spend(1, 0.0) == pytest.approx(0.1)
    assert bucket.spend(1, 1.0) == 0.0
    assert bucket.spend(10, 1.0) == pytest.approx(0.6)


def test_a_flood_is_read_more_slowly_and_nothing_of_it_is_lost(node: Node) -> None:
    limits = replace(QUICK, frames_per_s=200.0, frames_burst=50.0, read_bytes=512)

    async def story() -> None:
        async with city(node.url, limits=limits) as here:
            await here.admit("1", 1)
            band = await here.terminal("1")
            await band.log_in()
            begun_s = time.monotonic()
            sent = [band.report(n) for n in range(350)]
            for serial in sent:
                assert await band.answer_to(serial, 20) == 0
            assert time.monotonic() - begun_s > (350 - 60) / 200
            assert here.gateway.throttled
            assert len(await here.reports()) == 350

    run(story())


async def _closed(here: City, band: Terminal, reason: str, capsys: pytest.CaptureFixture) -> None:
    assert await band.ended(10)
    await until(lambda: not here.gateway.metrics()["connections"])
    assert reason in capsys.readouterr().out


@pytest.mark.parametrize(
    ("limits", "bytes_", "reason"),
    [
        (replace(QUICK, half_frame_s=0.3), b"\x7e\x02\x00", "half a frame for too long"),
        (replace(QUICK, idle_s=0.3), b"", "silent for too long"),
        (replace(QUICK, first_frame_s=0.3), b"", "did not introduce itself"),
        (replace(QUICK, read_bytes=16), b"GET / HTTP/1.1\r\n\r\n" * 30, "too many bad frames"),
        (QUICK, b"\x7e\x00" * 30, "too many bad frames"),
        (QUICK, b"\x7e" + b"\x00" * 20_000 + b"\x7e" + b"\x7e\x01" * 25, "too many bad frames"),
        (
            QUICK,
            (jt808.encode(m.Heartbeat(m.Header("000000000001", 1, 2)))[:-2] + b"\xee\x7e") * 25,
            "too many bad frames",
        ),
    ],
    ids=["half", "idle", "silent", "http", "short", "endless", "checksum"],
)
def test_what_is_no_dialogue_is_closed_with_its_reason(
    node: Node, capsys: pytest.CaptureFixture, limits: Limits, bytes_: bytes, reason: str
) -> None:
    async def story() -> None:
        async with city(node.url, limits=limits) as here:
            band = await here.terminal("1")
            band.send(bytes_)
            await _closed(here, band, reason, capsys)

    run(story())


def test_a_frame_that_trickles_in_for_ever_is_closed(
    node: Node, capsys: pytest.CaptureFixture
) -> None:
    async def story() -> None:
        async with city(node.url, limits=replace(QUICK, half_frame_s=0.4)) as here:
            await here.admit("1", 1)
            band = await here.terminal("1")
            await band.log_in()

            async def trickle() -> None:
                band.send(b"\x7e")
                while True:
                    await asyncio.sleep(0.05)
                    band.send(b"\x00")

            trickling = asyncio.create_task(trickle())
            await _closed(here, band, "half a frame for too long", capsys)
            trickling.cancel()

    run(story())


def test_a_few_wrong_checksums_are_forgiven(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("1", 1)
            band = await here.terminal("1")
            await band.log_in()
            for n in range(5):
                header = band.header()
                good = jt808.position_report(header, position(n))
                band.send(good[:-2] + bytes((good[-2] ^ 1,)) + good[-1:])
            assert await band.answer_to(band.report(9)) == 0
            assert here.gateway.bad_frames == 5
            assert len(await here.reports()) == 1

    run(story())


def test_a_terminal_that_leaves_its_answers_unread_is_closed(
    node: Node, capsys: pytest.CaptureFixture
) -> None:
    limits = replace(
        QUICK, write_bytes=1024, write_s=0.5, frames_per_s=1e6, frames_burst=1e6, half_frame_s=0.5
    )

    async def story() -> None:
        async with city(node.url, limits=limits) as here:
            loop = asyncio.get_running_loop()
            deaf = socket.socket()
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            deaf.setblocking(False)
            await loop.sock_connect(deaf, ("127.0.0.1", here.port))
            beats = b"".join(
                jt808.encode(m.Heartbeat(m.Header("000000000001", n, 2))) for n in range(1000)
            )
            with pytest.raises((ConnectionError, TimeoutError)):
                async with asyncio.timeout(20):
                    while True:
                        await loop.sock_sendall(deaf, beats)
            deaf.close()
            assert "leaves its answers unread" in capsys.readouterr().out

    run(story())


def test_too_many_connections_are_turned_away(node: Node) -> None:
    limits = replace(QUICK, connections=5, connections_per_address=2)

    async def story() -> None:
        async with city(node.url, limits=limits) as here:
            kept = [await here.terminal("1", host="127.0.0.2") for _ in range(2)]
            assert await (await here.terminal("1", host="127.0.0.2")).ended()
            # Others on the same machine (simulators, a proxy) are many by nature.
            kept += [await here.terminal("1") for _ in range(3)]
            await until(lambda: here.gateway.metrics()["connections"] == 5)
            assert await (await here.terminal("1")).ended()
            kept[0].close()
            await until(lambda: here.gateway.metrics()["connections"] == 4)
            again = await here.terminal("1", host="127.0.0.2")
            assert await again.silent(0.2)
            assert here.gateway.turned_away == 2

    run(story())


def test_parts_that_never_become_whole_are_asked_for_and_given_up(node: Node) -> None:
    async def story() -> None:
        async with city(node.url, limits=replace(QUICK, parts_bytes=8 * 1024)) as here:
            await here.admit("1", 1)
            band = await here.terminal("1")
            await band.log_in()
            for start in range(0, 6_000, 100):
                header = m.Header(band.number, start, 0x0900, 0)
                band.send(jt808.frames(header, bytes(3000), max_body=1000)[0])
            beat = band.header()
            band.send(jt808.encode(m.Heartbeat(beat)))
            assert await band.answer_to(beat.serial) == 0
            assert 0 < here.gateway.parts_bytes <= 8 * 1024
            band.close()
            await until(lambda: here.gateway.parts_bytes == 0)

    run(story())


def test_a_thousand_connections_are_held_at_once(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            bands = [await here.terminal(str(n)) for n in range(1, 1001)]
            for n in range(1, 1001):
                if n % 100 == 0:
                    await here.admit(str(n), n)
            for n, band in enumerate(bands, start=1):
                if n % 100 == 0:
                    await band.log_in()
                    assert await band.answer_to(band.report(n)) == 0
            assert here.gateway.metrics()["connections"] == 1000
            for band in bands:
                band.close()

    run(story())
