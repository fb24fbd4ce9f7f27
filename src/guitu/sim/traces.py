"""Recorded traces: GeoLife `.plt`, GPX `.gpx` and `.csv`, read into points in WGS-84 and UTC.

- `.plt` (Microsoft Research GeoLife 1.3): six header lines, then latitude, longitude, 0, altitude
  in feet (-777: unknown), days since 1899-12-30, date, time; all in GMT.
- `.gpx` (GPX 1.0 and 1.1): track points with a time, in the order written; speed in m/s.
- `.csv`: a header line with time, lat, lon and, if known, alt, speed (km/h), course, accuracy (m),
  satellites; times in ISO 8601, UTC where no zone is written.

Files come from anywhere, so all are bounded: size, points, depth; a GPX with a DTD or entities is
refused. A refusal names file, line, value and remedy.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

LARGEST_BYTES = 64 * 2**20
MOST_POINTS = 1_000_000
DEEPEST = 32
LONGEST_TEXT = 200
LONGEST_LINE = 4_000
ENDINGS = (".plt", ".gpx", ".csv")

_FOOT_M = 0.3048
_NO_ALTITUDE_FT = -777
_PLT_HEADER_LINES = 6


class TraceError(ValueError):
    """The file can't be replayed; the message names the file, the line, the value and the remedy."""


@dataclass(frozen=True, slots=True)
class TracePoint:
    """One recorded fix: aware UTC, WGS-84 degrees; None is "not recorded"."""

    time: datetime
    lat: float
    lon: float
    altitude_m: float | None = None
    speed_kmh: float | None = None
    course_deg: float | None = None
    accuracy_m: float | None = None
    satellites: int | None = None


