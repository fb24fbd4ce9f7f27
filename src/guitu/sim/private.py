"""A private copy for measurements: its own home, ports, database and stream; taken down after."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guitu.config import SPECS
from guitu.ops.processes import free_port

_UP_WITHIN_S = 420.0
_STOP_S = 60.0


class PrivateCopyFailed(RuntimeError):
    """The private copy did not come up; the message holds what it said last."""


@dataclass(frozen=True, slots=True)
class PrivateCopy:
    """A running copy: its home, and the environment in which commands act on it."""

    home: Path
    environ: dict[str, str]

    def guitu(self, *arguments: str, capture: bool = False, worst: int = 0) -> str:
        """Run one of our commands on it; its standard output.

        Raises PrivateCopyFailed when its exit code is above ``worst``.
        """
        done = subprocess.run(
            [sys.executable, "-m", "guitu.ops.cli", *arguments],
            env=self.environ,
            stdout=subprocess.PIPE if capture else sys.stderr,
            check=False,
        )
        if not 0 <= done.returncode <= worst:
            raise PrivateCopyFailed(f"`guitu {' '.join(arguments)}` ended with {done.returncode}.")
        return (done.stdout or b"").decode("utf-8")


@contextmanager
def private_copy(say: Callable[[str], None]) -> Iterator[PrivateCopy]:
    """Everything, running and healthy, without a city; gone at the end of the block."""
    # PostgreSQL runs as a system user when we are root, and must be able to pass through.
    home = Path(tempfile.mkdtemp(prefix="guitu-bench-"))
    home.chmod(0o711)
    ours = {spec.name for spec in SPECS}
    environ = {name: text for name, text in os.environ.items() if name not in ours}
    environ |= {
        "GUITU_HOME": str(home),
        "GUITU_MODE": "demo",
        "GUITU_PORT": str(free_port()),
        "GUITU_LOG": "warning",
    }
    # With this file there, `guitu up` does not make its own city.
    (home / "demo.json").write_text('{"accounts": []}', "utf-8")
    log = (home / "up.log").open("wb")
    up = subprocess.Popen(
        [sys.executable, "-m", "guitu.ops.cli", "up", "--demo"],
        env=environ, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(up, home, environ, say)
        yield PrivateCopy(home, environ)
    finally:
        if up.poll() is None:
            up.send_signal(signal.SIGTERM)
            try:
                up.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                up.kill()
                up.wait()
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def _wait(
    up: subprocess.Popen[bytes], home: Path, environ: dict[str, str], say: Callable[[str], None]
) -> None:
    began_s = time.monotonic()
    while time.monotonic() - began_s < _UP_WITHIN_S:
        if up.poll() is not None:
            break
        asked = subprocess.run(
            [sys.executable, "-m", "guitu.ops.cli", "status", "--json"],
            env=environ, capture_output=True, check=False,
        )  # fmt: skip
        try:
            said = json.loads(asked.stdout or b"{}")
            names = {part["name"] for part in said.get("parts", [])}
        except ValueError:
            names = set()
        if asked.returncode == 0 and "web" in names:
            say(f"a private copy is up in {home}")
            return
        time.sleep(1.0)
    last = (home / "up.log").read_text("utf-8", errors="replace")[-2000:]
    raise PrivateCopyFailed(f"The private copy did not come up. It said last:\n{last}")
