"""`guitu up` as a whole: every part healthy before the page answers, and again after a kill."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guitu.config import process_mark
from guitu.ops.places import SYSTEM_FOLDER, data_folder, run_as
from guitu.ops.processes import free_port

GUITU = [sys.executable, "-m", "guitu.ops.cli"]
PARTS = {"postgres", "nats", "gateway", "worker", "live", "keeper", "web"}


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    home = tmp_path / "home"
    yield {
        "GUITU_HOME": str(home),
        "GUITU_PORT": str(free_port()),
        "GUITU_MODE": "production",
        "PATH": os.environ["PATH"],
    }
    folder = data_folder(home, run_as())
    if folder.is_relative_to(SYSTEM_FOLDER):
        shutil.rmtree(folder.parent, ignore_errors=True)


def _status(environ: dict[str, str]) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [*GUITU, "status", "--json"], env=environ, capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)


def _pid(environ: dict[str, str], part: str) -> int:
    note = Path(environ["GUITU_HOME"]) / "run" / f"{part}.json"
    return int(json.loads(note.read_text())["pid"])


def _answers(environ: dict[str, str]) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", int(environ["GUITU_PORT"]))) == 0


def _until_well(environ: dict[str, str], *, within_s: float) -> float:
    began_s = time.monotonic()
    while _status(environ)[0] != 0:
        assert time.monotonic() - began_s < within_s, _status(environ)[1]
        time.sleep(0.2)
    return time.monotonic() - began_s


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_all_parts_come_up_come_back_after_a_kill_and_leave_nothing_behind(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with (tmp_path / "out").open("wb") as out:
        up = subprocess.Popen([*GUITU, "up"], env=environ, stdout=out, stderr=out)
    try:
        deadline_s = time.monotonic() + 120
        while not _answers(environ):
            assert up.poll() is None, (tmp_path / "out").read_text()
            assert time.monotonic() < deadline_s, (tmp_path / "out").read_text()
            time.sleep(0.1)
        # The page answers, so every part that it stands on is well already.
        _, note = _status(environ)
        assert {part["name"] for part in note["parts"]} == PARTS
        assert {p["state"] for p in note["parts"] if p["name"] != "web"} == {"ok"}
        _until_well(environ, within_s=15)

        again = subprocess.run(
            [*GUITU, "up"], env=environ, capture_output=True, text=True, check=False, timeout=60
        )
        assert again.returncode == 1
        assert f"already runs on {environ['GUITU_HOME']} (process {up.pid})" in again.stderr

        pids = []
        for part in sorted(PARTS):
            old = _pid(environ, part)
            os.kill(old, signal.SIGKILL)
            deadline_s = time.monotonic() + 30
            while process_mark(old) is not None:
                assert time.monotonic() < deadline_s
                time.sleep(0.05)
            time.sleep(0.3)
            _until_well(environ, within_s=45)
            pids.append(_pid(environ, part))
            assert pids[-1] != old, part

        answer = urllib.request.urlopen(f"http://127.0.0.1:{environ['GUITU_PORT']}/healthz")
        assert answer.status == 200
        pids = [_pid(environ, part) for part in PARTS]
        stopped = subprocess.run([*GUITU, "stop"], env=environ, check=False, timeout=120)
        assert stopped.returncode == 0
        assert up.wait(10) == 0
        assert [pid for pid in pids if process_mark(pid) is not None] == []
        assert _status(environ)[0] == 1
    finally:
        if up.poll() is None:
            up.terminate()
            up.wait(120)


def test_a_taken_port_is_named_with_the_remedy(environ: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environ["GUITU_PORT"])))
        taken.listen()
        done = subprocess.run(
            [*GUITU, "up"], env=environ, capture_output=True, text=True, check=False, timeout=60
        )
    assert done.returncode == 1
    assert f"Port {environ['GUITU_PORT']} of 127.0.0.1 is taken" in done.stderr
    assert "GUITU_PORT=" in done.stderr


def test_a_production_home_does_not_take_a_demo_city(environ: dict[str, str]) -> None:
    home = Path(environ["GUITU_HOME"])
    home.mkdir()
    (home / "settings.env").write_text("GUITU_MODE=production\n")
    done = subprocess.run(
        [*GUITU, "up", "--demo"],
        env=environ | {"GUITU_MODE": "demo"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "holds a production copy" in done.stderr


def test_a_database_elsewhere_that_does_not_answer_is_named(environ: dict[str, str]) -> None:
    url = f"postgresql://guitu:hunter2@127.0.0.1:{free_port()}/guitu"
    done = subprocess.run(
        [*GUITU, "up"],
        env=environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "The database that DATABASE_URL names does not answer" in done.stderr
    assert "hunter2" not in done.stderr
