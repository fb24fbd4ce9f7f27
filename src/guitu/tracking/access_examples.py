"""An example of every address of this room, own and foreign, for the test that walks the URL table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guitu.people.tests.cast import Cast

#: Views whose object is a device: scoped by unit, not by person.
DEVICE_VIEWS = frozenset({"device", "device_act", "conflict_settle"})


def examples(cast: Cast, *, foreign: bool = False) -> dict[str, dict[str, Any]]:
    """View name (``tracking:alarm``) → its arguments, of rows written into the test's database.

    ``foreign``: everything belongs to a person of another county, so every account of the cast's
    own county must get 404. Addresses without an object have no foreign twin and are left out then.
    """
    from guitu.tracking.models import Conflict, Fence, FenceSubject, FenceVersion, Quarantine
    from guitu.tracking.tests import desk, world

    now = datetime.now(UTC)
    person, case = (cast.foreign_person, cast.foreign_case) if foreign else (cast.person, cast.case)
    county = cast.other_county if foreign else cast.county
    officer = cast.outsider if foreign else cast.officer
    device = world.device(cast)
    device.organisation = county
    device.save()
    order = world.order_for(cast, case, start=(now - timedelta(days=20)).date())
    wearing = world.wear(cast, device, case, order, since=now - timedelta(days=1))
    desk_world = world.World(cast, now, device, order, wearing)
    alarm = desk.alarm(desk_world, wearing=wearing)
    fence = Fence.objects.create(
        name="住所周边", kind=1, person=person, case=case, organisation=person.office,
        created_by=officer,
    )  # fmt: skip
    shared = Fence.objects.create(name="共用", kind=1, organisation=person.office)
    for one in (fence, shared):
        FenceVersion.objects.create(
            fence=one, number=1, shape="circle", applied_from=now, created_by=officer,
            geometry={"type": "Point", "coordinates": [118.77, 32.07], "radius_m": 500.0},
        )  # fmt: skip
    subject = FenceSubject.objects.create(fence=shared, person=person, since=now)
    conflict = Conflict.objects.create(
        device=device, terminal=device.terminal, address="10.0.0.9:1", kind=2, first_seen_at=now,
        last_seen_at=now,
    )  # fmt: skip
    found: dict[str, dict[str, Any]] = {
        "tracking:alarm": {"pk": alarm.pk},
        "tracking:alarm_act": {"pk": alarm.pk},
        "tracking:alarm_phone": {"pk": alarm.pk},
        "tracking:trail": {"pk": person.pk},
        "tracking:trail_data": {"pk": person.pk},
        "tracking:trail_export": {"pk": person.pk, "form": "gpx"},
        "tracking:fence": {"pk": fence.pk},
        "tracking:fence_edit": {"pk": fence.pk},
        "tracking:fence_retire": {"pk": fence.pk},
        "tracking:fence_assign": {"pk": fence.pk},
        "tracking:fence_unassign": {"pk": subject.pk},
        "tracking:device": {"pk": device.pk},
        "tracking:device_act": {"pk": device.pk},
        "tracking:conflict_settle": {"pk": conflict.pk},
        "tracking:wear": {"pk": case.pk},
        "tracking:take_off": {"pk": wearing.pk},
    }
    if foreign:
        return found
    waiting = Quarantine.objects.create(
        terminal=f"1370000{device.pk:04d}",
        address="10.0.0.8:1",
        first_seen_at=now,
        last_seen_at=now,
    )
    return found | {
        "tracking:alarms": {},
        "tracking:alarms_pane": {},
        "tracking:alarms_closed": {},
        "tracking:map": {},
        "tracking:map_positions": {},
        "tracking:fences": {},
        "tracking:fence_new": {},
        "tracking:devices": {},
        "tracking:device_new": {},
        "tracking:quarantine": {},
        "tracking:quarantine_act": {"pk": waiting.pk},
        "tracking:live_ticket": {},
    }
