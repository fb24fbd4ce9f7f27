"""The embedded NATS: what it acknowledged is there after kill -9; the full stream refuses."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from nats.js.errors import APIError

from guitu.config import load
from guitu.ops.nats import Nats, ensure_streams


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Nats]:
    server = Nats(load({"GUITU_HOME": str(tmp_path)}))
    (tmp_path / "run").mkdir()
    with (tmp_path / "log").open("ab") as log:
        server.start(log=log)
    yield server
    server.stop()


def _start_again(server: Nats) -> None:
    with (server._settings.home / "log").open("ab") as log:
        server.start(log=log)


def test_what_was_acknowledged_survives_a_kill(server: Nats) -> None:
    async def publish() -> list[int]:
        await ensure_streams(server.url, max_bytes=64 * 2**20)
        client = await nats.connect(server.url)
        js = client.jetstream()
        numbers = [(await js.publish("reports.3", b"x" * 1400)).seq for _ in range(300)]
        await client.close()
        return numbers

    async def count() -> int:
        # A second start finds the streams and leaves them as they are.
        await ensure_streams(server.url, max_bytes=64 * 2**20)
        client = await nats.connect(server.url)
        info = await client.jetstream().stream_info("REPORTS")
        await client.close()
        return info.state.messages

    assert len(asyncio.run(publish())) == 300
    assert server.process
    server.process.kill()
    server.process.wait(10)
    _start_again(server)
    assert asyncio.run(count()) == 300


def test_a_full_stream_refuses_and_drops_nothing(server: Nats) -> None:
    async def story() -> None:
        await ensure_streams(server.url, max_bytes=100_000)
        client = await nats.connect(server.url)
        js = client.jetstream()
        taken = 0
        with pytest.raises(APIError, match="maximum bytes"):
            for _ in range(100):
                await js.publish("reports.0", b"x" * 4000)
                taken += 1
        state = (await js.stream_info("REPORTS")).state
        assert (state.first_seq, state.messages) == (1, taken)
        await client.close()

    asyncio.run(story())


def test_a_stranger_is_refused(server: Nats) -> None:
    async def story() -> None:
        with pytest.raises(Exception, match=r"(?i)authorization"):
            await nats.connect(
                f"nats://127.0.0.1:{server.port}", max_reconnect_attempts=0, allow_reconnect=False
            )

    asyncio.run(story())


def test_the_configuration_is_closed_to_others(server: Nats) -> None:
    assert server.configuration.stat().st_mode & 0o077 == 0


def test_a_server_left_by_a_killed_supervisor_is_ended_before_the_next_start(server: Nats) -> None:
    other = Nats(server._settings)
    with (server._settings.home / "log").open("ab") as log:
        other.start(log=log)
    assert server.process
    server.process.wait(10)
    assert other.healthy()
    other.stop()
