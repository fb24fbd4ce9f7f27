"""Mutated frames against the whole codec: `python -m guitu.wire.jt808.fuzz --count 1000000`.

Every mutant goes through `Stream`, `Assembler`, `decode`, `answer_due` and, in its turn, through
`decode_lines`. Half of them get a right checksum again, or nothing behind it would be reached.
Anything but `Malformed` is a crash. Exits 0 when clean, 1 when something crashed or memory grew.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from guitu.wire.jt808.codec import (
    DELIMITER,
    Frame,
    FrameError,
    Malformed,
    Stream,
    checksum,
    escape,
    frames,
    read,
)
from guitu.wire.jt808.decode_cli import decode_lines
from guitu.wire.jt808.position import batch_body, position_body, positions_of
from guitu.wire.jt808.reading import decode
from guitu.wire.jt808.subpackage import Assembler
from guitu.wire.jt808.writing import answer_due
from guitu.wire.messages import Flag, Header, Position

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RSS_ALLOWED_KB = 8192
"""Growth after the first tenth of a run that is still called none (arenas, caches of enums)."""


@dataclass(slots=True)
class Outcome:
    """What a run saw. `longest_ms` is the slowest mutant; memory is the process's resident set."""

    mutants: int = 0
    frames: int = 0
    refused: int = 0
    wholes: int = 0
    crashes: int = 0
    seconds: float = 0.0
    longest_ms: float = 0.0
    rss_start_kb: int = 0
    rss_end_kb: int = 0
    most_held_bytes: int = 0
    types: dict[str, int] = field(default_factory=dict)
    first_crash: str = ""

    @property
    def clean(self) -> bool:
        return not self.crashes and self.rss_end_kb - self.rss_start_kb <= RSS_ALLOWED_KB


def _position() -> Position:
    return Position(
        datetime(2025, 5, 1, 4, 0, tzinfo=UTC),
        22.576385,
        -114.032486,
        True,
        altitude_m=12,
        speed_kmh=4.3,
        course_deg=90,
        satellites=9,
        battery_pct=80,
        flags=Flag.SOS,
        extras={0x01: b"\x00\x00\x00\x7e", 0x30: b"\x1f", 0x11: b"\x01\x00\x00\x00\x09"},
    )


def samples() -> list[bytes]:
    """Frames of our own of every shape, for a run without a file."""
    position = _position()
    bodies = {
        0x0001: b"\x00\x01\x83\x00\x00",
        0x0002: b"",
        0x0005: b"\x00\x01\x02\x00\x01\x00\x02",
        0x0100: b"\x00\x2c\x01\x2f70111BSJ-GF-06\0\0\0\0\0\0\0\0\0\0\0A000001\x01"
        + b"\xd4\xc1A12345",
        0x0102: b"\x06secret" + b"8" * 15 + b"v" * 20,
        0x0104: b"\x00\x01\x02" + b"\0\0\0\x01\x04\0\0\0\x3c" + b"\0\0\0\x13\x041.2.",
        0x0107: b"\0\x05"
        + b"m" * 5
        + b"t" * 20
        + b"i" * 7
        + b"\x89" * 10
        + b"\x02hw\x02fw\x07\x09",
        0x0200: position_body(position),
        0x0201: b"\x00\x07" + position_body(position),
        0x0704: batch_body([position] * 5),
        0x0801: b"\0\0\0\x01" * 30,
        0x0900: b"\x41hello",
        0x5501: b"\x01\x02\x03",
        0x8103: b"\x01\0\0\0\x29\x04\0\0\0\x3c",
        0x8106: b"\x02\0\0\0\x01\0\0\0\x29",
        0x8300: b"\x05\x01\xc4\xe3\xba\xc3",
    }
    found: list[bytes] = []
    for version in (0, 1):
        for serial, (msg_id, body) in enumerate(bodies.items()):
            header = Header("013800138000", serial, msg_id, version)
            found.extend(frames(header, body))
            found.extend(frames(header, body * 2, max_body=40))
    return found


def divided() -> list[list[bytes]]:
    """Whole messages of several parts, for sequences in which some part is lost or damaged."""
    found: list[list[bytes]] = []
    for version in (0, 1):
        for msg_id in (0x0704, 0x0104, 0x0900):
            header = Header("013800138000", 65530, msg_id, version)
            body = b"\x00\x01\x08" + b"\x00\x00\xf0\x01\x1e" + b"\x7d" * 30
            body += b"\x00\x00\xf0\x02\x01\x7e" * 7
            if msg_id == 0x0704:
                body = batch_body([_position()] * 9)
            found.append(frames(header, body, max_body=30))
    return found


def load(path: Path) -> list[bytes]:
    """Frames from a file: hex a line, or JSON a line with `wire` or `frame`."""
    found: list[bytes] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("{"):
            row = json.loads(line)
            line = row.get("wire") or row["frame"]
        found.append(line.encode() if line.startswith("(") else bytes.fromhex(line))
    return found


def shuffle(parts: list[bytes], random: Random) -> bytes:
    """The parts of one message in any order, some of them twice, lost or damaged."""
    order = random.sample(parts, len(parts))
    if random.random() < 0.3:
        order.append(random.choice(order))
    if random.random() < 0.3:
        order.pop(random.randrange(len(order)))
    if random.random() < 0.3:
        at = random.randrange(len(order))
        order[at] = mutate([order[at]], random)
    return b"".join(order)


