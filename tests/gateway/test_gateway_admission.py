"""Who may speak: register, authentication, quarantine, conflicts, replaced connections."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from guitu.wire import envelope as e
from guitu.wire import jt808
from guitu.wire import messages as m

from .harness import QUICK, City, Node, city, position, read, run, until


async def settled(here: City, kind: type, count: int = 1) -> list:
    """The notices of a kind, once there are as many."""
    found: list = []
    for _ in range(200):
        found = await here.notices(kind)
        if len(found) >= count:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{len(found)} notices of {kind.__name__}, {count} awaited: {found}")


def test_an_unknown_terminal_waits_in_quarantine_and_leaves_no_content(
    node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            band = await here.terminal("013900000009")
            answer = await band.register(maker="ACME", hardware="X9")
            assert answer.result == 4
            assert await band.authenticate("guess") == jt808.FAILED
            header = band.header()
            frame = jt808.position_report(header, position(3))
            band.send(frame)
            # Acknowledged: it shall not fill its memory with what nobody may keep.
            assert await band.answer_to(header.serial) == 0
            beat = band.header()
            band.send(jt808.encode(m.Heartbeat(beat)))
            assert await band.answer_to(beat.serial) == 0
            await until(lambda: here.gateway.notices.quarantined_messages == 4)
            notice = (await settled(here, e.Quarantined))[-1]
            while notice.messages < 4:
                notice = (await settled(here, e.Quarantined))[-1]
            assert notice.terminal == "13900000009"
            assert notice.address == "127.0.0.1"
            assert (notice.messages, notice.reports) == (4, 1)
            assert notice.claim == e.Claim(manufacturer="ACME", model="W1", hardware="X9")
            assert notice.connected
            assert await here.reports() == []
            for data in await read(here.js, e.STREAM_NOTICES):
                assert frame[13:-2] not in data
            # An officer admits it: it is sent away, comes back and is heard.
            await here.admit("013900000009", 9)
            assert await band.ended()
            again = await here.terminal("013900000009")
            await again.log_in()
            assert await again.answer_to(again.report(4)) == 0
            assert [r.device for r in await here.reports()] == [9]
            assert here.gateway.notices.strangers == 0
            said = capsys.readouterr()
            assert frame.hex()[26:60] not in said.out + said.err
            assert "113.3" not in said.out + said.err

    run(story())


def test_a_known_terminal_is_not_heard_before_it_has_shown_its_code(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("21", 1)
            band = await here.terminal("21")
            assert await band.answer_to(band.report(1)) == jt808.FAILED
            assert (await band.register()).code == "code-21"
            assert await band.answer_to(band.report(1)) == jt808.FAILED
            assert await band.authenticate("code-21") == 0
            assert await band.answer_to(band.report(1)) == 0
            assert len(await here.reports()) == 1

    run(story())


def test_a_device_without_a_code_is_admitted_by_its_number(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("22", 2, auth=None)
            band = await here.terminal("22")
            assert await band.answer_to(band.report(1)) == 0

    run(story())


def test_a_terminal_that_comes_again_replaces_its_old_connection(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("23", 3)
            old = await here.terminal("23")
            await old.log_in()
            new = await here.terminal("23")
            await new.log_in()
            assert await old.ended()
            assert await new.answer_to(new.report(1)) == 0
            new.close()
            notices = await settled(here, e.Presence, 3)
            assert [n.connected for n in notices] == [True, True, False]
            assert notices[-1].device == 3

    run(story())


def test_a_wrong_code_is_a_conflict_and_the_rightful_terminal_stays(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("24", 4)
            band = await here.terminal("24")
            await band.log_in()
            thief = await here.terminal("24", host="127.0.0.3")
            assert await thief.authenticate("guess") == jt808.FAILED
            assert await thief.answer_to(thief.report(1)) == jt808.FAILED
            notice = (await settled(here, e.Conflict))[-1]
            assert notice.kind is e.ConflictKind.AUTH
            assert (notice.device, notice.terminal, notice.address) == (4, "24", "127.0.0.3")
            assert notice.rightful_address.startswith("127.0.0.1:")
            for _ in range(4):
                await thief.authenticate("guess")
            assert await thief.ended()
            assert await band.answer_to(band.report(1)) == 0
            assert len(await here.reports()) == 1

    run(story())


def test_another_imei_or_maker_or_hardware_is_a_conflict(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("25", 5, imei="868120000000001", manufacturer="GT", hardware="B1")
            band = await here.terminal("25", version=1)
            assert (await band.register(maker="XX", hardware="B1")).result == 3
            answer = await band.register(hardware="B2")
            assert (answer.result, answer.code) == (3, "")
            assert (await band.register(hardware="B1")).result == 0
            assert await band.authenticate("code-25", imei="868120000000002") == jt808.FAILED
            assert await band.authenticate("code-25", imei="868120000000001") == 0
            assert await band.answer_to(band.report(1)) == 0
            notices = await settled(here, e.Conflict, 3)
            assert {n.kind for n in notices} == {
                e.ConflictKind.MANUFACTURER,
                e.ConflictKind.HARDWARE,
                e.ConflictKind.IMEI,
            }
            (said,) = await settled(here, e.Identified)
            assert said.device == 5
            assert said.claim.imei == "868120000000001"
            assert said.claim.firmware == "1.0"

    run(story())


def test_who_registers_beside_a_live_terminal_must_be_the_same(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("26", 6)
            band = await here.terminal("26")
            await band.log_in()
            thief = await here.terminal("26", host="127.0.0.3")
            answer = await thief.register(hardware="OTHER")
            assert (answer.result, answer.code) == (3, "")
            assert await band.answer_to(band.report(1)) == 0

    run(story())


def test_a_device_without_a_code_loses_its_place_when_it_says_it_is_another(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("36", 6, auth=None, hardware="B1")
            band = await here.terminal("36")
            assert (await band.register(hardware="B2")).result == 3
            assert await band.answer_to(band.report(1)) == jt808.FAILED
            assert here.gateway.link_of("36") is None
            assert (await settled(here, e.Presence, 2))[-1].reason == "refused"

    run(story())


def test_a_second_number_on_one_connection_ends_it(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("27", 7)
            await here.admit("28", 8)
            band = await here.terminal("27")
            await band.log_in()
            band.number = "000000000028"
            band.report(1)
            assert await band.ended()
            notice = (await settled(here, e.Conflict))[-1]
            assert notice.kind is e.ConflictKind.NUMBER_CHANGED
            assert (notice.device, notice.terminal) == (8, "28")
            assert await here.reports() == []

    run(story())


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"state": e.DeviceState.BLOCKED}, e.RefusalReason.BLOCKED),
        ({"spans": ()}, e.RefusalReason.NO_LAWFUL_SPAN),
        ({"spans": ((0, 1_000),)}, e.RefusalReason.NO_LAWFUL_SPAN),
    ],
)
def test_what_may_not_be_kept_is_acknowledged_dropped_and_counted(
    node: Node, more: dict, reason: e.RefusalReason
) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("29", 9, **more)
            band = await here.terminal("29")
            if reason is e.RefusalReason.NO_LAWFUL_SPAN:
                await band.log_in()
            for n in range(3):
                assert await band.answer_to(band.report(n)) == 0
            await until(lambda: here.gateway.notices.refused == 3)
            counted = 0
            while counted < 3:
                notices = await settled(here, e.Refused)
                counted = sum(n.count for n in notices)
            assert {(n.device, n.reason) for n in notices} == {(9, reason)}
            assert await here.reports() == []

    run(story())


def test_a_change_of_the_register_ends_the_connection(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("31", 1)
            band = await here.terminal("31")
            await band.log_in()
            await here.admit("31", 1, imei="1")
            assert await band.answer_to(band.report(1)) == 0
            await here.admit("31", 1, auth="another")
            assert await band.ended()
            band = await here.terminal("31")
            await band.log_in()
            bucket = await here.js.key_value(e.BUCKET_REGISTRY)
            await bucket.delete(e.registry_key("31"))
            assert await band.ended()
            band = await here.terminal("31")
            assert (await band.register()).result == 4

    run(story())


def test_a_gateway_that_begins_says_so_and_one_that_ends_takes_its_terminals_back(
    node: Node,
) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("34", 4)
            band = await here.terminal("34")
            await band.log_in()
        async with city(node.url) as here:
            assert len(await settled(here, e.Started, 2)) == 2
            came, went = await settled(here, e.Presence, 2)
            assert (came.connected, went.connected) == (True, False)
            assert went.reason == "the gateway stops"

    run(story())


def test_a_terminal_in_quarantine_is_forgotten_when_it_stays_away(node: Node) -> None:
    async def story() -> None:
        async with city(node.url, limits=replace(QUICK, notice_kept_s=0.3)) as here:
            band = await here.terminal("35")
            assert (await band.register()).result == 4
            assert here.gateway.notices.strangers == 1
            await until(lambda: here.gateway.notices.strangers == 0)

    run(story())


def test_quarantine_is_bounded_whatever_is_sent(node: Node) -> None:
    async def story() -> None:
        async with city(node.url, limits=replace(QUICK, notice_rows=20)) as here:
            for n in range(100, 160):
                band = await here.terminal(str(n))
                assert (await band.register()).result == 4
                band.close()
            assert here.gateway.notices.strangers <= 20
            assert here.gateway.notices.quarantined_messages == 60

    run(story())


def test_without_a_register_nobody_is_heard(node: Node) -> None:
    async def story() -> None:
        async with city(node.url, head=False) as here:
            await asyncio.sleep(0.5)
            assert not here.gateway.register.ready.is_set()
            bucket = await here.js.key_value(e.BUCKET_REGISTRY)
            await bucket.put(e.KEY_HEAD, e.encode(e.RegistryHead(1, 0, 0, 0)))
            await until(here.gateway.register.ready.is_set)

    run(story())


def test_the_register_is_kept_through_an_outage_and_followed_after_it(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("32", 2)
            node.kill()
            band = await here.terminal("32")
            await band.log_in()
            serial = band.report(1)
            await asyncio.to_thread(node.start)
            assert await band.answer_to(serial, 10) == 0
            await here.admit("33", 3)
            bucket = await here.js.key_value(e.BUCKET_REGISTRY)
            await bucket.delete(e.registry_key("32"))
            assert await band.ended(10)

    run(story())
