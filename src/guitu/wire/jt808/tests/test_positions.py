"""Positions: real ones, every field, every item of the standard, batches, and both ways."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guitu.wire.jt808 import (
    Malformed,
    decode,
    position_answer,
    position_batch,
    position_of,
    position_report,
    positions_in,
    positions_of,
    read,
)
from guitu.wire.jt808.items import AreaRef, RouteTime, StandardItems, standard_items
from guitu.wire.jt808.position import bcd_of, position_body, time_of
from guitu.wire.jt808.tests import frames as real
from guitu.wire.messages import (
    UNKNOWN_TIME,
    Flag,
    Header,
    Position,
    PositionAnswer,
    Source,
)

FIX = Position(
    datetime(2025, 5, 1, 16, 0, 1, tzinfo=UTC),
    22.576385,
    114.032486,
    True,
    altitude_m=12,
    speed_kmh=4.3,
    course_deg=90,
    satellites=9,
    source=Source.SATELLITE,
)
HEADER = Header("013800138000", 7, 0x0200)


def only(text):
    (position,) = decode(read(bytes.fromhex(text)))
    return position


def test_a_real_report_is_read_in_full():
    position = only(real.BAND_WITH_BATTERY)
    assert (position.lat, position.lon, position.valid) == (22.64483, 114.02938, True)
    # 18:07:22 on the device, whose clock is GMT+8 by the standard.
    assert position.time == datetime(2020, 8, 7, 10, 7, 22, tzinfo=UTC)
    assert (position.satellites, position.battery_pct) == (9, 99)
    assert position.source is Source.SATELLITE
    assert position.extras[0xE7] == bytes(8)


def test_south_and_west_are_negative():
    position = only(real.SOUTH_WEST)
    assert (position.lat, position.lon) == (-25.269608, -57.602956)


def test_a_device_without_a_fix_says_so():
    position = only(real.NO_FIX)
    assert not position.valid
    assert position.source is Source.UNKNOWN
    assert (position.lat, position.lon) == (52.276237, 4.744435)
    assert position.flags == Flag.POWER_LOST


def test_a_band_taken_off_or_shaken_is_seen_in_its_makers_item():
    assert only(real.TAKEN_OFF).flags == Flag.TAMPER
    assert only(real.TAKEN_OFF).battery_pct == 92
    assert only(real.SHAKEN).flags == Flag.VIBRATION


def test_bit_17_is_tamper_before_2019_and_a_blind_spot_since():
    position = only(real.OLD_TAMPER)
    assert Flag.TAMPER in position.flags
    body = position_body(replace(FIX, alarm_bits=1 << 17))
    assert Flag.TAMPER not in position_of(body, version=1).flags


@pytest.mark.parametrize(
    ("bit", "flag"),
    [
        (0, Flag.SOS),
        (4, Flag.RECEIVER_FAULT),
        (5, Flag.RECEIVER_FAULT),
        (6, Flag.RECEIVER_FAULT),
        (7, Flag.LOW_BATTERY),
        (8, Flag.POWER_LOST),
        (28, Flag.MOVING),
        (29, Flag.VIBRATION),
        (31, Flag.TAMPER),
        (1, Flag(0)),
        (20, Flag(0)),
    ],
)
def test_alarm_bits_of_the_standard_become_flags(bit, flag):
    position = position_of(position_body(replace(FIX, alarm_bits=1 << bit)))
    assert position.flags == flag
    assert position.alarm_bits == 1 << bit


def test_every_item_of_the_standard_is_read():
    position = only(real.ALL_ITEMS)
    assert position.satellites == 5
    assert standard_items(position.extras) == StandardItems(
        mileage_km=10.0,
        fuel_l=5.5,
        recorded_speed_kmh=5.6,
        alarm_event=1,
        overspeed=AreaRef(1, 1),
        area=AreaRef(1, 1, True),
        route_time=RouteTime(2, 34, True),
        vehicle_signal_bits=23,
        io_bits=244,
        analog=(242, 0),
        signal=2,
    )
    extras = {0x05: bytes(30), 0x06: b"\xff\xf6", 0x2B: b"\x00\x02\x00\x01", 0x11: b"\x00"}
    items = standard_items(extras)
    assert items.tyre_pressures_pa == (0,) * 30
    assert items.cabin_temperature_c == -10
    assert items.analog == (1, 2)
    assert items.overspeed == AreaRef(0)


def test_an_item_of_another_length_than_the_standards_is_kept_and_not_read():
    position = position_of(position_body(replace(FIX, extras={0x01: b"\x01", 0x30: b"\x01\x02"})))
    assert standard_items(position.extras) == StandardItems()
    assert position.extras == {0x01: b"\x01", 0x30: b"\x01\x02"}


def test_unknown_items_are_kept_raw_and_those_sent_twice_are_joined():
    body = position_body(FIX) + b"\xf7\x02ab\xf7\x01c"
    assert position_of(body).extras == {0xF7: b"abc"}


def test_an_item_cut_off_by_the_end_is_kept_with_what_came():
    assert position_of(position_body(FIX) + b"\xf7\x09ab").extras == {0xF7: b"ab"}
    assert position_of(position_body(FIX) + b"\xf7").extras == {0xF7: b""}
    cut = position_of(position_body(replace(FIX, satellites=None)) + b"\x31\x01")
    assert (cut.satellites, cut.extras) == (None, {0x31: b""})


@pytest.mark.parametrize(
    "bcd", ["000000000000", "251301000000", "250230000000", "2501012460ff", "ffffffffffff"]
)
def test_a_time_that_is_none_is_flagged_and_the_fix_is_kept(bcd):
    body = position_body(FIX)
    position = position_of(body[:22] + bytes.fromhex(bcd) + body[28:])
    assert position.time == UNKNOWN_TIME
    assert Flag.TIME_UNKNOWN in position.flags
    assert position.lat == FIX.lat


def test_coordinates_off_the_earth_are_no_fix():
    body = position_body(FIX)
    position = position_of(body[:8] + (90_000_001).to_bytes(4, "big") + body[12:])
    assert (position.lat, position.lon, position.valid) == (0.0, 0.0, False)


def test_a_report_cut_short_is_refused():
    with pytest.raises(Malformed, match="at least 28 bytes, 27 came"):
        positions_of(0x0200, bytes(27), 0)


def test_a_real_batch_gives_its_positions_in_order():
    frame = read(bytes.fromhex(real.BATCH))
    positions = positions_of(frame.header.msg_id, frame.body, 0)
    assert [position.lat for position in positions] == [12.222222, 13.333333]
    assert all(Flag.BACKLOG in position.flags for position in positions)


def test_of_a_batch_cut_short_the_whole_positions_are_given():
    (sent,) = position_batch(HEADER, [FIX, FIX, FIX])
    body = read(sent).body
    assert len(positions_of(0x0704, body[:-1], 0)) == 2
    with pytest.raises(Malformed, match="none of them is whole"):
        positions_of(0x0704, body[:20], 0)
    assert positions_of(0x0704, b"\x00\x00\x00", 0) == []


def test_a_large_batch_is_divided_and_comes_back_whole():
    fixes = [replace(FIX, time=FIX.time + timedelta(seconds=n)) for n in range(200)]
    sent = position_batch(HEADER, fixes, kind=0)
    assert len(sent) > 5
    positions = positions_in(b"".join(sent))
    assert decode(read(b"".join(sent))) == positions
    assert positions_in(sent[0]) == []
    assert [position.time for position in positions] == [fix.time for fix in fixes]


def test_an_answer_to_a_query_names_the_query():
    answer, position = decode(read(position_answer(HEADER, FIX, answers_serial=12345)))
    assert isinstance(answer, PositionAnswer)
    assert (answer.answers_serial, position) == (12345, FIX_AS_READ)
    answer, _ = decode(read(bytes.fromhex(real.POSITION_ANSWER)))
    assert answer.answers_serial == 12345


FIX_AS_READ = replace(FIX, status_bits=2)

positions = st.builds(
    Position,
    time=st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)).map(
        lambda time: time.replace(microsecond=0, tzinfo=UTC)
    ),
    lat=st.integers(-90_000_000, 90_000_000).map(lambda n: n / 1e6),
    lon=st.integers(-180_000_000, 180_000_000).map(lambda n: n / 1e6),
    valid=st.booleans(),
    altitude_m=st.integers(-400, 9000),
    speed_kmh=st.integers(0, 65535).map(lambda n: n / 10),
    course_deg=st.integers(0, 360),
    satellites=st.none() | st.integers(0, 255),
    battery_pct=st.none() | st.integers(0, 100),
    # Without bit 17: as tamper it is sent again as bit 31, which every edition understands.
    alarm_bits=st.integers(0, 0xFFFFFFFF).map(lambda bits: bits & ~(1 << 17)),
    status_bits=st.integers(0, 0xFFFFFFFF),
    extras=st.dictionaries(
        st.integers(0, 255).filter(lambda item: item not in (0x31, 0xE4, 0xEB)),
        st.binary(max_size=600),
        max_size=3,
    ),
)


@given(positions, st.sampled_from([0, 1]))
def test_a_position_comes_back_as_it_was_sent(position, version):
    header = replace(HEADER, version=version)
    body = position_body(position)
    found = position_of(body, version=version)
    for field in ("time", "lat", "lon", "valid", "altitude_m", "speed_kmh", "course_deg"):
        assert getattr(found, field) == getattr(position, field)
    assert (found.satellites, found.battery_pct) == (position.satellites, position.battery_pct)
    assert found.alarm_bits == position.alarm_bits
    assert {k: v for k, v in found.extras.items() if k != 0xE4} == position.extras
    # What was read is sent again as the same bytes' worth: reading that changes nothing more.
    assert position_of(position_body(found), version=version) == found
    if len(body) < 1000:
        assert decode(read(position_report(header, position))) == [found]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lat": 90.1}, "no place on the earth"),
        ({"lon": float("nan")}, "no place on the earth"),
        ({"time": datetime(2100, 1, 2, tzinfo=UTC)}, "2000 to 2099"),
        ({"extras": {256: b""}}, "no number of one byte"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_value(change, words):
    with pytest.raises(Malformed, match=words):
        position_body(replace(FIX, **change))


def test_a_time_goes_out_in_china_time_and_comes_back():
    time = datetime(2024, 12, 31, 20, 0, tzinfo=UTC)
    assert bcd_of(time).hex() == "250101040000"
    assert time_of(bcd_of(time)) == time
