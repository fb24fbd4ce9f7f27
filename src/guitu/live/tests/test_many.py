"""A thousand pages at once."""

from __future__ import annotations

import asyncio
import time

import pytest
from django.db import transaction

from guitu.live.tests.browser import Listener, in_thread, live, run, session_of, ticket_of
from guitu.tracking import news
from guitu.tracking.tests.world import World


@pytest.mark.slow
def test_a_thousand_pages_hear_an_alarm_within_two_seconds_and_no_more_are_let_in(world: World):
    cast = world.cast
    users = [cast.officer, cast.office_head, cast.body_officer, cast.city_officer, cast.outsider]
    tickets = [ticket_of(user, session_of(user)) for user in users]
    told = 4 / 5  # of these five the outsider sees nothing of the person

    def tell() -> None:
        with transaction.atomic():
            news.tell("alarm", person_id=cast.person.pk, payload={"alarm": 1})

    async def story() -> None:
        async with live() as (hub, port):
            pages: list[Listener] = []
            for first in range(0, 1000, 50):
                pages += await asyncio.gather(
                    *(Listener.open(port, tickets[n % 5]) for n in range(first, first + 50))
                )
            assert all(page.status == 200 for page in pages)
            await asyncio.gather(*(page.hear(20) for page in pages))
            assert len(hub) == 1000
            assert (await Listener.open(port, tickets[0])).status == 503
            began_s = time.monotonic()
            await in_thread(tell)
            hearing = [page for n, page in enumerate(pages) if n % 5 != 4]
            heard = await asyncio.gather(*(page.hear(10) for page in hearing))
            took_s = time.monotonic() - began_s
            assert len(heard) == 1000 * told
            assert took_s < 2.0, f"{took_s:.2f} s"
            for page in pages:
                page.close()

    run(story(), timeout_s=60)
