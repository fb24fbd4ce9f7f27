"""A backup and its way back: database, files, unconsumed stream; the keys go apart.

The stream is saved before the database. What was acknowledged before the backup began is then in
one of the two: consumed since, it is in the database; not yet, it is in the snapshot. A worker that
meets a report twice after a restore knows it by its offset.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nats
import psycopg

from guitu.config import Settings, database_address
from guitu.gateway import streams
from guitu.ops import keyfile, snapshots
from guitu.ops.places import data_folder, programs, run_as
from guitu.ops.reach import reach
from guitu.tracking import offsets
from guitu.wire import envelope

FORMAT = 1
STREAMS = (
    envelope.STREAM_REPORTS,
    envelope.STREAM_NOTICES,
    envelope.STREAM_COMMANDS,
    envelope.STREAM_ANSWERS,
    f"KV_{envelope.BUCKET_REGISTRY}",
)
#: What of a home is not copied: it is dumped otherwise, goes apart, or belongs to one run.
LEFT_OUT = frozenset({"postgres", "nats", "keys", "run", "log", "static"})

#: The published heads of the audit, within a home.
HEADS = "audit/heads.jsonl"

Say = Callable[[str], None]


class BackupError(RuntimeError):
    """The backup cannot be made or brought back; the message says why."""


def make(settings: Settings, target: Path, *, say: Say) -> dict[str, Any]:
    """Write a backup of ``settings.home`` into the new folder ``target``; returns its manifest."""
    if target.exists():
        raise BackupError(f"{target} exists already: name a folder that does not.")
    if target.absolute().is_relative_to(settings.home):
        raise BackupError(f"{target} lies in the home it would save: name a folder elsewhere.")
    draft = target.with_name(f".{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    try:
        # Before the dump: seals younger than these heads are published anew after a restore, but heads
        # younger than the dump would say that the database was cut off.
        heads = _heads(settings.home)
        with reach(settings) as addresses:
            say("saving the stream")
            saved = asyncio.run(_save_streams(addresses.nats_url, draft))
            say("saving the database")
            _dump(addresses.owner_url, draft / "database.dump")
        say("saving the files")
        _pack(settings.home, draft / "home.tar.gz", heads=heads)
        parts = [
            {"name": path.name, "bytes": path.stat().st_size, "sha256": _sha256(path)}
            for path in sorted(draft.iterdir())
        ]
        manifest = {
            "format": FORMAT,
            "guitu": version("guitu"),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "mode": settings.mode,
            "shards": settings.shards,
            "streams": saved,
            "keys_needed": sorted(set(keyfile.gather(settings.home)) - keyfile.REPLACEABLE),
            "parts": parts,
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=2)
        (draft / "manifest.json").write_text(text + "\n", "utf-8")
        _settle(draft)
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return manifest


def read_manifest(source: Path) -> dict[str, Any]:
    """The manifest of a backup, with every part's digest checked. Raises :class:`BackupError`."""
    try:
        manifest: dict[str, Any] = json.loads((source / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BackupError(f"{source} is no backup of Guitu: {error}.") from error
    if manifest.get("format") != FORMAT:
        raise BackupError(
            f"The backup has format {manifest.get('format')}, this Guitu reads {FORMAT}: restore it "
            f"with the version that made it ({manifest.get('guitu')})."
        )
    for part in manifest["parts"]:
        path = source / part["name"]
        if not path.exists():
            raise BackupError(f"{path} is missing: the backup is not whole.")
        if _sha256(path) != part["sha256"]:
            raise BackupError(f"{path} was altered or damaged: its digest is not the manifest's.")
    return manifest


def restore(
    settings: Settings, source: Path, *, keys: dict[str, bytes] | None, say: Say
) -> dict[str, Any]:
    """Bring the backup in ``source`` back into the empty home of ``settings``."""
    say("checking the backup")
    manifest = read_manifest(source)
    home = settings.home
    taken = [
        str(path)
        for path in (
            data_folder(home, run_as()),
            *(home / name for name in ("nats", "keys", "keys.names", "settings.env")),
        )
        if path.exists()
    ]
    if taken:
        raise BackupError(
            f"{home} is not empty ({', '.join(taken)} exist): remove them if nothing in them is "
            "needed, or name an empty folder with GUITU_HOME."
        )
    home.mkdir(parents=True, exist_ok=True)
    say("bringing back the files")
    _unpack(source / "home.tar.gz", home)
    _forget_replaceable(home)
    if keys is not None:
        keyfile.place(
            {name: key for name, key in keys.items() if name not in keyfile.REPLACEABLE}, home
        )
    with reach(settings) as addresses:
        say("bringing back the database")
        _load(addresses.owner_url, source / "database.dump")
        say("bringing back the stream")
        asyncio.run(_load_streams(addresses.nats_url, source, manifest["streams"]))
        if envelope.STREAM_REPORTS in manifest["streams"]:
            say("joining stream and database")
            _join(addresses.owner_url, addresses.nats_url)
    return manifest


def _join(database_url: str, nats_url: str) -> None:
    """Make the restored stream the one that the restored offsets speak of.

    The messages kept their numbers, the stream has another creation. The database was saved a
    little later and may have committed beyond the stream's last message: the numbers between are
    filled with empty batches, or the next reports would get them and be taken for committed.
    """
    with psycopg.connect(database_url) as db:
        row = db.execute("SELECT to_regclass('tracking_streamoffset')").fetchone()
        if row is None or row[0] is None:
            return
        rows = db.execute("SELECT shard, epoch, sequence FROM tracking_streamoffset").fetchall()
        committed = max((int(sequence) for _, _, sequence in rows), default=0)
        created = asyncio.run(_fill(nats_url, up_to=committed))
        now = datetime.now(UTC)
        lowest = min((int(sequence) for _, _, sequence in rows), default=0)
        offsets.accept_stream(db, creation_id=created, begin=lowest, at=now)
        for shard, epoch, sequence in rows:
            if sequence > lowest:
                mine = offsets.Offset(shard, epoch + 1, lowest)
                offsets.advance(db, [mine], sequence=sequence, at=now)


async def _fill(url: str, *, up_to: int) -> str:
    """Empty batches until message ``up_to`` exists; returns the stream's creation id."""
    empty = envelope.Batch(v=envelope.VERSION, shard=0, gateway="restore", reports=[])
    async with _connected(url) as client:
        stream = client.jetstream(timeout=10)
        last = (await stream.stream_info(envelope.STREAM_REPORTS)).state.last_seq
        while last < up_to:
            acknowledged = await stream.publish(envelope.reports_subject(0), envelope.encode(empty))
            last = acknowledged.seq
        return streams.creation_id(await stream.stream_info(envelope.STREAM_REPORTS))


# --- database --------------------------------------------------------------------------------


def _client(url: str, name: str) -> tuple[list[str], dict[str, str]]:
    """A PostgreSQL program with its address; the password goes through the environment."""
    address = database_address(url)
    parts = urlsplit(url)
    # The wheel's programs speak no TLS: a server that wants it needs the system's.
    own = programs(None) / name
    system = shutil.which(name)
    wants_tls = address.options.get("sslmode", "disable") not in ("disable", "allow", "prefer")
    program = system if wants_tls and system else str(own)
    host = parts.netloc.rpartition("@")[2]
    bare = parts._replace(netloc=f"{parts.username}@{host}").geturl()
    return [program, "--dbname", bare], {**os.environ, "PGPASSWORD": address.password}


def _dump(url: str, target: Path) -> None:
    command, environ = _client(url, "pg_dump")
    _run(
        [
            *command,
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--file={target}",
        ],
        environ,
    )


def _load(url: str, source: Path) -> None:
    command, environ = _client(url, "pg_restore")
    _run(
        [
            *command,
            "--no-owner",
            "--no-privileges",
            "--no-comments",
            "--exit-on-error",
            "--single-transaction",
            str(source),
        ],
        environ,
    )


def _run(command: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(command, env=environ, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise BackupError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-1500:]}")


# --- stream ----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _connected(url: str) -> Any:
    client = await nats.connect(
        url, connect_timeout=5, max_reconnect_attempts=3, reconnect_time_wait=0.2
    )
    try:
        yield client
    finally:
        await client.close()


async def _save_streams(url: str, folder: Path) -> dict[str, Any]:
    async with _connected(url) as client:
        known = {info.config.name for info in await client.jetstream(timeout=10).streams_info()}
        return {
            name: await snapshots.save(client, name, folder / f"stream-{name}.snapshot")
            for name in STREAMS
            if name in known
        }


async def _load_streams(url: str, folder: Path, heads: dict[str, Any]) -> None:
    async with _connected(url) as client:
        for name, head in heads.items():
            await snapshots.load(client, name, folder / f"stream-{name}.snapshot", head)


# --- files -----------------------------------------------------------------------------------


def _kept(home: Path) -> Iterator[Path]:
    for path in sorted(home.iterdir()):
        if path.name not in LEFT_OUT and not path.name.startswith("."):
            yield path


def _heads(home: Path) -> bytes:
    """The published heads of the audit as they are now."""
    path = home / HEADS
    return path.read_bytes() if path.exists() else b""


def _pack(home: Path, target: Path, *, heads: bytes) -> None:
    with tarfile.open(target, "w:gz", compresslevel=6) as archive:
        for path in _kept(home):
            archive.add(path, arcname=path.name, filter=_plain)
        member = tarfile.TarInfo(HEADS)
        member.size, member.mode = len(heads), 0o600
        archive.addfile(member, io.BytesIO(heads))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out what is neither file nor folder (a socket, a link), and the heads, saved earlier."""
    if member.name == HEADS:
        return None
    return member if member.isfile() or member.isdir() else None


def _unpack(source: Path, home: Path) -> None:
    """Plain files and folders only, and only inside ``home``.

    By hand: the standard library's filter came with Python 3.11.4, and Debian 12 has 3.11.2.
    """
    root = home.resolve()
    with tarfile.open(source, "r:gz") as archive:
        for member in archive:
            path = (root / member.name).resolve()
            if not path.is_relative_to(root) or not (member.isfile() or member.isdir()):
                raise BackupError(f"{source} holds {member.name!r}, which no backup of Guitu does.")
            if member.isdir():
                path.mkdir(mode=member.mode & 0o755, parents=True, exist_ok=True)
                continue
            content = archive.extractfile(member)
            assert content
            path.parent.mkdir(parents=True, exist_ok=True)
            with content, path.open("xb") as out:
                shutil.copyfileobj(content, out)
            path.chmod(member.mode & 0o755)


def _forget_replaceable(home: Path) -> None:
    ledger = home / "keys.names"
    if ledger.exists():
        names = ledger.read_text("ascii").split()
        kept = [name for name in names if name not in keyfile.REPLACEABLE]
        ledger.write_text("".join(f"{name}\n" for name in kept), "ascii")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(folder: Path) -> None:
    """Have everything on the disk before the folder gets its name."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
