"""How many fixes a second this machine's worker commits, and how long one waits: `run`.

A database and a stream of their own are started in a temporary folder, durable as in real life, and
filled with persons under monitoring orders, two fences each. Then the stream is filled and drained
(throughput), and fed at a steady rate (delay from the time received to the commit, which is also
that of an alarm: they are one transaction).
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

SHARDS = 8
REPORTS_A_MESSAGE = 50
LAT, LON = 32.06, 118.79


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured. Delays are from the time received to the commit."""

    devices: int
    reports: int
    in_trail: int
    fixes_per_s: float
    offered_per_s: float
    sustained_per_s: float
    p50_ms: float
    p99_ms: float
    alarms: int
    worker_rss_mb: float


def run(
    *, devices: int = 2_000, fixes: int = 100_000, rate: int = 4_000, seconds: int = 15
) -> Figures:
    """Measure in a temporary folder; takes about a minute. Raises when a part does not start."""
    from guitu.config import load
    from guitu.ops.nats import Nats, ensure_streams_now
    from guitu.ops.postgres import OWNER, Postgres

    home = Path(tempfile.mkdtemp(prefix="guitu-bench-"))
    # PostgreSQL runs as a system user when we are root, and must be able to pass through.
    home.chmod(0o711)
    settings = replace(load(), home=home, nats_monitor_port=0, database_url="", nats_url="")
    settings.run.mkdir(parents=True)
    postgres, stream = Postgres(settings), Nats(settings)
    try:
        with (home / "log").open("ab") as log:
            postgres.prepare()
            postgres.start(log=log)
            postgres.ensure_roles()
            stream.start(log=log)
        ensure_streams_now(stream.url, max_bytes=1024 * 2**20)
        environ = os.environ | {
            "GUITU_HOME": str(home),
            "GUITU_MODE": "demo",
            "GUITU_SHARDS": str(SHARDS),
            "DATABASE_URL": postgres.url(OWNER),
            "DATABASE_OWNER_URL": postgres.url(OWNER),
            "NATS_URL": stream.url,
        }
        wanted = [str(n) for n in (devices, fixes, rate, seconds)]
        done = subprocess.run(
            [sys.executable, "-m", "guitu.worker.bench", *wanted],
            env=environ,
            stdout=subprocess.PIPE,
            check=True,
        )
        return Figures(**json.loads(done.stdout.splitlines()[-1]))
    finally:
        stream.stop()
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


# ── in the process that measures ─────────────────────────────────────────────────────────────────


def _fill(count: int) -> list[tuple[int, str]]:
    """Persons with case, order, device, wearing and fences; (device id, terminal) of each."""
    from django.db import transaction

    from guitu.base.models import Account, DataKey, Organisation
    from guitu.people.models import Case, MonitoringOrder, Person
    from guitu.tracking.models import Device, Fence, FenceVersion, Wearing
    from guitu.tracking.partitions import day_of

    now = datetime.now(UTC)
    today = day_of(now)
    start = today - timedelta(days=20)
    with transaction.atomic():
        unit = Organisation.objects.create(
            kind="office", code="990000001", name="测量所", short_name="测量所", path="1"
        )
        unit.path = str(unit.pk)
        unit.save()
        officer = Account.objects.create(username="bench", name="测量", organisation=unit)
        keys = DataKey.objects.bulk_create([DataKey.make() for _ in range(count)])
        persons = Person.objects.bulk_create(
            Person(
                number=f"B{n:08d}", name=f"测量{n}", sex="1", birth_date=today.replace(year=1990),
                data_key=key, office=unit, officer=officer, demo=True, name_key=f"{n:08d}",
                scope_keys=[unit.pk],
            )
            for n, key in enumerate(keys)
        )  # fmt: skip
        cases = Case.objects.bulk_create(
            Case(
                person=person, number=f"BC{n:08d}", category="02", office=unit, officer=officer,
                deciding_organ="法院", judgment_number=str(n), judgment_date=start,
                effective_date=start, offence="测量", offence_class="99", sentence_kind="03",
                sentence="1年", test_period="2年", term_start=start - timedelta(days=30),
                term_end=start + timedelta(days=600),
            )
            for n, person in enumerate(persons)
        )  # fmt: skip
        orders = MonitoringOrder.objects.bulk_create(
            MonitoringOrder(
                person=case.person, case=case, number=f"BO{n:08d}", ground=1, proof="测量",
                decided_by=officer, signer_role="bureau_head", signer_tier="county",
                decided_on=start, start=start, end=start + timedelta(days=80), recorded_by=officer,
            )
            for n, case in enumerate(cases)
        )  # fmt: skip
        devices = Device.objects.bulk_create(
            Device(terminal=str(13_700_000_000 + n), state="issued", organisation=unit)
            for n in range(count)
        )
        Wearing.objects.bulk_create(
            Wearing(
                device=device, person=case.person, case=case, order=order,
                since=now - timedelta(days=1), put_on_by=officer,
            )
            for device, case, order in zip(devices, cases, orders, strict=True)
        )  # fmt: skip
        fences = Fence.objects.bulk_create(
            Fence(name="测量", kind=kind, person=person, organisation=unit)
            for person in persons
            for kind in (1, 2)
        )
        FenceVersion.objects.bulk_create(
            FenceVersion(
                fence=fence, number=1, geometry=_ring(fence.kind), shape="polygon",
                applied_from=now,
            )
            for fence in fences
        )  # fmt: skip
    return [(device.pk, device.terminal) for device in devices]


def _ring(kind: int) -> dict[str, object]:
    radius, lat = (0.05, LAT) if kind == 1 else (0.01, LAT + 0.2)
    turns = [2 * math.pi * n / 20 for n in range(20)]
    ring = [[LON + radius * math.cos(t), lat + radius * math.sin(t)] for t in turns]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


