"""The files that a demo city leaves in its home: the terminals' lives, and the known accounts."""

from __future__ import annotations

from pathlib import Path

import msgspec

from guitu.sim.motion import Life

CITY_FILE = "city.json"
ACCOUNTS_FILE = "demo.json"


class CityFile(msgspec.Struct):
    """What the simulated terminals need to know: ``<home>/city.json``."""

    seed: int
    made: str
    lives: list[Life]


def read_city(home: Path) -> CityFile | None:
    """The habits of the demo's wearers; None when no city was made in this home."""
    try:
        return msgspec.json.decode((home / CITY_FILE).read_bytes(), type=CityFile)
    except FileNotFoundError:
        return None
