"""``make shots``: screenshots of every page into ``./shots/``, to be looked at as a critic would.

Both languages, two sizes, light and dark; the city is the one of the browser tests.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def main() -> int:
    """Run the module of the browser tests that takes them; 1 when a page could not be taken."""
    import pytest

    folder = Path(os.environ.get("GUITU_SHOTS") or ROOT / "shots").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["GUITU_SHOTS"] = str(folder)
    os.chdir(ROOT)
    code = pytest.main(["-q", "--no-header", "--durations=0", "tests/browser/test_shots.py"])
    print(f"{len(list(folder.glob('*.png')))} screenshots in {folder}")
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
