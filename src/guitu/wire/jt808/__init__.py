"""JT/T 808 (道路运输车辆卫星定位系统 终端通信协议), editions 2011, 2013 and 2019.

    bytes ─Stream.feed→ Frame ─Assembler.accept→ whole Frame ─decode→ messages
    messages ─encode / position_report / general_answer …→ bytes

`positions_of` is the worker's short way from a body to its positions, `read` gets a stored
frame back. docs/protocols/jt808.md says what is handled and what is kept raw.
"""

from guitu.wire.jt808.codec import (
    MAX_BODY,
    VERSION_2013,
    VERSION_2019,
    Frame,
    FrameError,
    Malformed,
    Stream,
    frames,
    read,
    terminal_number,
)
from guitu.wire.jt808.decode_cli import decode_lines
from guitu.wire.jt808.parameters import Parameter
from guitu.wire.jt808.position import position_of, positions_of
from guitu.wire.jt808.reading import decode, positions_in
from guitu.wire.jt808.subpackage import Assembler, Missing, Sent
from guitu.wire.jt808.writing import (
    ALARM_CONFIRMED,
    DONE,
    FAILED,
    UNSUPPORTED,
    WRONG,
    answer_due,
    encode,
    encode_frames,
    general_answer,
    position_answer,
    position_batch,
    position_report,
    register_answer,
    resend_request,
)

__all__ = [
    "ALARM_CONFIRMED",
    "DONE",
    "FAILED",
    "MAX_BODY",
    "UNSUPPORTED",
    "VERSION_2013",
    "VERSION_2019",
    "WRONG",
    "Assembler",
    "Frame",
    "FrameError",
    "Malformed",
    "Missing",
    "Parameter",
    "Sent",
    "Stream",
    "answer_due",
    "decode",
    "decode_lines",
    "encode",
    "encode_frames",
    "frames",
    "general_answer",
    "position_answer",
    "position_batch",
    "position_of",
    "position_report",
    "positions_in",
    "positions_of",
    "read",
    "register_answer",
    "resend_request",
    "terminal_number",
]
