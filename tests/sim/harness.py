"""The gateway's own harness, borrowed: a stream server, a gateway on it, and a register."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_PATH = Path(__file__).resolve().parents[1] / "gateway" / "harness.py"
_spec = importlib.util.spec_from_file_location("guitu_gateway_harness", _PATH)
assert _spec and _spec.loader
_module = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _module
_spec.loader.exec_module(_module)

City = _module.City
Node = _module.Node
city = _module.city
run = _module.run
until = _module.until
