"""Backup and restore: everything as it was, nothing readable without the keys, damage named."""

import asyncio
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import nats
import psycopg
import pytest

from guitu.config import load
from guitu.ops import backup, keyfile
from guitu.ops.nats import ensure_streams_now
from guitu.ops.places import SYSTEM_FOLDER, data_folder, run_as
from guitu.ops.reach import reach

PASSPHRASE = "five words make it long"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for name in ("old", "new"):
        folder = data_folder(tmp_path / name, run_as())
        if folder.is_relative_to(SYSTEM_FOLDER):
            shutil.rmtree(folder.parent, ignore_errors=True)


def _guitu(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "guitu.ops.cli", *arguments],
        env={"GUITU_HOME": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


async def _publish(url: str) -> None:
    client = await nats.connect(url)
    js = client.jetstream()
    for number in range(1, 21):
        await js.publish(f"reports.{number % 4}", b"report %d" % number)
    # The worker purges what it has consumed; that must be in no backup.
    await js.purge_stream("REPORTS", seq=6)
    await client.close()


async def _stream(url: str) -> tuple[int, int, bytes]:
    client = await nats.connect(url)
    js = client.jetstream()
    state = (await js.stream_info("REPORTS")).state
    message = await js.get_msg("REPORTS", 17)
    await client.close()
    return state.first_seq, state.last_seq, message.data or b""


def test_all_comes_back_and_without_the_keys_it_says_so(place: Path) -> None:
    old, new = place / "old", place / "new"
    settings = load({"GUITU_HOME": str(old)})
    cipher = settings.secret("cipher")
    (old / "files").mkdir()
    (old / "files" / "photograph.jpg").write_bytes(os.urandom(5000))
    photograph = (old / "files" / "photograph.jpg").read_bytes()
    with reach(settings) as addresses:
        with psycopg.connect(addresses.owner_url) as db:
            db.execute("CREATE TABLE person (name text)")
            db.execute("INSERT INTO person VALUES ('张小明')")
        ensure_streams_now(addresses.nats_url, max_bytes=64 * 2**20)
        asyncio.run(_publish(addresses.nats_url))
    phrase = place / "phrase"
    phrase.write_text(PASSPHRASE + "\n")
    made = _guitu(
        old,
        *("backup", str(place / "saved"), "--keys", str(place / "keys.guitu")),
        *("--passphrase-file", str(phrase)),
    )
    assert made.returncode == 0, made.stderr
    assert "REPORTS: 15 messages" in made.stdout
    held = b"".join(path.read_bytes() for path in (place / "saved").iterdir())
    assert cipher not in held
    assert cipher not in (place / "keys.guitu").read_bytes()
    assert b"report 5" not in held, "what was consumed has left the stream"
    shutil.rmtree(old)

    back = _guitu(new, "restore", str(place / "saved"))
    assert back.returncode == 1
    assert "The keys are missing (cipher)" in back.stderr
    assert not (new / "keys" / "cipher").exists()
    keys = _guitu(
        new, "restore", "--keys", str(place / "keys.guitu"), "--passphrase-file", str(phrase)
    )
    assert keys.returncode == 0, keys.stderr
    assert (new / "keys" / "cipher").read_bytes() == cipher
    assert (new / "files" / "photograph.jpg").read_bytes() == photograph
    with reach(load({"GUITU_HOME": str(new)})) as addresses:
        with psycopg.connect(addresses.owner_url) as db:
            assert db.execute("SELECT name FROM person").fetchall() == [("张小明",)]
        assert asyncio.run(_stream(addresses.nats_url)) == (6, 20, b"report 17")
    again = _guitu(new, "restore", str(place / "saved"))
    assert again.returncode == 1
    assert "is not empty" in again.stderr

    damaged = place / "saved" / "database.dump"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    refused = _guitu(place / "third", "restore", str(place / "saved"))
    assert refused.returncode == 1
    assert "was altered or damaged" in refused.stderr
    assert not (place / "third").exists()


def test_a_wrong_passphrase_or_an_altered_key_file_is_refused() -> None:
    sealed = keyfile.seal({"cipher": bytes(32)}, PASSPHRASE)
    assert keyfile.unseal(sealed, PASSPHRASE) == {"cipher": bytes(32)}
    with pytest.raises(keyfile.KeyFileError, match="does not fit"):
        keyfile.unseal(sealed, PASSPHRASE + "!")
    with pytest.raises(keyfile.KeyFileError, match="does not fit"):
        keyfile.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), PASSPHRASE)
    with pytest.raises(keyfile.KeyFileError, match="no key file"):
        keyfile.unseal(b"hello", PASSPHRASE)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(keyfile.KeyFileError, match="has 5 characters"):
        keyfile.seal({"cipher": bytes(32)}, "short")


def test_keys_never_overwrite_other_keys(tmp_path: Path) -> None:
    keyfile.place({"cipher": bytes(32), "postgres": bytes(32)}, tmp_path)
    with pytest.raises(keyfile.KeyFileError, match="is another key"):
        keyfile.place({"cipher": bytes(31) + b"1", "new": bytes(32)}, tmp_path)
    assert not (tmp_path / "keys" / "new").exists()
    # The passwords of a machine's own servers stay those of that machine.
    assert keyfile.place({"postgres": bytes(31) + b"1"}, tmp_path) == []


def test_the_keys_cannot_be_put_into_the_backup(place: Path) -> None:
    refused = _guitu(place / "old", "backup", str(place / "b"), "--keys", str(place / "b" / "keys"))
    assert refused.returncode == 2
    assert "must not lie in the backup" in refused.stderr


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "link"])
def test_an_archive_that_would_write_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    member = tarfile.TarInfo(name)
    if name == "link":
        member.type, member.linkname = tarfile.SYMTYPE, "/etc"
    with tarfile.open(tmp_path / "home.tar.gz", "w:gz") as archive:
        archive.addfile(member)
    (tmp_path / "home").mkdir()
    with pytest.raises(backup.BackupError, match="which no backup of Guitu does"):
        backup._unpack(tmp_path / "home.tar.gz", tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []
