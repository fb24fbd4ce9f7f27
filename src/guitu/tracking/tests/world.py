"""What tests of tracking stand on: devices, orders, wearings and frames as a terminal sends them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

from django.db import connection

from guitu.base import audit
from guitu.people.models import Case, MonitoringOrder, Person
from guitu.people.tests.cast import Cast, make_cast
from guitu.tracking.models import Device, Fence, FenceVersion, Wearing
from guitu.tracking.partitions import day_of
from guitu.wire import envelope as e
from guitu.wire import jt808
from guitu.wire import messages as m

#: 湖南路: where the band is unless a test says otherwise.
LAT, LON = 32.07, 118.77
_numbers = itertools.count(1)


def database_url() -> str:
    """The test database's address, for parts that connect by themselves."""
    d = connection.settings_dict
    host = f"{d['HOST']}:{d['PORT']}" if d["PORT"] else d["HOST"]
    return f"postgresql://{quote(d['USER'])}:{quote(d['PASSWORD'])}@{host}/{d['NAME']}"


@dataclass(slots=True)
class World:
    """The cast and one band, worn by ``cast.person`` from a day before ``now``, under an order."""

    cast: Cast
    now: datetime
    device: Device
    order: MonitoringOrder
    wearing: Wearing

    def fence(
        self,
        *,
        radius_m: float = 500.0,
        lat: float = LAT,
        lon: float = LON,
        kind: int = 1,
        person: Person | None = None,
        everybody: bool = False,
    ) -> Fence:
        """A circle that ``person`` (or everybody of the office) must stay in."""
        made = Fence.objects.create(
            name="住所周边",
            kind=kind,
            person=None if everybody else (person or self.cast.person),
            organisation=self.cast.office,
            everybody=everybody,
            created_by=self.cast.officer,
        )
        FenceVersion.objects.create(
            fence=made,
            number=1,
            geometry={"type": "Point", "coordinates": [lon, lat], "radius_m": radius_m},
            shape="circle",
            applied_from=self.now,
            created_by=self.cast.officer,
        )
        return made


def make_world(now: datetime | None = None) -> World:
    """Write it into the database of the test."""
    now = now or datetime.now(UTC)
    cast = make_cast()
    with audit.acting(audit.Source(via="host", actor_id=None, actor="world")):
        order = order_for(cast, cast.case, start=day_of(now) - timedelta(days=20))
        made = device(cast)
        worn = wear(cast, made, cast.case, order, since=now - timedelta(days=1))
    return World(cast, now, made, order, worn)


def device(cast: Cast, terminal: str | None = None) -> Device:
    """A device of the county, issued."""
    number = terminal or f"1390000{next(_numbers):04d}"
    return Device.objects.create(
        terminal=e.canonical(number), state="issued", organisation=cast.county
    )


def order_for(
    cast: Cast, case: Case, *, start: date, days: int = 80, **more: object
) -> MonitoringOrder:
    """A lawful monitoring order from ``start`` for ``days``."""
    number = next(_numbers)
    values: dict[str, object] = {
        "person_id": case.person_id,
        "case": case,
        "number": f"（2026）电子定位{number}号",
        "ground": 1,
        "proof": "违反禁止令通报",
        "decided_by": cast.bureau_head,
        "signer_role": "bureau_head",
        "signer_tier": "county",
        "decided_on": start,
        "start": start,
        "end": start + timedelta(days=days - 1),
        "recorded_by": cast.body_officer,
    } | more
    return MonitoringOrder.objects.create(**values)


def wear(
    cast: Cast,
    worn: Device,
    case: Case,
    order: MonitoringOrder,
    *,
    since: datetime,
    until: datetime | None = None,
) -> Wearing:
    """The device on the person of the case."""
    return Wearing.objects.create(
        device=worn,
        person_id=case.person_id,
        case=case,
        order=order,
        since=since,
        until=until,
        put_on_by=cast.officer,
    )


def place(at: datetime, *, north_m: float = 0.0, east_m: float = 0.0, **more: object) -> m.Position:
    """A good satellite fix so many metres from the middle."""
    values: dict[str, object] = {
        "satellites": 12,
        "speed_kmh": 3.0,
        "source": m.Source.SATELLITE,
    } | more
    return m.Position(
        at.replace(microsecond=0),
        LAT + north_m / 111_200.0,
        LON + east_m / 94_300.0,
        True,
        **values,  # type: ignore[arg-type]
    )


def ms(at: datetime) -> int:
    """Unix milliseconds."""
    return int(at.timestamp() * 1000)


def report(
    worn: Device,
    *positions: m.Position,
    serial: int,
    received: datetime | None = None,
) -> e.Report:
    """One report of the device: 0200, or 0704 for several positions."""
    number = worn.terminal.rjust(12, "0")
    header = m.Header(number, serial, 0)
    if len(positions) == 1:
        frame = jt808.position_report(header, positions[0])
        msg_id = 0x0200
    else:
        frame = b"".join(jt808.position_batch(header, positions))
        msg_id = 0x0704
    at = received or positions[-1].time + timedelta(seconds=1)
    return e.Report(e.Protocol.JT808, worn.pk, worn.terminal, ms(at), msg_id, serial, 0, frame)
