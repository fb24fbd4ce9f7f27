"""A trail as GPX 1.1 or GeoJSON text: every fix, in WGS-84, with its exact time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from guitu.geo.shapes import E7

I4 = npt.NDArray[np.int32]
I8 = npt.NDArray[np.int64]


def iso_utc(time_ms: int) -> str:
    """`2026-06-01T00:00:00.000Z`."""
    at = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def degrees(value_e7: int) -> str:
    """Seven decimals without going through a float: what is stored, digit for digit."""
    sign = "-" if value_e7 < 0 else ""
    return f"{sign}{abs(value_e7) // E7}.{abs(value_e7) % E7:07d}"


def to_gpx(name: str, time_ms: I8, lon_e7: I4, lat_e7: I4) -> str:
    """One track of one segment, fixes in the order given. Characters XML forbids are left out."""
    title = escape("".join(c for c in name if c >= " " and c not in "\ufffe\uffff"))
    points = "".join(
        f'<trkpt lat="{degrees(y)}" lon="{degrees(x)}"><time>{iso_utc(t)}</time></trkpt>\n'
        for t, x, y in zip(time_ms.tolist(), lon_e7.tolist(), lat_e7.tolist(), strict=True)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Guitu" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<trk><name>{title}</name><trkseg>\n{points}</trkseg></trk>\n</gpx>\n"
    )


def to_geojson(name: str, time_ms: I8, lon_e7: I4, lat_e7: I4) -> str:
    """A Feature whose LineString holds every fix and whose property `times` holds their times.

    A trail of one fix is a Point, as GeoJSON asks of a line at least two.
    """
    line = [[x / E7, y / E7] for x, y in zip(lon_e7.tolist(), lat_e7.tolist(), strict=True)]
    geometry: dict[str, object] | None
    if not line:
        geometry = None
    elif len(line) == 1:
        geometry = {"type": "Point", "coordinates": line[0]}
    else:
        geometry = {"type": "LineString", "coordinates": line}
    return json.dumps(
        {
            "type": "Feature",
            "properties": {"name": name, "times": [iso_utc(t) for t in time_ms.tolist()]},
            "geometry": geometry,
        },
        ensure_ascii=False,
    )
