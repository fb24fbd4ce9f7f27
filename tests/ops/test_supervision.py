"""Supervision: what dies comes back, what hangs is ended, nothing is left when it stops."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from guitu import heartbeat
from guitu.config import Settings, load, process_mark
from guitu.heartbeat import Beat
from guitu.ops import supervisor as supervision
from guitu.ops.logfile import LogFile, tail
from guitu.ops.processes import processes_in, signal_and_wait
from guitu.ops.supervisor import PartFailed, Supervisor

WELL = """
import time
from guitu.heartbeat import Beat
beat = Beat()
print('{"event": "hello"}', flush=True)
while True:
    beat.ok(lag_s=0.25, detail="at work"); time.sleep(0.05)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "run").mkdir()
    return load({"GUITU_HOME": str(tmp_path)})


def _environ(settings: Settings) -> dict[str, str]:
    return {"GUITU_HOME": str(settings.home), "PATH": os.environ["PATH"]}


def _script(settings: Settings, text: str) -> list[str]:
    path = settings.home / "part.py"
    path.write_text(text)
    return [sys.executable, str(path)]


async def _until(true: Callable[[], bool], *, within_s: float = 15.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline_s, "it never became true"
        await asyncio.sleep(0.05)


def test_a_killed_part_is_back_in_seconds_and_stops_cleanly(settings: Settings) -> None:
    said: list[str] = []

    async def story() -> None:
        supervisor = Supervisor(settings, say=said.append)
        part = supervisor.add(
            supervisor.program("dummy", _script(settings, WELL), environ=_environ(settings))
        )
        await supervisor.healthy([part], within_s=20)
        assert part.process
        first = part.process.pid
        os.kill(first, signal.SIGKILL)
        await _until(lambda: part.process is not None and part.process.pid != first)
        await supervisor.healthy([part], within_s=20)
        state = supervisor.state(part)
        assert (state.state, state.lag_s, state.detail) == ("ok", 0.25, "at work")
        second = part.process.pid
        await supervisor.stop()
        assert process_mark(second) is None

    asyncio.run(story())
    assert said == ["dummy was killed by signal 9; starting it again in 0.5 s"]
    lines = [json.loads(line) for line in (settings.home / "log" / "dummy.log").open()]
    assert {"event": "hello", "part": "dummy"} in lines


def test_a_part_that_falls_silent_is_ended_and_started_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "SILENT_S", 2.0)
    text = "from guitu.heartbeat import Beat\nimport time\nBeat().ok()\ntime.sleep(600)\n"
    said: list[str] = []

    async def story() -> None:
        supervisor = Supervisor(settings, say=said.append)
        supervisor.add(
            supervisor.program("mute", _script(settings, text), environ=_environ(settings))
        )
        await _until(lambda: bool(said), within_s=25)
        await supervisor.stop()

    asyncio.run(story())
    assert said[0].startswith("mute was silent for 2 s and was killed")


def test_a_part_that_cannot_start_is_named_with_the_end_of_its_log(settings: Settings) -> None:
    async def story() -> None:
        supervisor = Supervisor(settings, say=lambda _: None)
        part = supervisor.add(
            supervisor.program(
                "broken",
                _script(settings, "raise SystemExit('the disc is full')"),
                environ=_environ(settings),
            )
        )
        try:
            with pytest.raises(PartFailed, match="the disc is full"):
                await supervisor.healthy([part], within_s=2)
        finally:
            await supervisor.stop()

    asyncio.run(story())


