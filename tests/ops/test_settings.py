"""Settings: where a value comes from, and what is said about a wrong one."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from guitu.config import KeyMissing, SettingsError, database_address, load, process_mark


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_all_wrong_values_are_refused_together_each_with_its_remedy(home: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(
            {
                "GUITU_HOME": str(home),
                "GUITU_PORT": "70000",
                "GUITU_SHARDS": "0",
                "GUITU_MODE": "test",
                "DATABASE_URL": "mysql://user:hunter2@host/db",
                "GUITU_PUBLIC_ORIGIN": "https://guitu.example.cn/path",
                "GUITU_SHARD": "8",
            }
        )
    text = str(refused.value)
    assert len(refused.value.problems) == 6
    assert "GUITU_PORT='70000' from the environment is wrong: give a port number" in text
    assert "GUITU_SHARDS='0'" in text
    assert "whole number from 1 to 256" in text
    assert "one of demo, production" in text
    assert "GUITU_SHARD is no setting of Guitu" in text
    assert "hunter2" not in text, "an address may hold a password"


def test_two_ports_that_are_equal_are_refused(home: Path) -> None:
    with pytest.raises(SettingsError, match="must differ"):
        load({"GUITU_HOME": str(home), "GUITU_PORT": "8000", "GUITU_LIVE_PORT": "8000"})


def test_the_environment_beats_the_running_copy_beats_the_file_beats_the_default(
    home: Path,
) -> None:
    def source(environ: dict[str, str], name: str) -> tuple[object, str]:
        loaded = load({"GUITU_HOME": str(home)} | environ)
        return next((v.value, v.source) for v in loaded.values if v.spec.name == name)

    (home / "run").mkdir(parents=True)
    assert source({}, "GUITU_PORT") == (8000, "default")
    (home / "settings.env").write_text("# mine\nGUITU_PORT=8001\n")
    assert source({}, "GUITU_PORT") == (8001, f"file {home / 'settings.env'}")
    note = {
        "pid": os.getpid(),
        "mark": process_mark(os.getpid()),
        "settings": {"GUITU_PORT": "8002"},
    }
    (home / "run" / "ports.json").write_text(json.dumps(note))
    assert source({}, "GUITU_PORT") == (8002, "running")
    assert source({"GUITU_PORT": "8003"}, "GUITU_PORT") == (8003, "environment")
    note["mark"] = "0"  # the number was given to another process since
    (home / "run" / "ports.json").write_text(json.dumps(note))
    assert source({}, "GUITU_PORT")[0] == 8001


def test_a_line_of_the_file_that_sets_nothing_is_named(home: Path) -> None:
    home.mkdir()
    (home / "settings.env").write_text("GUITU_PORT=8001\nGUITU_PROT=8002\n")
    with pytest.raises(SettingsError, match=r"settings\.env line 2: 'GUITU_PROT=8002'"):
        load({"GUITU_HOME": str(home)})


def test_a_key_is_made_once_closed_to_others_and_never_made_anew(home: Path) -> None:
    key = load({"GUITU_HOME": str(home)}).secret("cipher")
    path = home / "keys" / "cipher"
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # Another process has no memory of it.
    again = "from guitu.config import load; print(load().secret('cipher').hex())"
    environ = {"GUITU_HOME": str(home), "PATH": os.environ["PATH"]}
    run = [sys.executable, "-c", again]
    done = subprocess.run(run, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == key.hex()
    path.unlink()
    done = subprocess.run(run, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "guitu restore --keys" in done.stderr
    assert not path.exists()


def test_a_cut_key_is_refused(home: Path) -> None:
    (home / "keys").mkdir(parents=True)
    (home / "keys" / "cut").write_bytes(b"short")
    with pytest.raises(KeyMissing, match="holds 5 bytes instead of 32"):
        load({"GUITU_HOME": str(home)}).secret("cut")


def test_a_key_cannot_lie_outside_its_folder(home: Path) -> None:
    with pytest.raises(ValueError, match="no name of a key"):
        load({"GUITU_HOME": str(home)}).secret("../escape")


def test_an_address_is_taken_apart_with_its_escapes() -> None:
    address = database_address("postgresql://u%40x:p%3Aw@db.example:6432/guitu?sslmode=require")
    assert (address.user, address.password, address.port) == ("u@x", "p:w", 6432)
    assert address.options == {"sslmode": "require"}


def test_the_settings_command_hides_passwords_and_misuse_exits_2(home: Path) -> None:
    environ = {
        "GUITU_HOME": str(home),
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgresql://guitu:hunter2@db:5432/guitu",
    }
    guitu = [sys.executable, "-m", "guitu.ops.cli"]

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*guitu, *arguments], env=environ | more, capture_output=True, text=True, check=False
        )

    shown = run("settings", "--json")
    assert shown.returncode == 0
    assert "hunter2" not in shown.stdout
    rows = {row["name"]: row for row in json.loads(shown.stdout)}
    assert rows["DATABASE_URL"]["value"] == "postgresql://guitu:***@db:5432/guitu"
    assert rows["GUITU_SHARDS"] | {"doc": ""} == {
        "name": "GUITU_SHARDS",
        "type": "whole number",
        "value": "8",
        "source": "default",
        "default": "8",
        "doc": "",
    }
    assert run("settings", GUITU_PORT="x").returncode == 2
    assert run("settings", "--no-such-option").returncode == 2
    assert run("nonsense").returncode == 2
