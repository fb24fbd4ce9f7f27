"""What `guitu check` says of a lawful city, and of one that is not."""

from __future__ import annotations

from datetime import timedelta

from guitu.tracking import check
from guitu.tracking.models import Fix, Report
from guitu.tracking.tests.world import World, place, report
from guitu.worker.tests.desk import Feed


def test_check_names_a_fix_outside_the_order_and_is_content_with_a_lawful_city(world: World):
    world.fence(radius_m=300)
    feed = Feed()
    start = world.now - timedelta(minutes=30)
    for n in range(12):
        feed.give(
            world.device,
            report(world.device, place(start + timedelta(minutes=n), north_m=n * 150), serial=n),
        )
    feed.desk.close()
    assert check.findings() == []
    Fix.objects.filter(person=world.cast.person).update(time=world.now - timedelta(days=50))
    Report.objects.all().delete()
    found = [str(finding) for finding in check.findings()]
    assert any("outside wearing" in text for text in found)
    assert any("no report" in text for text in found)
