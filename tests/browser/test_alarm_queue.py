"""The alarm queue by keyboard alone, alive, and honest about what it cannot do."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from .harness import PASSWORD, until

pytestmark = pytest.mark.usefixtures("django")


def _fresh(site, **more):
    """A new breach of a fence of its own, as the worker writes it."""
    from guitu.tracking.tests import desk

    world = site.world
    with desk.at_host():
        fence = world.fence(radius_m=300.0)
        trail = desk.fixes(
            world.wearing, world.now - timedelta(minutes=8),
            [(0, 100, 100), (3, 900, 900), (5, 1200, 1200)],
        )  # fmt: skip
        return desk.alarm(world, fence=fence, trail=trail, known_at=world.now, **more)


def test_an_officer_signs_in_by_keyboard(site, chromium) -> None:
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(site.url + "/alarms/")
    page.locator("input[type=text], input[name=login]").first.focus()
    page.keyboard.type("head")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    until(page, "location.pathname === '/alarms/' && document.readyState === 'complete'")
    assert page.locator("[data-queue]").count() == 1
    context.close()


def test_an_alarm_is_claimed_worked_and_closed_with_one_key_each(open_page, site) -> None:
    from guitu.tracking.models import Alarm

    alarm = _fresh(site)
    page = open_page("officer", f"/alarms/{alarm.pk}/")

    def press(key: str) -> None:
        with page.expect_navigation():
            page.keyboard.press(key)

    press("1")
    assert page.locator(".protocol li.done").first.inner_text().count("周岚")
    press("s")  # nobody answers the call to the person
    press("a")  # the team is reached
    press("5")  # sending somebody is chosen by its number
    press("a")
    page.keyboard.press("r")
    until(page, "document.activeElement.tagName === 'TEXTAREA'")
    assert "没人接" in page.evaluate("document.activeElement.value")
    press("Control+Enter")
    assert page.locator("text=情况还没有结束").count() == 1
    Alarm.objects.filter(pk=alarm.pk).update(ended_at=site.world.now)
    page.reload()
    page.keyboard.press("e")
    until(page, "document.activeElement.id === 'close-reason'")
    press("Control+Enter")
    alarm.refresh_from_db()
    assert (alarm.state, alarm.closed_by.name) == ("closed", "周岚")
    assert list(alarm.steps.values_list("kind", flat=True)) == [
        "opened", "claimed", "protocol", "protocol", "protocol", "handled", "closed",
    ]  # fmt: skip


def test_a_key_pressed_while_writing_is_a_letter(open_page, site) -> None:
    alarm = _fresh(site)
    page = open_page("officer", f"/alarms/{alarm.pk}/")
    with page.expect_navigation():
        page.keyboard.press("1")
    page.keyboard.press("f")
    until(page, "document.activeElement.id === 'false-reason'")
    page.keyboard.type("as the fence was drawn wrong")
    assert page.locator("#false-reason").input_value() == "as the fence was drawn wrong"
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    alarm.refresh_from_db()
    assert (alarm.state, alarm.cause) == ("closed", "false")


def test_arrows_move_through_the_list(open_page) -> None:
    page = open_page("officer", "/alarms/")
    first = page.locator('[data-alarm][aria-current="true"]').get_attribute("data-alarm")
    with page.expect_navigation():
        page.keyboard.press("ArrowDown")
    assert page.locator('[data-alarm][aria-current="true"]').get_attribute("data-alarm") != first


def test_a_new_alarm_stands_in_an_open_page_within_two_seconds(open_page, site) -> None:
    from django.db import transaction

    from guitu.tracking import news

    page = open_page("officer", "/alarms/")
    until(page, "document.documentElement.dataset.live === 'open'")
    focused = page.locator("[data-alarm]").last
    focused.focus()
    kept = focused.get_attribute("data-alarm")
    begun = time.monotonic()
    with transaction.atomic():
        alarm = _fresh(site)
        news.tell(
            news.KIND_ALARM, person_id=alarm.person_id,
            payload={"alarm": alarm.pk, "state": "new", "kind": "breach", "severity": 2,
                     "merged": 0, "ended": False},
        )  # fmt: skip
    until(page, f"document.querySelector('[data-alarm=\"{alarm.pk}\"]') !== null", timeout_s=4)
    took = time.monotonic() - begun
    assert took < 2.0, f"{took:.2f} s"
    assert page.evaluate("document.activeElement.dataset.alarm") == kept


def test_another_county_hears_nothing_of_it(open_page, site) -> None:
    page = open_page("outsider", "/alarms/")
    alarm = _fresh(site)
    page.wait_for_timeout(600)
    assert page.locator(f'[data-alarm="{alarm.pk}"]').count() == 0
    assert page.request.get(f"{site.url}/alarms/{alarm.pk}/").status == 404
