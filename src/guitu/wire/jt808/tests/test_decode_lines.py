"""One line in, exactly one JSON value out; and the whole file of real frames."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from guitu.wire.jt808 import decode_lines, frames
from guitu.wire.jt808.tests import frames as real
from guitu.wire.messages import Header


def test_a_line_gives_its_messages_as_plain_values():
    (line,) = decode_lines([real.BAND_WITH_BATTERY + "\n"])
    assert line["ok"] is True
    (position,) = line["messages"]
    assert position["type"] == "position"
    assert (position["lat"], position["lon"], position["valid"]) == (22.64483, 114.02938, True)
    assert position["time"] == "2020-08-07T10:07:22Z"
    assert position["items"] == {"mileage_km": 0.1, "signal": 28}
    assert json.loads(json.dumps(line)) == line


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("not hex", "not hex"),
        ("7e0", "not hex"),
        ("０１", "not hex"),
        ("(794104004140,1,001,BASE,2,TIME)", "brackets"),
        (real.BRACKETS, "brackets"),
        ("00020000", "begins and ends with 7e"),
        ("7e", "no frame in the line"),
        ("7e7e7e", "no frame in the line"),
        (real.HEARTBEAT[:-2], "no end"),
        (real.HEARTBEAT[:-4] + "cb7e", "checksum 0xcb is wrong"),
        (real.BAND_WITH_BATTERY[:80] + "7e", "checksum"),
        ("7e" * 20_000, "characters"),
        (real.ESCAPED.replace("7d01", "7d05"), "escape is broken"),
    ],
)
def test_a_bad_line_gives_one_error_in_words(line, words):
    (found,) = decode_lines([line])
    assert found.keys() == {"ok", "error"}
    assert found["ok"] is False and words in found["error"]


def test_a_bad_line_does_not_spoil_the_next():
    found = list(decode_lines([real.HEARTBEAT[:-2], real.HEARTBEAT, "x", real.LOGOUT]))
    assert [line["ok"] for line in found] == [False, True, False, True]


def test_parts_are_joined_over_lines():
    lines = [real.PARTS_TWO_SERIALS_APART_1, real.HEARTBEAT, real.PARTS_TWO_SERIALS_APART_2]
    first, between, last = decode_lines(lines)
    assert [(each["type"], each["n"], each["of"]) for each in first["messages"]] == [("part", 1, 2)]
    assert between["messages"][0]["type"] == "heartbeat"
    part, whole = last["messages"]
    assert (part["type"], part["n"], part["of"]) == ("part", 2, 2)
    assert whole["type"] == "parameters_answer" and whole["values"]["0x0001"] == 600


def test_parts_wait_however_many_lines_come_between():
    between = [real.HEARTBEAT] * 1000
    lines = [real.PARTS_TWO_SERIALS_APART_1, *between, real.PARTS_TWO_SERIALS_APART_2]
    *_, last = decode_lines(lines)
    assert [each["type"] for each in last["messages"]] == ["part", "parameters_answer"]


def test_a_part_of_very_many_is_still_a_part():
    header = Header("1", 1, 0x0704)
    first = frames(header, bytes(65535), max_body=1)[0]
    (line,) = decode_lines([first.hex()])
    assert (line["messages"][0]["n"], line["messages"][0]["of"]) == (1, 65535)


def test_a_number_the_standard_does_not_have_is_unknown():
    for text, msg_id in ((real.LOCK_5501, "0x5501"), (real.MAKERS_OWN_6006, "0x6006")):
        (line,) = decode_lines([text])
        assert (line["messages"][0]["type"], line["messages"][0]["id"]) == ("unknown", msg_id)


def test_a_batch_gives_all_its_positions_on_one_line():
    (line,) = decode_lines([real.BATCH])
    assert [each["type"] for each in line["messages"]] == ["position", "position"]


def test_case_spaces_and_a_prefix_do_not_matter():
    spaced = " ".join(real.HEARTBEAT[at : at + 2] for at in range(0, len(real.HEARTBEAT), 2))
    for text in (real.HEARTBEAT.upper(), "0x" + real.HEARTBEAT, spaced):
        (line,) = decode_lines([text])
        assert line["messages"][0]["type"] == "heartbeat"


def test_an_unreadable_time_is_null():
    (raw,) = frames(Header("1", 1, 0x0200), bytes(28))
    (line,) = decode_lines([raw.hex()])
    assert line["messages"][0]["time"] is None
    assert line["messages"][0]["flags"] == ["time_unknown"]


# The whole file of real frames

TYPES = {
    0x0001: "general_answer",
    0x0002: "heartbeat",
    0x0003: "logout",
    0x0100: "registration",
    0x0102: "authentication",
    0x0104: "parameters_answer",
    0x0107: "attributes",
    0x0200: "position",
    0x0201: "position_answer",
    0x0500: "position_answer",
    0x0702: "known",
    0x0701: "known",
    0x0704: "position",
    0x0900: "known",
    0x8001: "general_answer",
    0x8100: "registration_answer",
    0x8103: "parameters_set",
    0x8104: "parameters_query",
    0x8105: "control",
    0x8300: "text",
    0x8800: "known",
}
ESCAPED_TWICE = 58
"""`seq` of the frame that the file's `wire` escapes a second time; its `frame` is what was sent."""

