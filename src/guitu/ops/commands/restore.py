"""``guitu restore``: a backup back into an empty home, or the keys alone."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from guitu.config import settings
from guitu.ops.commands.backup import read_passphrase


@click.command(name="restore")
@click.argument(
    "source", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.option(
    "--keys",
    "keys_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The key file that `guitu backup --keys` wrote.",
)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file whose first line is the passphrase; else it is asked for.",
)
def command(source: Path | None, keys_file: Path | None, passphrase_file: Path | None) -> None:
    """Bring the backup in SOURCE back into an empty home; with --keys alone, only the keys.

    Without the keys the data come back but sensitive columns cannot be read; this is said, and the
    exit code is 1.
    """
    from guitu.ops import backup, keyfile
    from guitu.ops.reach import HomeBusy

    if source is None and keys_file is None:
        raise click.UsageError("Name the backup, or --keys, or both.")
    console = Console(stderr=True)
    missing: list[str] = []
    try:
        keys = None
        if keys_file is not None:
            passphrase = read_passphrase(passphrase_file, confirm=False)
            keys = keyfile.unseal(keyfile.read(keys_file), passphrase)
        if source is None:
            assert keys is not None
            written = keyfile.place(keys, settings.home)
            click.echo(f"keys brought back: {', '.join(written) or 'none was missing'}")
            return
        with console.status("restore") as status:
            manifest = backup.restore(
                settings, source, keys=keys, say=lambda text: status.update(text)
            )
        missing = [
            name for name in manifest["keys_needed"] if not (settings.home / "keys" / name).exists()
        ]
    except (backup.BackupError, keyfile.KeyFileError, HomeBusy, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"The backup of {manifest['created']} is back in {settings.home}.")
    if missing:
        click.echo(
            f"The keys are missing ({', '.join(missing)}): sensitive columns cannot be read and the "
            "audit cannot be sealed on. Bring them back with `guitu restore --keys FILE`.",
            err=True,
        )
        sys.exit(1)
    click.echo("Start it with `guitu up`, then let `guitu check` look at it.")
