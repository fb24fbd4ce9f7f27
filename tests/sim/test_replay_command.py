"""``guitu replay`` as it is called: exit codes, sentences, and every fix through a real gateway."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from guitu.wire import jt808

from .harness import City, Node, city, run

CSV = "time,lat,lon\n" + "".join(
    f"2026-03-01T08:00:{n // 2:02d}+08:00,32.{n:04d},118.7\n" for n in range(100)
)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    server = Node(tmp_path / "stream")
    server.start()
    yield server
    server.stop()


async def replay(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and everything it said."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("GUITU_")}
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "NATS_URL"):
        environ.pop(name, None)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "guitu.ops.cli", "replay", *arguments,
        env=environ | {"GUITU_HOME": str(folder / "nowhere")},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


def trace(folder: Path, text: str = CSV) -> str:
    path = folder / "walk.csv"
    path.write_text(text)
    return str(path)


def where(here: City) -> str:
    return f"127.0.0.1:{here.port}"


def test_every_fix_is_acknowledged_and_the_exit_code_is_0(node: Node, tmp_path: Path) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("15450000001", 1)
            code, said = await replay(
                tmp_path, trace(tmp_path), "--device", "15450000001", "--speed", "60",
                "--gateway", where(here),
            )  # fmt: skip
            assert code == 0, said
            assert "100 fixes, 100 acknowledged, 0 refused" in said
            fixes = [
                fix
                for report in await here.reports()
                for fix in jt808.positions_of(report.msg_id, report.body(), report.version)
            ]
            assert [round(fix.lat, 4) for fix in fixes] == [32 + n / 1e4 for n in range(100)]
            assert fixes[0].time == fixes[1].time < fixes[2].time

    run(story())


def test_an_unknown_terminal_ends_with_1_and_says_what_to_do(node: Node, tmp_path: Path) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            code, said = await replay(
                tmp_path, trace(tmp_path), "--device", "777", "--gateway", where(here)
            )
            assert code == 1
            assert "Admit 777" in said

    run(story())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--device", "1", "--gateway", "127.0.0.1:9"), 1, "not listening"),
        (("--device", "1", "--gateway", "nonsense"), 2, "HOST:PORT"),
        (("--device", "1"), 2, "guitu up"),
        (("--device", "no number", "--gateway", "127.0.0.1:9"), 2, "terminal number"),
        (("--device", "1", "--speed", "0", "--gateway", "127.0.0.1:9"), 2, "--speed"),
        (("--gateway", "127.0.0.1:9"), 2, "--device"),
    ],
)
def test_misuse_and_a_missing_gateway_are_told_apart(
    tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    found, words = asyncio.run(replay(tmp_path, trace(tmp_path), *arguments))
    assert (found, said in words) == (code, True), words


def test_a_trace_that_cannot_be_read_ends_with_1(tmp_path: Path) -> None:
    path = trace(tmp_path, "time,lat,lon\n2026-03-01T08:00:00Z,95,118\n")
    code, said = asyncio.run(replay(tmp_path, path, "--device", "1", "--gateway", "127.0.0.1:9"))
    assert code == 1
    assert "walk.csv line 2: latitude '95'" in said