def mutate(seeds: list[bytes], random: Random) -> bytes:
    """One frame, damaged once or a few times."""
    data = bytearray(random.choice(seeds))
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        at = random.randrange(len(data) + 1)
        match random.randrange(9):
            case 0 if data:
                data[at % len(data)] ^= 1 << random.randrange(8)
            case 1 if data:
                data[at % len(data)] = random.choice((0, 1, 2, 0x7D, 0x7E, 0x7F, 0x80, 0xFF))
            case 2:
                del data[at : at + random.randrange(1, 9)]
            case 3:
                data[at:at] = random.randbytes(random.randrange(1, 9))
            case 4:
                data[at:at] = data[at : at + random.randrange(1, 40)]
            case 5:
                del data[at:]
            case 6:
                other = random.choice(seeds)
                data[at:] = other[random.randrange(len(other)) :]
            case 7:
                # The header is where most decisions are made.
                where = 1 + random.randrange(20)
                data[where : where + 1] = random.randbytes(1)
            case _:
                data[at:at] = b"\x7e" * random.randrange(1, 4)
    if random.random() < 0.5 and len(data) > 3:
        content = bytes(data[1:-1]).replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")
        if random.random() < 0.8 and len(content) > 20:
            content = _right_length(content)
        content = content[:-1]
        return DELIMITER + escape(content + bytes((checksum(content),))) + DELIMITER
    return bytes(data)


def _right_length(content: bytes) -> bytes:
    properties = int.from_bytes(content[2:4], "big")
    start = (17 if properties & 0x4000 else 12) + (4 if properties & 0x2000 else 0)
    length = max(0, min(0x3FF, len(content) - start - 1))
    return content[:2] + (properties & 0xFC00 | length).to_bytes(2, "big") + content[4:]


def run(seeds: list[bytes], count: int, *, seed: int) -> Outcome:
    """`count` mutants of `seeds`; the same seed makes the same mutants."""
    random = Random(seed)  # noqa: S311  damage has to be repeatable, not secret
    outcome = Outcome(rss_start_kb=_rss_kb())
    types: Counter[str] = Counter()
    groups = divided()
    began = time.perf_counter()
    lines = decode_lines(_feed(waiting := []))
    stream, assembler = Stream(), Assembler()
    for number in range(count):
        if number % 50 == 0:
            mutant = shuffle(random.choice(groups), random)
        else:
            mutant = mutate(seeds, random)
        started = time.perf_counter()
        try:
            if number % 500 == 0:
                stream, assembler = Stream(), Assembler()
            _drive(mutant, stream, assembler, number, random, outcome, types)
            if number % 4 == 0:
                waiting.append(mutant.hex())
                json.dumps(next(lines))
        except Exception:
            outcome.crashes += 1
            if not outcome.first_crash:
                outcome.first_crash = f"{mutant.hex()}\n{traceback.format_exc()}"
            lines = decode_lines(_feed(waiting := []))
        outcome.longest_ms = max(outcome.longest_ms, (time.perf_counter() - started) * 1000)
        outcome.most_held_bytes = max(
            outcome.most_held_bytes, assembler.held_bytes + stream.pending
        )
        if number == count // 10:
            outcome.rss_start_kb = _rss_kb()
    outcome.mutants = count
    outcome.seconds = time.perf_counter() - began
    outcome.rss_end_kb = _rss_kb()
    outcome.types = dict(types.most_common())
    return outcome


def _feed(waiting: list[str]) -> Iterator[str]:
    while True:
        yield waiting.pop()


def _drive(
    mutant: bytes,
    stream: Stream,
    assembler: Assembler,
    number: int,
    random: Random,
    outcome: Outcome,
    types: Counter[str],
) -> None:
    cut = random.randrange(len(mutant) + 1)
    for each in (*stream.feed(mutant[:cut]), *stream.feed(mutant[cut:])):
        if isinstance(each, FrameError):
            outcome.refused += 1
            continue
        outcome.frames += 1
        try:
            whole = _say(each, assembler, number, types)
        except Malformed:
            outcome.refused += 1
        else:
            outcome.wholes += whole
    assembler.missing(now_s=float(number))


def _say(frame: Frame, assembler: Assembler, number: int, types: Counter[str]) -> int:
    types.update(type(message).__name__ for message in decode(frame))
    whole = assembler.accept(frame, now_s=float(number))
    if whole is None:
        return 0
    # What is stored is the raw frame: it must give the same message again.
    if read(whole.raw).body != whole.body:
        raise AssertionError("the raw frame does not give its body again")
    answer_due(whole, serial=number & 0xFFFF, now=NOW)
    positions_of(whole.header.msg_id, whole.body, whole.header.version)
    types.update(type(message).__name__ for message in decode(whole))
    return int(frame.of > 1)


def _rss_kb() -> int:
    status = Path("/proc/self/status")
    if not status.exists():  # not Linux: growth is then not judged
        return 0
    found = [line for line in status.read_text().splitlines() if line.startswith("VmRSS")]
    return int(found[0].split()[1]) if found else 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=808)
    parser.add_argument("--frames", type=Path, help="hex or JSON lines; our own when left out")
    options = parser.parse_args(arguments)
    seeds = samples() + (load(options.frames) if options.frames else [])
    outcome = run(seeds, options.count, seed=options.seed)
    print(json.dumps(asdict(outcome), indent=1))
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    sys.exit(main())
