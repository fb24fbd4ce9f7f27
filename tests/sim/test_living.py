"""The living city: days that a person could have, the opening scene, terminals on real sockets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from guitu.sim.borrowed import borrowed
from guitu.sim.geography import M_PER_DEG_LAT, district_of, metres_between, moved, town_centres
from guitu.sim.incidents import Kind, incident_of
from guitu.sim.living import LivingCity
from guitu.sim.load import Load, LoadError, Player
from guitu.sim.motion import Life, Zone, day_of, silences, track
from guitu.sim.opening import AGAIN_AFTER_S, Opening, may_play

from .harness import Node, city, run, until

HOME = town_centres("320106")[2]
MONDAY = date(2026, 3, 2)


def life(**changes: object) -> Life:
    values = {
        "terminal": "15450000007", "seed": 3, "home": HOME, "work": moved(HOME, 3000, 40),
        "haunts": (moved(HOME, 700, 200), moved(HOME, 1500, 300)), "work_from_s": 30_600,
        "work_to_s": 63_000, "interval_s": 30, "version": 1, "curfew": True,
        "zone": Zone(centre=moved(HOME, 600, 90), radius_m=150.0, name="听松小学"),
    } | changes  # fmt: skip
    return Life(**values)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    server = Node(tmp_path / "stream")
    server.start()
    yield server
    server.stop()


def days(count: int) -> list[date]:
    return [MONDAY + timedelta(days=n) for n in range(count)]


def test_a_day_is_the_same_whoever_asks_for_it() -> None:
    at = np.arange(0, 86_400, 60.0)
    first = track(life(), MONDAY, at)
    day_of.cache_clear()
    again = track(life(), MONDAY, at)
    assert np.array_equal(first.lon, again.lon)
    assert np.array_equal(first.battery_pct, again.battery_pct)
    other = track(life(seed=4), MONDAY, at)
    assert not np.array_equal(first.lon, other.lon)


def test_one_moment_is_what_the_whole_day_says_of_it() -> None:
    whole = track(life(), MONDAY, np.arange(0, 86_400, 60.0))
    one = track(life(), MONDAY, np.array([30_000.0]))
    assert one.lat[0] == whole.lat[500]
    assert one.satellites[0] == whole.satellites[500]


def test_nights_are_at_home_and_workdays_at_work() -> None:
    for day in days(28):
        if day_of(life(), day).incident is not None:
            continue
        said = track(life(), day, np.array([3 * 3600.0, 11 * 3600.0, 23.9 * 3600]))
        places = list(zip(said.lon, said.lat, strict=True))
        assert metres_between(places[0], HOME) < 60
        assert metres_between(places[2], HOME) < 60
    at_work = [
        metres_between(
            (track(life(), day, np.array([39_600.0])).lon[0],
             track(life(), day, np.array([39_600.0])).lat[0]),
            life().work,
        ) < 60
        for day in days(28) if day.weekday() < 5
    ]  # fmt: skip
    assert sum(at_work) >= 15


def test_nobody_moves_faster_than_a_bicycle() -> None:
    at = np.arange(0, 86_400, 30.0)
    scale = M_PER_DEG_LAT * np.cos(np.radians(HOME[1]))
    for day in days(40):
        way = day_of(life(), day)
        lon, lat = np.interp(at, way.at_s, way.lon), np.interp(at, way.at_s, way.lat)
        speed = np.hypot(np.diff(lon) * scale, np.diff(lat) * M_PER_DEG_LAT) / 30
        assert speed.max() < 7


def test_trouble_is_rare_and_of_every_kind_there_is_an_occasion_for() -> None:
    found = Counter()
    for n in range(300):
        for day in days(30):
            trouble = incident_of(1, f"1545{n:07d}", day, curfew=True, zone=True, away=True)
            if trouble is not None:
                found[trouble.kind] += 1
                assert 0 <= trouble.at_s < 86_400
    assert set(found) == set(Kind)
    assert 4 < found.total() / 30 < 14
    quiet = [incident_of(1, "1", day, curfew=False, zone=False, away=False) for day in days(400)]
    assert {t.kind for t in quiet if t} <= {Kind.FLAT, Kind.TAMPER, Kind.SOS, Kind.LOST}


def test_a_flat_battery_falls_before_it_is_silent() -> None:
    for n in range(400):
        one = life(terminal=f"1545{n:07d}")
        trouble = day_of(one, MONDAY).incident
        if trouble is not None and trouble.kind is Kind.FLAT:
            said = track(one, MONDAY, np.array([trouble.at_s - 600.0, trouble.at_s - 10.0]))
            assert said.battery_pct.max() < 15
            assert any(begin == trouble.at_s for begin, _ in silences(one, MONDAY))
            return
    raise AssertionError("no flat battery among four hundred")


def test_the_opening_enters_the_zone_between_one_minute_and_a_minute_and_a_half() -> None:
    start = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    scene = Opening.of(life(), starts=start)
    assert scene is not None
    zone = life().zone
    assert zone is not None

    def deep_m(seconds: float) -> float:
        place = scene.place(start + timedelta(seconds=seconds))[:2]
        return zone.radius_m - metres_between(place, zone.centre)

    assert deep_m(15) < -100
    # Two fixes 10 s apart, both further inside than the uncertainty of a good fix.
    assert deep_m(60) > 15
    assert deep_m(70) > 15
    assert deep_m(120) > 100
    assert not scene.over(start + timedelta(minutes=8))
    assert scene.over(start + timedelta(minutes=30))
    assert Opening.of(life(zone=None), starts=start) is None


def test_the_opening_is_not_played_at_every_restart(tmp_path: Path) -> None:
    import time

    assert may_play(tmp_path, now_s=time.time())
    assert not may_play(tmp_path, now_s=time.time())
    assert may_play(tmp_path, now_s=time.time() + AGAIN_AFTER_S + 1)


def test_terminals_report_by_themselves_and_leave_when_borrowed(node: Node, tmp_path: Path) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            lives = []
            for n in range(3):
                await here.admit(f"1545000000{n + 1}", n + 1)
                lives.append(
                    life(terminal=f"1545000000{n + 1}", interval_s=1, version=n % 2, zone=None)
                )
            # At a quiet minute of a day without trouble for any of them.
            noon = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
            while any(
                day_of(each, noon.date()).incident or silences(each, noon.date()) for each in lives
            ):
                noon += timedelta(days=1)
            living = LivingCity(
                lives, host="127.0.0.1", port=here.port, run=tmp_path, clock=lambda: noon,
                opening=False,
            )  # fmt: skip
            stop = asyncio.Event()
            task = asyncio.create_task(living.run(stop))
            await until(lambda: living.figures().online == 3, 30)
            since = living.figures().acknowledged
            # Each reports once a second: after so many, each has done so.
            await until(lambda: living.figures().acknowledged >= since + 6, 30)
            with borrowed("15450000002", run=tmp_path):
                await until(lambda: living.figures().online == 2, 10)
                assert living.figures().away == 1
            stop.set()
            await task
            assert {report.device for report in await here.reports()} == {1, 2, 3}

    run(story())


def test_load_counts_what_it_sends_and_names_who_is_refused(node: Node) -> None:
    async def story() -> None:
        async with city(node.url) as here:
            for n in range(10):
                await here.admit(f"1545000010{n}", n + 1)
            players = [Player(f"1545000010{n}", HOME) for n in range(10)]
            load = Load("127.0.0.1", here.port, players)
            await load.connect()
            figures = await load.run(per_s=200, seconds=1.5, tampers_per_s=2)
            load.close()
            assert figures.sent == figures.acknowledged >= 280
            assert 0 < figures.ack_p50_ms <= figures.ack_p99_ms < 5000
            assert 1 <= len(load.tampered) <= 4
            assert len(await here.reports()) == figures.sent
            stranger = Load("127.0.0.1", here.port, [Player("999", HOME)])
            with pytest.raises(LoadError, match="999"):
                await stranger.connect(patience_s=0)

    run(story())


def test_towns_lie_in_their_district_and_apart() -> None:
    import shapely

    for code in ("320106", "320117"):
        centres = town_centres(code)
        assert len(set(centres)) == len(district_of(code).towns)
        assert all(shapely.contains_xy(district_of(code).polygon, *c) for c in centres)
        gaps = [metres_between(a, b) for a in centres for b in centres if a != b]
        assert min(gaps) > 500
