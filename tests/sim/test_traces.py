"""Recorded traces: what is read, and what is refused with which sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from guitu.sim import traces
from guitu.sim.traces import TraceError, TracePoint, read_trace

PLT_HEAD = "Geolife trajectory\nWGS 84\nAltitude is in Feet\nReserved 3\n0,2,255,My Track,0\n0\n"
GPX = """<?xml version="1.0"?>
<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="32.05" lon="118.78"><ele>12.5</ele><time>2026-03-01T00:30:00Z</time></trkpt>
<trkpt lat="32.06" lon="118.79"><time>2026-03-01T00:30:00.400Z</time><speed>10</speed></trkpt>
</trkseg></trk></gpx>
"""


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refused(folder: Path, name: str, text: str | bytes) -> str:
    with pytest.raises(TraceError) as error:
        read_trace(written(folder, name, text))
    assert name in str(error.value)
    return str(error.value)


def test_a_plt_is_read_with_feet_turned_to_metres(tmp_path: Path) -> None:
    text = PLT_HEAD + (
        "39.9,116.3,0,100,39744.1,2008-10-23,02:53:04\r\n"
        "39.8,116.4,0,-777,39744.1,2008-10-23,02:53:10\r\n"
    )
    points = read_trace(written(tmp_path, "a.plt", text))
    assert points[0].time == datetime(2008, 10, 23, 2, 53, 4, tzinfo=UTC)
    assert points[0].altitude_m == pytest.approx(30.48)
    assert points[1] == TracePoint(points[1].time, 39.8, 116.4, None)


def test_a_gpx_is_read_in_its_order_with_speed_in_kilometres_an_hour(tmp_path: Path) -> None:
    points = read_trace(written(tmp_path, "a.gpx", GPX))
    assert [p.lat for p in points] == [32.05, 32.06]
    assert points[0].altitude_m == 12.5
    assert points[1].speed_kmh == 36
    assert points[1].time.microsecond == 400_000


def test_a_csv_is_read_by_its_header(tmp_path: Path) -> None:
    text = (
        "time,lat,lon,satellites,accuracy\n2026-03-01T08:30:00+08:00,32.1,118.7,9,\n"
        "2026-03-01 00:30:05,32.2,118.8,,15\n"
    )
    first, second = read_trace(written(tmp_path, "a.csv", text))
    assert first.time == datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    assert (first.satellites, first.accuracy_m) == (9, None)
    assert (second.satellites, second.accuracy_m) == (None, 15)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("91,116.3,0,1,1,2008-10-23,02:53:04", "latitude '91'"),
        ("39,nan,0,1,1,2008-10-23,02:53:04", "longitude 'nan'"),
        ("39,116.3,0,1,1,2008-13-23,02:53:04", "time '2008-13-23T02:53:04'"),
        ("39,116.3,0,1,1,2008-10-23", "seven fields"),
        ("x,116.3,0,1,1,2008-10-23,02:53:04", "decimal number"),
    ],
)
def test_a_wrong_line_is_named_with_its_number(tmp_path: Path, line: str, said: str) -> None:
    sentence = refused(tmp_path, "b.plt", PLT_HEAD + line)
    assert "line 7" in sentence
    assert said in sentence


def test_a_gpx_with_entities_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    assert "DOCTYPE" in refused(tmp_path, "b.gpx", GPX.replace("<gpx", bomb + "<gpx", 1))
    outside = '<!DOCTYPE gpx SYSTEM "file:///etc/passwd">'
    assert "DOCTYPE" in refused(tmp_path, "c.gpx", GPX.replace("<gpx", outside + "<gpx", 1))


def test_a_gpx_without_bottom_is_refused(tmp_path: Path) -> None:
    assert "levels deep" in refused(tmp_path, "b.gpx", "<gpx>" + "<a>" * 5000)


def test_a_gpx_point_without_a_time_is_refused_with_its_line(tmp_path: Path) -> None:
    sentence = refused(tmp_path, "b.gpx", GPX.replace("<time>2026-03-01T00:30:00Z</time>", ""))
    assert "line 3" in sentence
    assert "no time" in sentence


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.gpx", "no xml at all"),
        ("a.gpx", GPX[:150]),
        ("a.gpx", "<kml/>"),
        ("a.gpx", b"<?xml version='1.0' encoding='no-such'?><gpx/>"),
        ("a.gpx", b"<gpx>\xff\xfe\xff</gpx>"),
        ("a.gpx", GPX.replace("00:30:00Z", "0" * 500)),
        ("a.csv", "a,b\n1,2\n"),
        ("a.csv", 'time,lat,lon\n"2026'),
        ("a.csv", b"time,lat,lon\n\xff\xff,1,2\n"),
        ("a.csv", "time,lat,lon\n2026-03-01T00:00:00Z,1\n"),
        ("a.csv", "time,lat,lon\n" + "9" * 5000),
        ("a.csv", "time,lat,lon\n\0\n"),
        ("a.csv", "time,lat,lon\n"),
        ("a.plt", PLT_HEAD),
        ("a.txt", "x"),
    ],
)
def test_what_is_no_trace_is_refused_with_a_sentence(
    tmp_path: Path, name: str, content: str | bytes
) -> None:
    assert len(refused(tmp_path, name, content)) > 20


def test_size_and_number_of_points_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "MOST_POINTS", 1)
    assert "cut it in pieces" in refused(tmp_path, "a.gpx", GPX)
    monkeypatch.setattr(traces, "LARGEST_BYTES", 10)
    assert "cut it in pieces" in refused(tmp_path, "b.gpx", GPX)
