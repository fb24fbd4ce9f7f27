"""Small facts about processes and ports that every embedded part needs."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
# Bound now: after a fork nothing may be imported or looked up.
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(sig: int) -> Callable[[], None]:
    """For ``preexec_fn``: the kernel sends ``sig`` to the child when its parent thread ends.

    Start such children from a thread that lives as long as they should.
    """
    parent = os.getpid()

    def arrange() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, sig, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def free_port(host: str = "127.0.0.1", *, avoid: int = 0) -> int:
    """A TCP port that nothing listens on just now; never ``avoid``, which is kept for the pages."""
    while True:
        with socket.socket() as probe:
            probe.bind((host, 0))
            port: int = probe.getsockname()[1]
        if port != avoid:
            return port


def port_is_taken(host: str, port: int) -> bool:
    """Whether listening on ``host``:``port`` would fail."""
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
        return False


def processes_in(folder: Path) -> list[int]:
    """Numbers of the processes whose working directory is ``folder``."""
    found = []
    target = str(folder.resolve())
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if str((entry / "cwd").readlink()) == target:
                found.append(int(entry.name))
        except OSError:
            continue  # it has ended, or belongs to somebody else
    return found


def command_line(pid: int) -> str:
    """The command line of ``pid``, or "" when it is gone."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode("utf-8", errors="replace").strip()


def signal_and_wait(pids: list[int], sig: int, *, timeout_s: float) -> list[int]:
    """Send ``sig`` to ``pids``; returns those that still live after ``timeout_s``."""
    for pid in pids:
        _kill(pid, sig)
    deadline_s = time.monotonic() + timeout_s
    left = [pid for pid in pids if _alive(pid)]
    while left and time.monotonic() < deadline_s:
        time.sleep(0.05)
        left = [pid for pid in left if _alive(pid)]
    return left


def _kill(pid: int, sig: int) -> None:
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        return


def _alive(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


def end_group(pid: int) -> None:
    """Kill what is left of the process group that ``pid`` led."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
