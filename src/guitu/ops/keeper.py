"""The keeper: a process that runs the small periodic jobs, one after the other.

A job is a function of a Django room, named by its dotted path, without arguments. One that fails is
logged, shown in the keeper's health and tried again at its next turn; the others go on.
"""

from __future__ import annotations

import importlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from guitu.config import settings
from guitu.heartbeat import Beat
from guitu.ops.logs import configure

log = structlog.get_logger("guitu.keeper")


@dataclass(frozen=True, slots=True)
class Job:
    """``path`` runs every ``every_s`` seconds; its health is ``down`` after ``late_s`` without success."""

    name: str
    path: str
    every_s: float
    late_s: float


JOBS = (
    Job("audit sealer", "guitu.base.sealer.seal_once", 1.0, 60.0),
    Job("partitions and retention", "guitu.tracking.partitions.keep", 3600.0, 2 * 86_400.0),
)


class Keeper:
    """Runs ``jobs`` by the clock ``now_s`` (seconds, monotonic)."""

    def __init__(
        self,
        jobs: tuple[Job, ...],
        *,
        beat: Beat,
        now_s: Callable[[], float] = time.monotonic,
        find: Callable[[str], Callable[[], object]] | None = None,
    ) -> None:
        self._beat = beat
        self._now_s = now_s
        self._due_s = dict.fromkeys(jobs, 0.0)
        began_s = now_s()
        self._succeeded_s = dict.fromkeys(jobs, began_s)
        self._errors: dict[Job, str] = {}
        self._runs = self._failures = 0
        find = find or _find
        self._calls = {job: find(job.path) for job in jobs}

    def turn(self) -> None:
        """Run what is due, then write the heartbeat."""
        for job, call in self._calls.items():
            if self._now_s() < self._due_s[job]:
                continue
            self._due_s[job] = self._now_s() + job.every_s
            self._runs += 1
            try:
                call()
            except Exception as error:
                # One job's trouble must not stop the others; it is told, counted and tried again.
                self._failures += 1
                if job not in self._errors:
                    log.exception("job failed", job=job.name)
                self._errors[job] = ": ".join([type(error).__name__, *str(error).splitlines()[:1]])
            else:
                if self._errors.pop(job, None):
                    log.info("job works again", job=job.name)
                self._succeeded_s[job] = self._now_s()
        self._tell()

    def _tell(self) -> None:
        now_s = self._now_s()
        late = [job for job, at_s in self._succeeded_s.items() if now_s - at_s > job.late_s]
        lag_s = max(
            (now_s - self._succeeded_s[job] - job.every_s for job in self._calls), default=0.0
        )
        metrics = {"runs_total": float(self._runs), "failures_total": float(self._failures)}
        if late:
            troubles = "; ".join(f"{job.name}: {self._errors.get(job, 'late')}" for job in late)
            self._beat.down(troubles, lag_s=max(lag_s, 0.0), metrics=metrics)
        else:
            troubles = "; ".join(f"{job.name}: {why}" for job, why in self._errors.items())
            self._beat.ok(
                lag_s=max(lag_s, 0.0),
                detail=troubles or f"{len(self._calls)} jobs",
                metrics=metrics,
            )


def _find(path: str) -> Callable[[], object]:
    module, _, name = path.rpartition(".")
    call: Callable[[], object] = getattr(importlib.import_module(module), name)
    return call


def main() -> None:
    """Run the jobs until SIGTERM or SIGINT; the job at work is finished first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guitu.web.settings")
    beat = Beat("keeper")
    beat.starting()
    import django
    from django.db import close_old_connections

    django.setup()
    configure(settings.log)
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    keeper = Keeper(JOBS, beat=beat)
    while not stopping:
        keeper.turn()
        # A connection that the database has ended is given up here, so that the next turn heals.
        close_old_connections()
        time.sleep(0.5)


if __name__ == "__main__":
    main()
