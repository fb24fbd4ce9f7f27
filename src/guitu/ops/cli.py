"""The command line ``guitu``.

Each command lives in ``guitu/ops/commands/<name>.py`` as an object called ``command`` and is
imported only when it is called, so that `guitu status` does not load what `guitu bench` needs.
Exit codes: 0 good, 1 something was found wrong, 2 misuse.
"""

from __future__ import annotations

import importlib
import sys

import click

#: Name → what `guitu --help` says, in the order of a life.
COMMANDS = {
    "up": "Start everything and look after it until Ctrl-C.",
    "stop": "Stop the copy that runs on this home.",
    "status": "Show how every part is.",
    "settings": "Show every setting, its type, value and source.",
    "migrate": "Bring the database's tables up to date.",
    "createadmin": "Make the three separated administrators.",
    "demo": "Fill an empty database with a fictional city.",
    "replay": "Walk a recorded trace through a real socket.",
    "decode": "Decode frames from standard input.",
    "check": "Check the invariants of the data and the audit chain.",
    "bench": "Measure this machine.",
    "backup": "Write a backup, and its keys apart.",
    "restore": "Bring a backup back into an empty home.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"guitu.ops.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="guitu")
def guitu() -> None:
    """Guitu (归途): community corrections for a city."""


def main() -> None:
    """Entry point: turns our own errors into sentences and exit codes."""
    from guitu.config import KeyMissing, SettingsError

    try:
        guitu.main(prog_name="guitu")
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(2)
    except KeyMissing as error:
        click.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
