"""`guitu decode`: one line out for one line in, whatever comes in."""

import io
import json
import subprocess
import sys

from guitu.ops.commands.decode import LONGEST_LINE_BYTES, lines_of


def _decode(text: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "guitu.ops.cli", "decode", "--protocol", "jt808", "-"],
        input=text,
        capture_output=True,
        check=False,
    )


def test_each_line_gives_one_json_line_and_a_bad_one_gives_exit_code_1() -> None:
    body = bytes.fromhex("0002000001234567890100" + "01")
    check = 0
    for byte in body:
        check ^= byte
    frame = b"\x7e" + body + bytes([check]) + b"\x7e"
    good = _decode(frame.hex().encode() + b"\n")
    assert good.returncode == 0
    assert json.loads(good.stdout)["messages"][0]["type"] == "heartbeat"
    mixed = _decode(frame.hex().encode() + b"\n\n\xff\xfe\nnot hex\n" + frame.hex().encode())
    answers = [json.loads(line) for line in mixed.stdout.splitlines()]
    assert [answer["ok"] for answer in answers] == [True, False, False, False, True]
    assert mixed.returncode == 1


def test_an_unknown_protocol_is_misuse() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "guitu.ops.cli", "decode", "--protocol", "gt06"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2


def test_an_endless_line_is_cut_and_counts_as_one() -> None:
    source = io.BytesIO(b"7e" * LONGEST_LINE_BYTES + b"\nnext\n")
    lines = list(lines_of(source))
    assert [len(line) for line in lines] == [LONGEST_LINE_BYTES, 4]


def test_a_line_of_exactly_the_longest_length_does_not_swallow_the_next() -> None:
    exact = b"a" * (LONGEST_LINE_BYTES - 1) + b"\n"
    assert len(list(lines_of(io.BytesIO(exact + b"next\n")))) == 2
