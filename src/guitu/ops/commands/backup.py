"""``guitu backup``: database, files and unconsumed stream into a folder; the keys apart."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from rich.console import Console

from guitu.config import settings


def read_passphrase(file: Path | None, *, confirm: bool) -> str:
    """The passphrase from the first line of ``file``, or asked for at the terminal."""
    if file is not None:
        lines = file.read_text("utf-8").splitlines()
        return lines[0] if lines else ""
    return str(click.prompt("Passphrase of the keys", hide_input=True, confirmation_prompt=confirm))


@click.command(name="backup")
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--keys",
    "keys_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the keys go, enciphered. Keep this file apart from the backup.",
)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file whose first line is the passphrase; else it is asked for.",
)
def command(target: Path, keys_file: Path | None, passphrase_file: Path | None) -> None:
    """Write a backup into the new folder TARGET. Works while Guitu runs and while it does not.

    With --keys the keys go into a file of their own under a passphrase; without the keys a backup
    cannot be read. Exit code 1 when it could not be made.
    """
    from guitu.ops import backup, keyfile
    from guitu.ops.reach import HomeBusy

    if keys_file is not None and keys_file.absolute().is_relative_to(target.absolute()):
        raise click.UsageError("The keys must not lie in the backup: name a file elsewhere.")
    if keys_file is not None and keys_file.exists():
        raise click.UsageError(f"{keys_file} exists already: name a file that does not.")
    console = Console(stderr=True)
    try:
        sealed = None
        if keys_file is not None:
            passphrase = read_passphrase(passphrase_file, confirm=True)
            sealed = keyfile.seal(keyfile.gather(settings.home), passphrase)
        with console.status("backup") as status:
            manifest = backup.make(settings, target, say=lambda text: status.update(text))
        if keys_file is not None and sealed is not None:
            handle = os.open(keys_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(sealed)
    except (backup.BackupError, keyfile.KeyFileError, HomeBusy, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    size = sum(part["bytes"] for part in manifest["parts"])
    click.echo(f"{target}: {len(manifest['parts'])} parts, {size / 2**20:.1f} MB")
    for name, head in manifest["streams"].items():
        click.echo(f"  {name}: {head['state']['messages']} messages")
    if keys_file is not None:
        click.echo(f"keys: {keys_file} (keep it apart)")
    elif manifest["keys_needed"]:
        click.echo(
            "The keys are not in it, and without them sensitive columns cannot be read: save them "
            "once with --keys FILE and keep that file apart."
        )
