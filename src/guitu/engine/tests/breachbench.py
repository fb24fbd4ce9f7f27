"""Run this engine on the shared breach benchmark: its fences and fixes in, its alarms out."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from guitu.engine.columns import SOURCE_CELL, SOURCE_SATELLITE, SOURCE_WIFI, Fixes
from guitu.engine.events import EventKind
from guitu.engine.replay import replay
from guitu.engine.rules import FenceKind, FenceRule, Rules
from guitu.engine.state import State
from guitu.engine.timetable import ALWAYS, Timetable
from guitu.engine.tuning import DEFAULT, Tuning
from guitu.geo.shapes import Area

SOURCES = {"gps": SOURCE_SATELLITE, "wifi": SOURCE_WIFI, "lbs": SOURCE_CELL}


def load(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "breachbench", shared / "breachbench" / "breachbench.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judge(folder: Path, *, tuning: Tuning = DEFAULT, batch: int = 5000) -> Path:
    """Write the engine's alarms beside the benchmark's files."""
    state, rules, names = State(), Rules(), []
    by_device: dict[int, list[FenceRule]] = {}
    for f in json.loads((folder / "fences.json").read_text()):
        table = ALWAYS
        if f["window"]:
            a, b = (int(w[:2]) * 60 + int(w[3:]) for w in f["window"])
            table = Timetable.daily(a, b)
        kind = FenceKind.INCLUSION if f["kind"] == "inclusion" else FenceKind.EXCLUSION
        by_device.setdefault(f["device"], []).append(
            FenceRule(len(names), kind, Area.of([[f["polygon"]]]), table)
        )
        names.append(f["fence"])
    for device, fences in by_device.items():
        rules.set_device(state.slot_of(device), fences=fences)
    rows = [json.loads(line) for line in (folder / "fixes.jsonl").open()]

    def column(key: str, scale: float = 1) -> Any:
        return np.rint(np.array([r[key] for r in rows]) * scale).astype(np.int64)

    fixes = Fixes.of(
        slot=[state.slot_of(r["device"]) for r in rows],
        time_ms=column("t_fix", 1000),
        received_ms=column("t_recv", 1000),
        lon_e7=column("lon", 1e7),
        lat_e7=column("lat", 1e7),
        accuracy_m=[r["acc"] for r in rows],
        speed_kmh=[r["speed"] * 3.6 for r in rows],
        satellites=[r["sats"] if r["src"] == "gps" else -1 for r in rows],
        source=[SOURCES[r["src"]] for r in rows],
        battery_pct=[r["battery"] for r in rows],
    )
    done = replay(fixes, rules, state=state, batch=batch, tuning=tuning)
    standing: dict[int, dict[str, Any]] = {}
    alarms = []
    for e in done.events:
        if e.kind in (EventKind.BREACH_BEGIN, EventKind.BREACH_PAST):
            alarm = {
                "device": e.device_id,
                "fence": names[e.fence_id],
                "raised": rows[e.fix_index]["t_recv"],
                "cleared": None,
            }
            alarms.append(alarm)
            if e.kind == EventKind.BREACH_PAST:
                alarm["cleared"] = alarm["raised"]
            else:
                standing[e.fence_id] = alarm
        elif e.kind == EventKind.BREACH_END:
            standing.pop(e.fence_id)["cleared"] = e.received_ms / 1000
    out = folder / "alarms-guitu.jsonl"
    out.write_text("".join(json.dumps(a) + "\n" for a in alarms))
    return out
