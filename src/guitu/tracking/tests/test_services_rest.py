"""Devices, wearings and fences, as sentences."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from guitu.base.models import AuditRecord
from guitu.people.models import CaseEvent, EventKind
from guitu.people.services import Refused
from guitu.tracking.models import (
    Command,
    Device,
    Fence,
    FenceKind,
    FenceVersion,
    Quarantine,
    Wearing,
)
from guitu.tracking.services import devices, fences, wearings
from guitu.tracking.services.fences import Daily, FencePlan, Hours
from guitu.tracking.tests import world as worlds
from guitu.tracking.tests.world import World

SQUARE = '{"type":"Polygon","coordinates":[[[118.7,32.0],[118.8,32.0],[118.8,32.1],[118.7,32.1],[118.7,32.0]]]}'
BOW = '{"type":"Polygon","coordinates":[[[118.7,32.0],[118.8,32.1],[118.8,32.0],[118.7,32.1],[118.7,32.0]]]}'


def plan(**more: object) -> FencePlan:
    values: dict[str, object] = {
        "name": "住所周边",
        "kind": FenceKind.INCLUSION,
        "drawn": fences.circle(118.77, 32.07, radius_m=500),
    } | more
    return FencePlan(**values)  # type: ignore[arg-type]


def test_a_column_of_numbers_goes_into_stock_all_or_none(world: World) -> None:
    body, at = world.cast.body_officer, world.now
    rows = [devices.DeviceFacts(terminal=f"0013800138{n:03d}") for n in range(3)]
    made = devices.add_many(rows, organisation=world.cast.county, by=body, at=at)
    assert [device.terminal for device in made] == ["13800138000", "13800138001", "13800138002"]
    more = [devices.DeviceFacts(terminal="13900139000"), devices.DeviceFacts(terminal="ab/cd")]
    with pytest.raises(Refused, match=r"第2行.*不是终端号"):
        devices.add_many(more, organisation=world.cast.county, by=body, at=at)
    assert not Device.objects.filter(terminal="13900139000").exists()
    with pytest.raises(Refused, match="13800138001已经登记过"):
        devices.add(rows[1], organisation=world.cast.county, by=body, at=at)


def test_a_worn_device_does_not_go_to_repair(world: World) -> None:
    with pytest.raises(Refused, match="先取下"):
        devices.change_state(
            world.device, "repair", reason="表带坏了", by=world.cast.body_officer, at=world.now
        )


def test_an_unknown_terminal_is_admitted_once_with_what_it_showed(world: World) -> None:
    row = Quarantine.objects.create(
        terminal="13711112222", address="10.0.0.1:9", first_seen_at=world.now,
        last_seen_at=world.now, maker="ACME", imei="860000000000001",
    )  # fmt: skip
    made = devices.admit(
        row, organisation=world.cast.county, by=world.cast.body_officer, at=world.now
    )
    assert (made.imei, made.maker, made.state) == ("860000000000001", "ACME", "stock")
    with pytest.raises(Refused, match="已被别人接收"):
        devices.admit(row, organisation=world.cast.county, by=world.cast.body_officer, at=world.now)


def test_a_command_is_queued_with_its_audit_and_taken_back_before_it_leaves(world: World) -> None:
    officer, at = world.cast.officer, world.now
    command = devices.locate(world.device, by=officer, at=at)
    assert (command.kind, command.state) == ("query_position", "queued")
    assert AuditRecord.objects.filter(action="device.command").exists()
    devices.cancel(command, by=officer, at=at)
    with pytest.raises(Refused, match="不能取消"):
        devices.cancel(command, by=officer, at=at)
    devices.set_interval(world.device, 120, by=world.cast.body_officer, at=at)
    assert Device.objects.get(pk=world.device.pk).interval_s == 120
    with pytest.raises(Refused, match="上报间隔"):
        devices.set_interval(world.device, 1, by=world.cast.body_officer, at=at)
    assert Command.objects.filter(device=world.device).count() == 2


def test_nothing_is_worn_without_an_order_in_force(world: World) -> None:
    cast, at = world.cast, world.now
    spare = worlds.device(cast)
    with pytest.raises(Refused, match="没有有效的电子定位决定"):
        wearings.put_on(cast.foreign_case, spare, by=cast.outsider, at=at)
    late = worlds.order_for(cast, cast.foreign_case, start=date(2026, 1, 5), days=30)
    assert late.end < at.date()
    with pytest.raises(Refused, match="没有有效的电子定位决定"):
        wearings.put_on(cast.foreign_case, spare, by=cast.outsider, at=at)
    worlds.order_for(cast, cast.foreign_case, start=at.date() - timedelta(days=3))
    worn = wearings.put_on(cast.foreign_case, spare, by=cast.outsider, at=at)
    assert worn.device.state == "issued"
    line = CaseEvent.objects.get(case=cast.foreign_case, kind=EventKind.WEARING)
    assert spare.terminal in line.text
    assert line.basis == "CCL 29(1)"


def test_a_person_wears_one_device_and_a_device_one_person(world: World) -> None:
    cast, at = world.cast, world.now
    with pytest.raises(Refused, match="已经戴着"):
        wearings.put_on(cast.case, worlds.device(cast), by=cast.officer, at=at)
    worlds.order_for(cast, cast.foreign_case, start=at.date() - timedelta(days=3))
    with pytest.raises(Refused, match="正戴在别人身上"):
        wearings.put_on(cast.foreign_case, world.device, by=cast.outsider, at=at)


def test_taking_off_needs_a_reason_and_happens_once(world: World) -> None:
    officer = world.cast.officer
    with pytest.raises(Refused, match="为什么取下"):
        wearings.take_off(world.wearing, reason=" ", by=officer, at=world.now)
    wearings.take_off(world.wearing, reason="更换", by=officer, at=world.now)
    assert Wearing.objects.get(pk=world.wearing.pk).until == world.now
    with pytest.raises(Refused, match="已经取下"):
        wearings.take_off(world.wearing, reason="更换", by=officer, at=world.now)


def test_a_change_makes_a_new_version_and_keeps_when_the_old_one_applied(world: World) -> None:
    cast, at = world.cast, world.now
    fence = fences.draw(plan(), case=cast.case, organisation=cast.office, by=cast.officer, at=at)
    later = at + timedelta(hours=1)
    fences.change(
        fence, plan(drawn=fences.circle(118.77, 32.07, radius_m=800)), note="搬家",
        by=cast.officer, at=later,
    )  # fmt: skip
    old, new = FenceVersion.objects.filter(fence=fence).order_by("number")
    assert (old.applied_until, new.applied_from, new.applied_until) == (later, later, None)
    assert (old.geometry["radius_m"], new.geometry["radius_m"]) == (500.0, 800.0)
    fences.retire(fence, reason="到期", by=cast.officer, at=later)
    with pytest.raises(Refused, match="已经停用"):
        fences.change(fence, plan(), note="又改", by=cast.officer, at=later)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (BOW, "相交"),
        ('{"type":"Polygon","coordinates":[]}', "没有"),
        (SQUARE.replace("118.8", "179.0"), "公里"),
        ('{"type":"LineString","coordinates":[[1,2],[3,4]]}', "LineString"),
        ("[" * 100_000, "嵌套"),
        ("not json", "JSON"),
        (b"\xff\xfe{}", "UTF-8"),
    ],
)
def test_a_bad_shape_is_refused_in_a_sentence(source: str | bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        fences.polygon(source)


def test_the_declared_datum_moves_the_shape_to_wgs84() -> None:
    there = fences.circle(118.77, 32.07, radius_m=200, datum="gcj02").geometry["coordinates"]
    assert 0.002 < abs(there[0] - 118.77) < 0.01
    assert fences.circle(118.77, 32.07, radius_m=200).geometry["coordinates"] == [118.77, 32.07]


def test_a_curfew_goes_on_over_midnight_and_dates_take_its_place() -> None:
    hours = Hours(
        always=False,
        daily=(Daily((0, 1, 2, 3, 4, 5, 6), 22 * 60, 6 * 60),),
        exceptions=((date(2026, 10, 1), ((0, 1440),)), (date(2026, 10, 2), ())),
    )
    made = hours.to_json()
    assert [6 * 1440 + 1320, 360] in made["weekly"]
    assert made["exceptions"][1] == {"day": "2026-10-02", "intervals": []}
    with pytest.raises(Refused, match="没有任何生效时段"):
        Hours(always=False).to_json()


def test_a_shared_fence_is_assigned_and_taken_back_person_by_person(world: World) -> None:
    cast, at = world.cast, world.now
    fence = fences.draw(plan(), organisation=cast.office, by=cast.officer, at=at)
    people = [cast.person, cast.sister_person]
    assert fences.assign(fence, people, by=cast.officer, at=at) == 2
    assert fences.assign(fence, people, by=cast.officer, at=at) == 0
    subject = Fence.objects.get(pk=fence.pk).subjects.get(person=cast.person)
    fences.unassign(subject, by=cast.officer, at=at + timedelta(minutes=1))
    with pytest.raises(Refused, match="已经不在"):
        fences.unassign(subject, by=cast.officer, at=at)
