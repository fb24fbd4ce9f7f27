"""An officer's page hears what its scope allows, at once, without loss, and no longer than allowed."""

from __future__ import annotations

import threading

from django.db import connection, transaction

from guitu.live import hub as hub_module
from guitu.live.tests.browser import Listener, in_thread, live, run, session_of, ticket_of
from guitu.tracking import news
from guitu.tracking.tests.world import World


def tell(person_id: int, number: int) -> None:
    with transaction.atomic():
        news.tell("alarm", person_id=person_id, payload={"alarm": number})


def test_an_alarm_reaches_the_officer_and_not_the_outsider(world: World):
    cast = world.cast
    own, foreign = (ticket_of(user, session_of(user)) for user in (cast.officer, cast.outsider))

    async def story() -> None:
        async with live() as (_, port):
            mine = await Listener.open(port, own)
            theirs = await Listener.open(port, foreign)
            assert (await mine.hear()).kind == (await theirs.hear()).kind == "hello"
            await in_thread(lambda: tell(cast.person.pk, 1))
            await in_thread(lambda: tell(cast.foreign_person.pk, 2))
            assert (await mine.hear()).data == {"person": cast.person.pk, "alarm": 1}
            assert (await theirs.hear()).data["alarm"] == 2
            mine.close()
            theirs.close()

    run(story())


def test_fixes_are_cut_down_to_the_persons_in_scope(world: World):
    cast = world.cast
    ticket = ticket_of(cast.officer, session_of(cast.officer))
    rows = [
        [person, 1, 2, 3, None, None, 1, None, 0]
        for person in (cast.foreign_person.pk, cast.person.pk, cast.sister_person.pk)
    ]

    def write() -> None:
        from datetime import UTC, datetime

        from guitu.tracking import ingest

        with transaction.atomic():
            connection.ensure_connection()
            ingest.tell_fixes(connection.connection, rows, at=datetime.now(UTC))

    async def story() -> None:
        async with live() as (_, port):
            page = await Listener.open(port, ticket)
            await page.hear()
            await in_thread(write)
            assert [row[0] for row in (await page.hear()).data] == [cast.person.pk]
            page.close()

    run(story())


def test_a_page_that_comes_back_hears_what_it_missed_once(world: World):
    cast = world.cast
    store = session_of(cast.officer)
    ticket = ticket_of(cast.officer, store)

    async def story() -> None:
        async with live() as (_, port):
            page = await Listener.open(port, ticket)
            await page.hear()
            await in_thread(lambda: tell(cast.person.pk, 1))
            last = await page.hear()
            page.close()
            for n in (2, 3):
                await in_thread(lambda n=n: tell(cast.person.pk, n))
            page = await Listener.open(port, ticket, last=last.position)
            assert (await page.hear()).kind == "hello"
            await in_thread(lambda: tell(cast.person.pk, 4))
            assert [(await page.hear()).data["alarm"] for _ in range(3)] == [2, 3, 4]
            page.close()

    run(story())


def test_news_of_a_slow_transaction_are_not_passed_over(world: World):
    """Its number is lower than that of a faster one which commits before it."""
    cast = world.cast
    ticket = ticket_of(cast.officer, session_of(cast.officer))
    told, go = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            news.tell("alarm", person_id=cast.person.pk, payload={"alarm": 1})
            told.set()
            go.wait(5)

    async def story() -> None:
        import asyncio

        async with live() as (_, port):
            page = await Listener.open(port, ticket)
            await page.hear()
            running = asyncio.create_task(in_thread(slow))
            await asyncio.to_thread(told.wait, 5)
            await in_thread(lambda: tell(cast.person.pk, 2))
            await asyncio.sleep(0.3)
            go.set()
            await running
            assert [(await page.hear()).data["alarm"] for _ in range(2)] == [1, 2]
            page.close()

    run(story())


def test_a_revoked_session_and_a_lost_post_end_it_within_seconds(world: World, monkeypatch):
    monkeypatch.setattr(hub_module, "CHECK_S", 0.2)
    cast = world.cast
    store, head_store = session_of(cast.officer), session_of(cast.office_head)
    tickets = ticket_of(cast.officer, store), ticket_of(cast.office_head, head_store)

    async def story() -> None:
        async with live() as (_, port):
            pages = [await Listener.open(port, ticket) for ticket in tickets]
            for page in pages:
                await page.hear()
            await in_thread(store.delete)
            await in_thread(lambda: cast.office_head.posts.all().delete())
            for page in pages:
                try:
                    await page.hear()
                    raise AssertionError("it was still told something")
                except EOFError:
                    pass

    run(story())


def test_bad_tickets_and_foreign_pages_are_turned_away(world: World):
    cast = world.cast
    store = session_of(cast.officer)
    good = ticket_of(cast.officer, store)
    old = ticket_of(cast.officer, store, ago_s=31)
    other = ticket_of(cast.outsider, store)  # another's session

    async def story() -> None:
        async with live() as (_, port):
            for ticket in ("", "nonsense", old, other, good[:-3] + "AAA"):
                page = await Listener.open(port, ticket)
                assert page.status == 401, ticket
            foreign = await Listener.open(port, good, origin="http://evil.example")
            assert foreign.status == 403
            wrong = await Listener.open(port, good, last="not-a-position")
            assert wrong.status == 400

    run(story())