def read_trace(path: Path) -> list[TracePoint]:
    """The points of a trace in the order written. Raises :class:`TraceError`."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise TraceError(
            f"{path.name}: the ending {ending!r} is no trace's; give a file that ends in "
            + ", ".join(ENDINGS)
        )
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise TraceError(
                f"{path.name} has {size} bytes; at most {LARGEST_BYTES} are read: cut it in pieces"
            )
        reader = {".plt": _read_plt, ".gpx": _read_gpx, ".csv": _read_csv}[ending]
        points = reader(path)
    except OSError as error:
        raise TraceError(
            f"{path} cannot be read ({error.strerror}): check name and rights"
        ) from error
    if not points:
        raise TraceError(f"{path.name} holds no point with a time: choose another file")
    return points


# ── fields ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Place:
    """Where in which file we are, for messages."""

    name: str
    line: int = 0

    def wrong(self, what: str, value: object, remedy: str) -> NoReturn:
        shown = str(value)
        if len(shown) > 60:
            shown = shown[:60] + "…"
        raise TraceError(f"{self.name} line {self.line}: {what} {shown!r} is wrong: {remedy}")

    def number(self, text: str, what: str, *, low: float, high: float) -> float:
        try:
            value = float(text)
        except ValueError:
            self.wrong(what, text, "write a decimal number")
        if not math.isfinite(value) or not low <= value <= high:
            self.wrong(what, text, f"it lies between {low:g} and {high:g}")
        return value

    def maybe(self, text: str | None, what: str, *, low: float, high: float) -> float | None:
        if text is None or not text.strip():
            return None
        return self.number(text.strip(), what, low=low, high=high)

    def time(self, text: str) -> datetime:
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            self.wrong("time", text, "write it like 2026-03-01T08:30:00Z")
        if value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
        try:
            return value.astimezone(UTC)
        except OverflowError:
            self.wrong("time", text, "write a year between 2 and 9998")

    def add(self, points: list[TracePoint], point: TracePoint) -> None:
        if len(points) >= MOST_POINTS:
            raise TraceError(
                f"{self.name} line {self.line}: more than {MOST_POINTS} points: cut it in pieces"
            )
        points.append(point)


def _lines(path: Path, place: _Place) -> Iterator[str]:
    with path.open("rb") as source:
        while raw := source.readline(LONGEST_LINE + 1):
            place.line += 1
            if len(raw) > LONGEST_LINE:
                place.wrong(
                    "a line that begins", raw[:20], f"lines have at most {LONGEST_LINE} bytes"
                )
            try:
                text = raw.decode("utf-8-sig" if place.line == 1 else "utf-8")
            except UnicodeDecodeError:
                place.wrong("the text", raw[:40], "save the file as UTF-8")
            if "\0" in text:
                place.wrong("the text", text[:20], "this is no text file")
            yield text.rstrip("\r\n")


# ── formats ──────────────────────────────────────────────────────────────────────────────────────


def _read_plt(path: Path) -> list[TracePoint]:
    place = _Place(path.name)
    points: list[TracePoint] = []
    for text in _lines(path, place):
        if place.line <= _PLT_HEADER_LINES or not text.strip():
            continue
        fields = text.split(",")
        if len(fields) != 7:
            place.wrong("the line", text, "a GeoLife line has seven fields")
        feet = place.number(fields[3], "altitude", low=-100_000, high=1_000_000)
        point = TracePoint(
            time=place.time(f"{fields[5].strip()}T{fields[6].strip()}"),
            lat=place.number(fields[0], "latitude", low=-90, high=90),
            lon=place.number(fields[1], "longitude", low=-180, high=180),
            altitude_m=None if round(feet) == _NO_ALTITUDE_FT else feet * _FOOT_M,
        )
        place.add(points, point)
    return points


def _read_csv(path: Path) -> list[TracePoint]:
    place = _Place(path.name)
    rows = csv.reader(_lines(path, place), strict=True)
    points: list[TracePoint] = []
    try:
        head = [name.strip().lower() for name in next(rows, [])]
        missing = [name for name in ("time", "lat", "lon") if name not in head]
        if missing:
            place.wrong(
                "the header",
                ",".join(head),
                f"{', '.join(missing)} is missing; write time,lat,lon and, if known, "
                "alt,speed,course,accuracy,satellites",
            )
        for fields in rows:
            if not fields:
                continue
            if len(fields) != len(head):
                place.wrong("the line", ",".join(fields), f"the header has {len(head)} fields")
            row = dict(zip(head, fields, strict=True))
            satellites = place.maybe(row.get("satellites"), "satellites", low=0, high=255)
            point = TracePoint(
                time=place.time(row["time"].strip()),
                lat=place.number(row["lat"], "latitude", low=-90, high=90),
                lon=place.number(row["lon"], "longitude", low=-180, high=180),
                altitude_m=place.maybe(row.get("alt"), "altitude", low=-20_000, high=100_000),
                speed_kmh=place.maybe(row.get("speed"), "speed", low=0, high=6_500),
                course_deg=place.maybe(row.get("course"), "course", low=0, high=360),
                accuracy_m=place.maybe(row.get("accuracy"), "accuracy", low=0, high=1_000_000),
                satellites=None if satellites is None else int(satellites),
            )
            place.add(points, point)
    except csv.Error as error:
        place.wrong("the line", error, "write one record a line, quotes closed")
    return points


def _read_gpx(path: Path) -> list[TracePoint]:
    handler = _Gpx(_Place(path.name))
    parser: Any = DefusedExpatParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    parser.setContentHandler(handler)
    try:
        with path.open("rb") as source:
            parser.parse(source)
    except DefusedXmlException as error:
        raise TraceError(
            f"{path.name}: it declares a document type or entities ({type(error).__name__}), "
            "which a trace never needs: remove the DOCTYPE"
        ) from error
    except SAXParseException as error:
        raise TraceError(
            f"{path.name} line {error.getLineNumber()}: {error.getMessage()}: this is no whole XML"
        ) from error
    except (UnicodeError, LookupError) as error:
        raise TraceError(
            f"{path.name}: its encoding is wrong ({error}): save it as UTF-8"
        ) from error
    return handler.points


class _Gpx(ContentHandler):
    """Track points as they come by; nothing else is kept, so memory is the points' alone."""

    def __init__(self, place: _Place) -> None:
        super().__init__()
        self.place = place
        self.points: list[TracePoint] = []
        self._locator: Any = None
        self._stack: list[str] = []
        self._text: list[str] | None = None
        self._size = 0
        self._at: tuple[str, str, int] | None = None
        self._fields: dict[str, str] = {}

    def setDocumentLocator(self, locator: Any) -> None:
        self._locator = locator

    def startElement(self, name: str, attrs: Any) -> None:
        self._here()
        local = name.rpartition(":")[2]
        if not self._stack and local != "gpx":
            self.place.wrong("the root element", name, "a GPX file begins with <gpx>")
        self._stack.append(local)
        if len(self._stack) > DEEPEST:
            self.place.wrong("the element", name, f"it lies more than {DEEPEST} levels deep")
        if local == "trkpt":
            self._at = (attrs.get("lat", ""), attrs.get("lon", ""), self.place.line)
            self._fields = {}
        elif self._at and local in ("time", "ele", "speed", "course", "sat"):
            self._text, self._size = [], 0

    def characters(self, content: str) -> None:
        if self._text is not None:
            self._size += len(content)
            if self._size > LONGEST_TEXT:
                self._here()
                self.place.wrong("the text", content[:40], f"it has more than {LONGEST_TEXT} signs")
            self._text.append(content)

    def endElement(self, name: str) -> None:
        local = self._stack.pop()
        if self._text is not None:
            # Extensions may hold a second speed; the standard's own comes first.
            self._fields.setdefault(local, "".join(self._text).strip())
            self._text = None
        if local == "trkpt" and self._at:
            self._point(*self._at)
            self._at = None

    def _point(self, lat: str, lon: str, line: int) -> None:
        place, fields = self.place, self._fields
        place.line = line
        if not fields.get("time"):
            place.wrong("the track point", f"{lat},{lon}", "it has no time: export with times")
        speed = place.maybe(fields.get("speed"), "speed", low=0, high=1_800)
        satellites = place.maybe(fields.get("sat"), "satellites", low=0, high=255)
        point = TracePoint(
            time=place.time(fields["time"]),
            lat=place.number(lat, "latitude", low=-90, high=90),
            lon=place.number(lon, "longitude", low=-180, high=180),
            altitude_m=place.maybe(fields.get("ele"), "height", low=-20_000, high=100_000),
            speed_kmh=None if speed is None else speed * 3.6,
            course_deg=place.maybe(fields.get("course"), "course", low=0, high=360),
            satellites=None if satellites is None else int(satellites),
        )
        place.add(self.points, point)

    def _here(self) -> None:
        if self._locator is not None:
            self.place.line = self._locator.getLineNumber() or 0