class _Bands:
    """Bands that wander about; one in two hundred leaves its fence for good."""

    def __init__(self, devices: list[tuple[int, str]]) -> None:
        self._chance = random.Random(7)  # noqa: S311
        self._devices = devices
        self._places = [(LAT, LON) for _ in devices]
        self._serials = [0] * len(devices)
        self._next = 0

    def batch(self, size: int, *, at: datetime) -> list[tuple[str, bytes, int]]:
        """Reports of the next ``size`` bands as messages: (subject, data, number of reports)."""
        from guitu.wire import envelope as e
        from guitu.wire import jt808
        from guitu.wire import messages as m

        received_ms = time.time_ns() // 1_000_000
        by_shard: dict[int, list[e.Report]] = {}
        for _ in range(size):
            n = self._next
            self._next = (n + 1) % len(self._devices)
            device, terminal = self._devices[n]
            lat, lon = self._places[n]
            lat += self._chance.gauss(0, 1e-5) + (4e-3 if n % 200 == 0 else 0)
            self._places[n] = lat, lon + self._chance.gauss(0, 1e-5)
            serial = self._serials[n] = (self._serials[n] + 1) & 0xFFFF
            position = m.Position(
                at, lat, self._places[n][1], True, satellites=12, speed_kmh=4.0, battery_pct=80
            )
            frame = jt808.position_report(m.Header(terminal.rjust(12, "0"), serial, 0), position)
            shard = e.shard_of(terminal, SHARDS)
            by_shard.setdefault(shard, []).append(
                e.Report(e.Protocol.JT808, device, terminal, received_ms, 0x0200, serial, 0, frame)
            )
        return [
            (
                e.reports_subject(shard),
                e.encode(e.Batch(e.VERSION, shard, "bench", part)),
                len(part),
            )
            for shard, reports in by_shard.items()
            for part in (
                reports[i : i + REPORTS_A_MESSAGE]
                for i in range(0, len(reports), REPORTS_A_MESSAGE)
            )
        ]


async def _measure(devices: list[tuple[int, str]], fixes: int, rate: int, seconds: int) -> Figures:
    import nats
    from asgiref.sync import sync_to_async

    from guitu.config import settings
    from guitu.tracking.models import Alarm, Fix
    from guitu.worker.decode import Decoded
    from guitu.worker.loop import Worker, share_of

    client = await nats.connect(settings.nats_url)
    js = client.jetstream(timeout=30)
    bands = _Bands(devices)
    clock = datetime.now(UTC) - timedelta(hours=6)
    # A journey needs its time: every round of all bands is a minute later.
    minute = timedelta(minutes=1)
    done = 0
    delays: list[float] = []
    steady = False

    def after(decoded: Decoded) -> None:
        nonlocal done
        done += decoded.heard
        if steady:
            now_ms = time.time() * 1000
            for segment in decoded.segments:
                delays.extend(now_ms - item.received_ms for item in segment.items)

    for _ in range(max(1, fixes // len(devices))):
        clock += minute
        for subject, data, _count in bands.batch(len(devices), at=clock):
            await js.publish(subject, data)
    filled = max(1, fixes // len(devices)) * len(devices)
    stop = asyncio.Event()
    worker = Worker(
        client, js, share=share_of(shards=SHARDS, workers=1, number=0), after_turn=after
    )
    began_s = time.monotonic()
    running = asyncio.create_task(worker.run(stop=stop))
    first_s = 0.0
    while done < filled:
        await asyncio.sleep(0.01)
        if done and not first_s:
            # Loading rules and compiled kernels is the start, not the work.
            first_s, begun = time.monotonic(), done
        if running.done() or time.monotonic() - began_s > 600:
            raise RuntimeError(f"only {done} of {filled} reports were committed")
    per_s = (done - begun) / (time.monotonic() - first_s)

    steady, before, sent = True, done, 0
    begun_s = time.monotonic()
    clock += minute
    rounds = 0
    while time.monotonic() - begun_s < seconds:
        due = int((time.monotonic() - begun_s) * rate) - sent
        if due < rate // 50:
            await asyncio.sleep(0.005)
            continue
        if (sent + due) // len(devices) > rounds:
            rounds = (sent + due) // len(devices)
            clock += minute
        messages = bands.batch(due, at=clock)
        await asyncio.gather(*(js.publish(subject, data) for subject, data, _ in messages))
        sent += due
    took_s = time.monotonic() - begun_s
    while done - before < sent and time.monotonic() - begun_s < seconds + 60:
        await asyncio.sleep(0.01)
    all_s = time.monotonic() - begun_s
    stop.set()
    await running
    await client.close()
    delays.sort()
    alarms = await sync_to_async(Alarm.objects.unscoped("bench counts its own").count)()
    in_trail = await sync_to_async(Fix.objects.unscoped("bench counts its own").count)()
    return Figures(
        devices=len(devices),
        reports=done,
        in_trail=in_trail,
        fixes_per_s=round(per_s, 1),
        offered_per_s=round(sent / took_s, 1),
        sustained_per_s=round((done - before) / all_s, 1),
        p50_ms=round(delays[len(delays) // 2], 1),
        p99_ms=round(delays[int(len(delays) * 0.99)], 1),
        alarms=alarms,
        worker_rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    )


def main() -> int:
    """Measure with the database and stream of the environment; the figures as one JSON line."""
    import django
    import uvloop
    from django.core.management import call_command
    from django.db import connection

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guitu.web.settings")
    django.setup()
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    devices, fixes, rate, seconds = (int(text) for text in sys.argv[1:])
    filled = _fill(devices)
    connection.close()
    figures = uvloop.run(_measure(filled, fixes, rate, seconds))
    print(json.dumps(asdict(figures)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
