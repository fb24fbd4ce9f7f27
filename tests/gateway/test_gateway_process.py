"""The process itself: its start, its health, its clean end and its violent one."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import nats
import pytest
from nats.js.api import StreamConfig

from guitu.gateway import streams
from guitu.ops.processes import free_port
from guitu.wire import envelope as e
from guitu.wire import jt808
from guitu.wire import messages as m

from .harness import Node, Terminal, city, position, read, run, until

SOURCE = Path(__file__).resolve().parents[2] / "src"


class Process:
    """``python -m guitu.gateway`` with a home of its own."""

    def __init__(self, home: Path, url: str, port: int) -> None:
        self.home = home
        self.port = port
        home.mkdir(exist_ok=True)
        environ = {key: value for key, value in os.environ.items() if not key.startswith("GUITU_")}
        environ |= {
            "PYTHONPATH": str(SOURCE),
            "GUITU_HOME": str(home),
            "GUITU_GATEWAY_PORT": str(port),
            "GUITU_PART": "gateway",
            "NATS_URL": url,
        }
        self.log = home / "gateway.log"
        with self.log.open("ab") as out:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "guitu.gateway"], env=environ, stdout=out, stderr=out
            )

    def beat(self) -> dict:
        try:
            return json.loads((self.home / "run" / "gateway.json").read_text())
        except FileNotFoundError:
            return {"state": "none", "detail": ""}

    async def terminal(self, number: str) -> Terminal:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            return Terminal(number, reader, writer)

    async def ended(self) -> int:
        return await asyncio.to_thread(self.popen.wait, 20)

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()


def test_it_waits_for_its_parts_works_and_ends_cleanly(node: Node, tmp_path: Path) -> None:
    async def story() -> None:
        node.stop()
        process = Process(tmp_path / "home", node.url, free_port())
        try:
            await until(lambda: process.beat()["detail"] == "waits for NATS")
            await asyncio.to_thread(node.start)
            await until(lambda: "register" in process.beat()["detail"], 20)
            assert process.beat()["state"] == "starting"
            client = await nats.connect(node.url)
            js = client.jetstream()
            bucket = await js.key_value(e.BUCKET_REGISTRY)
            entry = e.DeviceEntry(4, "4", None, e.DeviceState.ADMITTED, 1)
            await bucket.put("t.4", e.encode(entry))
            await bucket.put(e.KEY_HEAD, e.encode(e.RegistryHead(1, 1, 1, 0)))
            band = await process.terminal("4")
            assert await band.answer_to(band.report(1)) == 0
            await until(lambda: process.beat().get("metrics", {}).get("reports_total") == 1)
            assert process.beat()["state"] == "ok"
            node.freeze()
            try:
                serial = band.report(2)
                await until(lambda: process.beat()["state"] == "down", 20)
                assert "not acknowledged" in process.beat()["detail"]
            finally:
                node.thaw()
            assert await band.answer_to(serial, 20) == 0
            await until(lambda: process.beat()["state"] == "ok")
            process.popen.send_signal(signal.SIGTERM)
            assert await process.ended() == 0
            assert await band.ended()
            await client.close()
        finally:
            process.kill()
        for line in process.log.read_text().splitlines():
            assert json.loads(line)["level"] in ("info", "warning")

    run(story())


def test_a_signal_ends_it_also_while_it_waits(tmp_path: Path) -> None:
    async def story() -> None:
        process = Process(tmp_path / "home", f"nats://127.0.0.1:{free_port()}", free_port())
        try:
            await until(lambda: process.beat()["state"] == "starting")
            process.popen.send_signal(signal.SIGTERM)
            assert await process.ended() == 0
        finally:
            process.kill()

    run(story())


def test_a_stream_that_would_lose_data_is_refused(node: Node, tmp_path: Path) -> None:
    async def story() -> None:
        client = await nats.connect(node.url)
        await client.jetstream().add_stream(
            StreamConfig(name=e.STREAM_REPORTS, subjects=["reports.*"])
        )
        with pytest.raises(streams.StreamWrong, match="its discard is old"):
            await streams.ensure(client.jetstream(), max_bytes=2**20)
        process = Process(tmp_path / "home", node.url, free_port())
        assert await process.ended() == 1
        assert "Remove it if nothing in it is needed" in process.log.read_text()
        await client.close()

    run(story())


def test_killed_while_terminals_report_it_has_lost_nothing_it_acknowledged(
    node: Node, tmp_path: Path
) -> None:
    async def reporting(process: Process, number: str, acked: set[int]) -> None:
        """A terminal that sends what was not acknowledged again, over every loss."""
        n = 0
        while n < 300:
            try:
                band = await process.terminal(number)
                while n < 300:
                    header = m.Header(band.number, n, 0, 0)
                    band.send(jt808.position_report(header, position(n)))
                    if await band.answer_to(n, 2.0) == 0:
                        acked.add(n)
                        n += 1
            except (EOFError, ConnectionError, TimeoutError):
                await asyncio.sleep(0.1)

    async def story() -> None:
        client = await nats.connect(node.url)
        js = client.jetstream()
        bucket = await streams.ensure(js, max_bytes=2**26)
        for device in range(1, 6):
            entry = e.DeviceEntry(device, str(device), None, e.DeviceState.ADMITTED, 1)
            await bucket.put(f"t.{device}", e.encode(entry))
        await bucket.put(e.KEY_HEAD, e.encode(e.RegistryHead(1, 1, 5, 0)))
        port = free_port()
        process = Process(tmp_path / "home", node.url, port)
        try:
            acked: list[set[int]] = [set() for _ in range(5)]
            work = asyncio.gather(*(reporting(process, str(d), acked[d - 1]) for d in range(1, 6)))
            for _ in range(2):
                enough = sum(map(len, acked)) + 100
                await until(lambda enough=enough: sum(map(len, acked)) > enough)
                process.kill()
                told = [set(each) for each in acked]
                stored = await _stored(js)
                assert all(told[d - 1] <= stored[d] for d in range(1, 6))
                process.popen = Process(tmp_path / "home", node.url, port).popen
            await work
            stored = await _stored(js)
            assert all(stored[d] == set(range(300)) for d in range(1, 6))
        finally:
            process.kill()
            await client.close()

    run(story())


async def _stored(js) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {d: set() for d in range(1, 6)}
    for data in await read(js, e.STREAM_REPORTS):
        for report in e.decode_batch(data).reports:
            found[report.device].add(report.serial)
    return found


def test_mutated_frames_through_a_socket_break_nothing(node: Node) -> None:
    dice = random.Random(808)

    async def story() -> None:
        wrong: list[dict] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
        async with city(node.url) as here:
            await here.admit("77", 7, auth=None)
            header = m.Header("000000000077", 1, 0, 0)
            good = [
                jt808.position_report(header, position(1)),
                jt808.encode(m.Registration(header, 44, 1, "GT", "W", "B", 0, "")),
                jt808.encode(m.Authentication(header, "code")),
                jt808.encode(m.GeneralAnswer(m.Header(header.terminal, 1, 1), 1, 0x8103, 0)),
                jt808.encode(m.ParametersAnswer(header, 1, ((1, b"1"),))),
                jt808.encode(m.Attributes(header, 0, "G", "W", "B", "1", "h", "f", 1, 1)),
                jt808.encode(m.ResendRequest(m.Header(header.terminal, 1, 5), 1, (1, 2))),
                *jt808.position_batch(header, [position(n) for n in range(40)], max_body=400),
            ]
            for _ in range(150):
                band = await here.terminal("77")
                for _ in range(20):
                    content = bytearray(dice.choice(good)[1:-2])
                    for _ in range(dice.randrange(4)):
                        # The number stays, or every frame would be a second one's.
                        at = dice.choice([0, 1, 2, 3, *range(10, len(content))])
                        content[at] = dice.randrange(256)
                    check = 0
                    for byte in content:
                        check ^= byte
                    escaped = bytes((*content, check)).replace(b"\x7d", b"\x7d\x01")
                    band.send(b"\x7e" + escaped.replace(b"\x7e", b"\x7d\x02") + b"\x7e")
                await asyncio.sleep(0)
                band.close()
            band = await here.terminal("77")
            assert await band.answer_to(band.report(2), 20) == 0
            for report in await here.reports():
                report.body()
        assert wrong == []

    run(story())