def test_a_killed_supervisor_leaves_no_orphans(settings: Settings) -> None:
    _script(settings, WELL)
    text = f"""
import asyncio, os, sys
from guitu.config import load
from guitu.ops.supervisor import Supervisor
async def main():
    s = load()
    supervisor = Supervisor(s, say=print)
    os.chdir(s.home)
    part = supervisor.add(supervisor.program(
        "dummy", [sys.executable, {str(settings.home / "part.py")!r}], environ=dict(os.environ)))
    await supervisor.healthy([part], within_s=20)
    print("up", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    process = subprocess.Popen(
        [sys.executable, "-c", text], env=_environ(settings), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline().strip() == "up"
    assert len(processes_in(settings.home)) == 2
    process.kill()
    process.wait(10)
    assert signal_and_wait(processes_in(settings.home), 0, timeout_s=10) == []
    process.stdout.close()


def test_a_heartbeat_goes_stale(tmp_path: Path) -> None:
    Beat("part", run=tmp_path).ok(detail="well")
    now = datetime.now(UTC)
    assert heartbeat.read("part", run=tmp_path, now=now).state == "ok"
    later = heartbeat.read("part", run=tmp_path, now=now + timedelta(seconds=30))
    assert (later.state, later.detail) == ("down", "silent for 30 s")
    assert heartbeat.read("other", run=tmp_path, now=now).state == "starting"
    (tmp_path / "part.json").write_text("{")
    assert heartbeat.read("part", run=tmp_path, now=now).state == "down"


def test_the_metrics_are_text_that_prometheus_reads(tmp_path: Path) -> None:
    Beat("worker-1", run=tmp_path).ok(lag_s=0.5, metrics={"fixes_total": 12.0, "queue": 3.0})
    now = datetime.now(UTC)
    parts = [heartbeat.read(name, run=tmp_path, now=now) for name in ("worker-1", "live")]
    families = {
        family.name: family
        for family in text_string_to_metric_families(heartbeat.exposition(parts, now=now))
    }
    assert {s.labels["part"]: s.value for s in families["guitu_part_up"].samples} == {
        "worker-1": 1.0,
        "live": 0.0,
    }
    assert families["guitu_worker_fixes"].type == "counter"
    assert families["guitu_worker_queue"].samples[0].value == 3.0


def test_a_heartbeat_is_written_once_a_second_but_a_change_at_once(tmp_path: Path) -> None:
    beat = Beat("part", run=tmp_path, every_s=60)
    beat.ok(lag_s=1.0)
    beat.ok(lag_s=2.0)
    assert json.loads((tmp_path / "part.json").read_text())["lag_s"] == 1.0
    beat.down("the stream is away")
    note = json.loads((tmp_path / "part.json").read_text())
    assert (note["state"], note["detail"]) == ("down", "the stream is away")


def _status(settings: Settings) -> tuple[int, dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "guitu.ops.cli", "status", "--json"],
        env=_environ(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def test_status_says_ok_only_when_every_part_is(settings: Settings) -> None:
    code, note = _status(settings)
    assert (code, note["ok"]) == (1, False)
    assert {part["state"] for part in note["parts"]} == {"down"}
    Beat("gateway", run=settings.run).ok(lag_s=0.5, detail="3 connections")
    Beat("worker", run=settings.run).starting("replays")
    running = {
        "pid": os.getpid(),
        "mark": process_mark(os.getpid()),
        "parts": ["gateway", "worker"],
        "settings": {},
    }
    (settings.run / "ports.json").write_text(json.dumps(running))
    code, note = _status(settings)
    assert code == 1
    pid = os.getpid()
    assert note == {
        "ok": False,
        "parts": [
            {"name": "gateway", "state": "ok", "lag_s": 0.5, "detail": f"pid {pid}, 3 connections"},
            {"name": "worker", "state": "starting", "lag_s": None, "detail": f"pid {pid}, replays"},
        ],
    }
    Beat("worker", run=settings.run).ok()
    code, note = _status(settings)
    assert (code, note["ok"]) == (0, True)


def test_logs_are_json_and_limited_in_size(tmp_path: Path) -> None:
    log = LogFile(tmp_path, "part", max_bytes=2000)
    log.feed(b'{"event": "structured"}\nplain te')
    log.feed("xt 中文\n".encode())
    log.feed(b"\xff\xfe broken\n")
    first = [json.loads(line) for line in log.path.open(encoding="utf-8")]
    assert first[0] == {"event": "structured", "part": "part"}
    assert first[1]["event"] == "plain text 中文"
    for number in range(200):
        log.feed(b"line %d\n" % number)
    log.feed(b"without an end")
    log.close()
    files = sorted(tmp_path.glob("part.log*"))
    assert len(files) == 6
    assert all(file.stat().st_size < 2300 for file in files)
    assert tail(log.path, lines=1) == ["without an end"]
