"""Commands: sent when the terminal is there, again when it is silent, ended exactly once."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

from nats.js import JetStreamContext

from guitu.wire import envelope as e
from guitu.wire import jt808
from guitu.wire import messages as m

from .harness import City, Node, Terminal, city, position, read, run, until


async def order(
    js: JetStreamContext,
    terminal: str,
    device: int,
    body: e.CommandBody,
    *,
    expires_s: float = 30.0,
    attempts: int = 3,
) -> e.Command:
    """Publish a command the way tracking does."""
    now_ms = time.time_ns() // 1_000_000
    command = e.Command(
        e.VERSION,
        uuid.uuid4().hex,
        device,
        e.canonical(terminal),
        body,
        now_ms,
        now_ms + int(expires_s * 1000),
        attempts,
    )
    await js.publish(
        e.commands_subject(terminal), e.encode(command), headers={"Nats-Msg-Id": command.id}
    )
    return command


async def outcome(here: City, command: e.Command, timeout_s: float = 10.0) -> e.CommandAnswer:
    """The end of a command, and that it has left the open ones."""
    async with asyncio.timeout(timeout_s):
        while True:
            answers = [e.decode_answer(data) for data in await read(here.js, e.STREAM_ANSWERS)]
            mine = [answer for answer in answers if answer.id == command.id]
            if mine:
                break
            await asyncio.sleep(0.05)
        assert len(mine) == 1
        while (await here.js.stream_info(e.STREAM_COMMANDS)).state.messages:
            await asyncio.sleep(0.05)
    return mine[0]


async def asked(band: Terminal, kind: type) -> Any:
    """The next message of that kind from the platform."""
    while not isinstance(message := await band.hear(), kind):
        pass
    return message


def general(band: Terminal, to: m.Message, result: int = 0) -> None:
    assert not isinstance(to, m.Position)
    band.send(jt808.general_answer(to.header, serial=band.header().serial, result=result))


def test_parameters_are_set_and_the_terminals_word_is_recorded(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("51", 1)
            band = await here.terminal("51")
            await band.log_in()
            values = ((0x0029, (30).to_bytes(4, "big")), (0x0001, (60).to_bytes(4, "big")))
            for result, meant in (
                (0, e.Outcome.DONE),
                (1, e.Outcome.FAILED),
                (3, e.Outcome.UNSUPPORTED),
            ):
                command = await order(here.js, "51", 1, e.SetParameters(values))
                message = await asked(band, m.ParametersSet)
                assert message.values == values
                general(band, message, result)
                answer = await outcome(here, command)
                assert (answer.outcome, answer.device, answer.sent) == (meant, 1, 1)

    run(story())


def test_a_query_ends_with_its_own_answer_and_not_with_received(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("52", 2)
            band = await here.terminal("52", version=1)
            await band.log_in()
            command = await order(here.js, "52", 2, e.QueryParameters((0x29,)))
            query = await asked(band, m.ParametersQuery)
            assert query.ids == (0x29,)
            general(band, query)
            reply = m.ParametersAnswer(band.header(), query.header.serial, ((0x29, b"\0\0\0\x1e"),))
            band.send(jt808.encode(reply))
            answer = await outcome(here, command)
            assert answer.outcome is e.Outcome.DONE
            assert answer.parameters == ((0x29, b"\0\0\0\x1e"),)

            command = await order(here.js, "52", 2, e.QueryAttributes())
            query = await asked(band, m.AttributesQuery)
            band.send(
                jt808.encode(
                    m.Attributes(band.header(), 0, "GT", "W1", "B1", "898600", "h1", "f2", 1, 1)
                )
            )
            answer = await outcome(here, command)
            assert answer.claim is not None
            assert answer.claim.firmware == "f2"
            await until(lambda: here.gateway.commands.answered == 2)

    run(story())


def test_a_position_asked_for_goes_the_way_of_reports_and_not_into_the_answer(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("53", 3)
            band = await here.terminal("53")
            await band.log_in()
            command = await order(here.js, "53", 3, e.QueryPosition())
            query = await asked(band, m.PositionQuery)
            frame = jt808.position_answer(
                band.header(), position(1), answers_serial=query.header.serial
            )
            band.send(frame)
            answer = await outcome(here, command)
            assert answer.outcome is e.Outcome.DONE
            assert answer.parameters == ()
            await until(lambda: here.gateway.publisher.counts.reports == 1)
            (report,) = await here.reports()
            assert (report.msg_id, report.frame) == (0x0201, frame)

    run(story())


def test_a_command_waits_for_its_terminal(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("54", 4)
            command = await order(here.js, "54", 4, e.SendText("请与司法所联系"))
            await until(lambda: here.gateway.commands.open == 1)
            band = await here.terminal("54")
            await band.log_in()
            text = await asked(band, m.Text)
            assert text.text == "请与司法所联系"
            general(band, text)
            assert (await outcome(here, command)).outcome is e.Outcome.DONE

    run(story())


def test_commands_to_one_terminal_go_one_after_the_other(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("55", 5)
            band = await here.terminal("55")
            await band.log_in()
            first = await order(here.js, "55", 5, e.SendText("一"))
            second = await order(here.js, "55", 5, e.Track(30, 600))
            text = await asked(band, m.Text)
            assert await band.silent(0.2)
            general(band, text)
            track = await asked(band, m.TrackingControl)
            assert (track.interval_s, track.duration_s) == (30, 600)
            general(band, track)
            assert (await outcome(here, first)).outcome is e.Outcome.DONE
            assert (await outcome(here, second)).outcome is e.Outcome.DONE

    run(story())


def test_a_silent_terminal_is_asked_again_and_then_given_up(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("56", 6)
            band = await here.terminal("56")
            await band.log_in()
            command = await order(here.js, "56", 6, e.SendText("三"), attempts=2)
            one, two = await asked(band, m.Text), await asked(band, m.Text)
            assert one.header.serial != two.header.serial
            answer = await outcome(here, command)
            assert (answer.outcome, answer.sent) == (e.Outcome.NO_ANSWER, 2)

    run(story())


def test_a_command_whose_terminal_never_comes_expires(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            command = await order(here.js, "57", 7, e.SendText("四"), expires_s=0.5)
            answer = await outcome(here, command)
            assert (answer.outcome, answer.sent) == (e.Outcome.EXPIRED, 0)

    run(story())


def test_what_cannot_be_sent_is_refused_with_the_reason(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("58", 8)
            band = await here.terminal("58")
            await band.log_in()
            command = await order(here.js, "58", 8, e.SetParameters(((1, bytes(300)),)))
            answer = await outcome(here, command)
            assert answer.outcome is e.Outcome.REFUSED
            assert "300 bytes" in answer.detail
            command = await order(here.js, "58", 99, e.SendText("五"))
            answer = await outcome(here, command)
            assert "another device" in answer.detail

    run(story())


def test_a_cancelled_command_is_not_sent(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("59", 9)
            await order(here.js, "59", 9, e.SendText("六"))
            await until(lambda: here.gateway.commands.open == 1)
            await here.js.purge_stream(e.STREAM_COMMANDS)
            band = await here.terminal("59")
            await band.log_in()
            assert await band.silent(0.5)
            await until(lambda: here.gateway.commands.open == 0)
            assert await read(here.js, e.STREAM_ANSWERS) == []

    run(story())


def test_a_gateway_that_starts_again_knows_what_is_still_open(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("60", 10)
            band = await here.terminal("60")
            await band.log_in()
            command = await order(here.js, "60", 10, e.SendText("七"))
            await asked(band, m.Text)
        async with city(node.url) as here:
            band = await here.terminal("60")
            await band.log_in()
            general(band, await asked(band, m.Text))
            assert (await outcome(here, command)).outcome is e.Outcome.DONE

    run(story())


def test_an_answer_survives_the_death_of_the_stream(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            await here.admit("62", 12)
            band = await here.terminal("62")
            await band.log_in()
            command = await order(here.js, "62", 12, e.SendText("八"))
            text = await asked(band, m.Text)
            node.kill()
            general(band, text)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(node.start)
            assert (await outcome(here, command, 20)).outcome is e.Outcome.DONE
            later = await order(here.js, "62", 12, e.SendText("九"))
            general(band, await asked(band, m.Text))
            assert (await outcome(here, later, 20)).outcome is e.Outcome.DONE

    run(story())
