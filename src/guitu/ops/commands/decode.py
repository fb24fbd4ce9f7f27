"""``guitu decode``: frames in, JSON out, one line for one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import IO

import click

#: A longer line is cut here: no frame is near it, and memory stays bounded whatever comes.
LONGEST_LINE_BYTES = 256 * 2**10


def lines_of(source: IO[bytes]) -> Iterator[str]:
    """The lines of ``source``, never holding more than :data:`LONGEST_LINE_BYTES` of one."""
    while line := source.readline(LONGEST_LINE_BYTES):
        rest = line
        while not rest.endswith(b"\n") and len(rest) == LONGEST_LINE_BYTES:
            rest = source.readline(LONGEST_LINE_BYTES)
        yield line.decode("utf-8", errors="replace").rstrip("\r\n")


@click.command(name="decode")
@click.option("--protocol", type=click.Choice(["jt808"]), required=True)
@click.argument("source", type=click.File("rb"), default="-")
def command(protocol: str, source: IO[bytes]) -> None:
    """Decode frames, one hexadecimal frame a line; the lines are one connection.

    Writes exactly one JSON object for each line. Exit code 1 when a line could not be decoded.
    """
    from guitu.wire.jt808 import decode_lines

    good = True
    for answer in decode_lines(lines_of(source)):
        good = good and bool(answer["ok"])
        # Flushed each time: a pipe's other end sees an answer before it sends the next frame.
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    sys.exit(0 if good else 1)