WRONG_CHECKSUM = {108, 109, ESCAPED_TWICE}
"""`seq` of the frames whose check byte does not fit their bytes as the file has them."""


def rows():
    root = Path(__file__).parents[5]
    folder = Path(os.environ.get("GUITU_SHARED") or root.parent / "shared")
    text = (folder / "frames" / "jt808.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.shared
def test_all_real_frames_behave_as_the_file_says():
    found = rows()
    for instance in sorted({row["decoder_instance"] for row in found}):
        connection = [row for row in found if row["decoder_instance"] == instance]
        lines = decode_lines([row.get("wire") or row["frame"] for row in connection])
        for row, line in zip(connection, lines, strict=True):
            json.dumps(line)
            behaves(row, line)


@pytest.mark.shared
def test_the_frame_that_is_escaped_twice_is_read_as_it_was_sent():
    (row,) = [row for row in rows() if row["seq"] == ESCAPED_TWICE]
    (line,) = decode_lines([row["frame"]])
    agrees(row["derived"], line["messages"][0], "as sent")


def behaves(row, line):
    where = f"seq {row['seq']}: {line}"
    if row["seq"] in WRONG_CHECKSUM:
        assert not line["ok"] and "checksum" in line["error"], where
        return
    if row.get("msg_id") is None:
        assert not line["ok"] and "brackets" in line["error"], where
        return
    assert line["ok"], where
    first = line["messages"][0]
    msg_id = int(row["msg_id"], 16)
    assert first["id"] == f"0x{msg_id:04x}", where
    assert (first["version"] > 0) == row["v2019"], where
    if row["subpackaged"]:
        assert first["type"] == "part", where
    else:
        assert first["type"] == TYPES.get(msg_id, "unknown"), where
    if row["expect"] in ("null", "attributes") and msg_id != 0x0200:
        assert not any(each["type"] == "position" for each in line["messages"]), where
    if "derived" in row:
        agrees(row["derived"], first, where)


def agrees(derived, position, where):
    local = datetime.strptime(derived["time_local_bcd"] + "+0800", "%y%m%d%H%M%S%z")
    assert datetime.fromisoformat(position["time"]) == local, where
    assert position["time"].endswith("Z"), where
    for ours, theirs in (
        ("lat", "lat"),
        ("lon", "lon"),
        ("valid", "valid"),
        ("speed_kmh", "speed_kmh"),
        ("course_deg", "course"),
        ("alarm_bits", "alarm"),
        ("status_bits", "status"),
    ):
        assert position[ours] == derived[theirs], f"{ours} {where}"
