"""District boundaries for drawings on the server: the same file that the browser's map reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

Ring = tuple[tuple[float, float], ...]
FOLDER = Path(__file__).resolve().parent / "static" / "ui" / "geo"
FILE = FOLDER / "districts.json"


@dataclass(frozen=True, slots=True)
class District:
    """A district or a neighbour: outer rings of (lon, lat), WGS-84, and where its name stands."""

    code: str
    name: str
    name_en: str
    kind: str
    rings: tuple[Ring, ...]
    label: tuple[float, float]


@lru_cache(maxsize=1)
def districts() -> tuple[District, ...]:
    """All that was built; none when ``python -m guitu.ui.assets`` has not run (maps stay plain)."""
    if not FILE.exists():
        return ()
    found = []
    for feature in json.loads(FILE.read_text(encoding="utf-8"))["features"]:
        properties, geometry = feature["properties"], feature["geometry"]
        areas = (
            [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        )
        found.append(
            District(
                code=properties["code"],
                name=properties["name"],
                name_en=properties["name_en"],
                kind=properties["kind"],
                rings=tuple(tuple((x, y) for x, y in area[0]) for area in areas),
                label=(properties["label"][0], properties["label"][1]),
            )
        )
    return tuple(found)
