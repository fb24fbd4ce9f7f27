"""Every message that JT/T 808 names, from the editions of 2011, 2013 and 2019.

Source: JT/T 808-2019 appendix B (消息对照表) and chapter 8; the messages that only the older
editions have (0x0301 … 0x0303, 0x8301 … 0x8304) from JT/T 808-2011. JT/T 1078 (video) and
makers' own numbers are not here: they are *unknown* to this codec and kept raw.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Reply(IntEnum):
    """What the receiver owes for a message."""

    NONE = 0  # it is itself an answer
    GENERAL = 1  # 0x8001 from the platform, 0x0001 from the terminal
    OWN = 2  # an answer of its own (0x8100, 0x8004, 0x8800, 0x0104 …)


@dataclass(frozen=True, slots=True)
class Name:
    """One message of the standard. `since` is the edition that brought it."""

    en: str
    zh: str
    reply: Reply
    since: int = 2011


NAMES: dict[int, Name] = {
    # from the terminal
    0x0001: Name("terminal general answer", "终端通用应答", Reply.NONE),
    0x0002: Name("terminal heartbeat", "终端心跳", Reply.GENERAL),
    0x0003: Name("terminal logout", "终端注销", Reply.GENERAL),
    0x0004: Name("query server time", "查询服务器时间请求", Reply.OWN, 2019),
    0x0005: Name("terminal asks for missing parts", "终端补传分包请求", Reply.OWN, 2019),
    0x0100: Name("terminal registration", "终端注册", Reply.OWN),
    0x0102: Name("terminal authentication", "终端鉴权", Reply.GENERAL),
    0x0104: Name("parameters answer", "查询终端参数应答", Reply.NONE),
    0x0107: Name("terminal attributes answer", "查询终端属性应答", Reply.NONE, 2013),
    0x0108: Name("terminal upgrade result", "终端升级结果通知", Reply.GENERAL, 2013),
    0x0200: Name("position report", "位置信息汇报", Reply.GENERAL),
    0x0201: Name("position query answer", "位置信息查询应答", Reply.NONE),
    0x0301: Name("event report", "事件报告", Reply.GENERAL),
    0x0302: Name("question answer", "提问应答", Reply.NONE),
    0x0303: Name("information on demand / cancel", "信息点播/取消", Reply.GENERAL),
    0x0500: Name("vehicle control answer", "车辆控制应答", Reply.NONE),
    0x0608: Name("area or route data answer", "查询区域或线路数据应答", Reply.NONE, 2019),
    0x0700: Name("driving record upload", "行驶记录数据上传", Reply.NONE),
    0x0701: Name("electronic waybill", "电子运单上报", Reply.GENERAL),
    0x0702: Name("driver identity report", "驾驶员身份信息采集上报", Reply.GENERAL),
    0x0704: Name("position batch upload", "定位数据批量上传", Reply.GENERAL, 2013),
    0x0705: Name("CAN bus data upload", "CAN 总线数据上传", Reply.GENERAL, 2013),
    0x0800: Name("multimedia event", "多媒体事件信息上传", Reply.GENERAL),
    0x0801: Name("multimedia data upload", "多媒体数据上传", Reply.OWN),
    0x0802: Name("stored multimedia search answer", "存储多媒体数据检索应答", Reply.NONE),
    0x0805: Name("camera shot answer", "摄像头立即拍摄命令应答", Reply.NONE, 2013),
    0x0900: Name("transparent data up", "数据上行透传", Reply.GENERAL),
    0x0901: Name("compressed data report", "数据压缩上报", Reply.GENERAL),
    0x0A00: Name("terminal RSA public key", "终端 RSA 公钥", Reply.OWN),
    # from the platform
    0x8001: Name("platform general answer", "平台通用应答", Reply.NONE),
    0x8003: Name("platform asks for missing parts", "服务器补传分包请求", Reply.OWN, 2013),
    0x8004: Name("server time answer", "查询服务器时间应答", Reply.NONE, 2019),
    0x8100: Name("terminal registration answer", "终端注册应答", Reply.NONE),
    0x8103: Name("set parameters", "设置终端参数", Reply.GENERAL),
    0x8104: Name("query parameters", "查询终端参数", Reply.OWN),
    0x8105: Name("terminal control", "终端控制", Reply.GENERAL),
    0x8106: Name("query named parameters", "查询指定终端参数", Reply.OWN, 2013),
    0x8107: Name("query terminal attributes", "查询终端属性", Reply.OWN, 2013),
    0x8108: Name("upgrade package", "下发终端升级包", Reply.GENERAL, 2013),
    0x8201: Name("position query", "位置信息查询", Reply.OWN),
    0x8202: Name("temporary tracking control", "临时位置跟踪控制", Reply.GENERAL),
    0x8203: Name("confirm alarms by hand", "人工确认报警消息", Reply.GENERAL, 2013),
    0x8204: Name("link check", "链路检测", Reply.GENERAL, 2019),
    0x8300: Name("text", "文本信息下发", Reply.GENERAL),
    0x8301: Name("set events", "事件设置", Reply.GENERAL),
    0x8302: Name("question", "提问下发", Reply.GENERAL),
    0x8303: Name("set information menu", "信息点播菜单设置", Reply.GENERAL),
    0x8304: Name("information service", "信息服务", Reply.GENERAL),
    0x8400: Name("call back", "电话回拨", Reply.GENERAL),
    0x8401: Name("set telephone book", "设置电话本", Reply.GENERAL),
    0x8500: Name("vehicle control", "车辆控制", Reply.OWN),
    0x8600: Name("set circular areas", "设置圆形区域", Reply.GENERAL),
    0x8601: Name("delete circular areas", "删除圆形区域", Reply.GENERAL),
    0x8602: Name("set rectangular areas", "设置矩形区域", Reply.GENERAL),
    0x8603: Name("delete rectangular areas", "删除矩形区域", Reply.GENERAL),
    0x8604: Name("set polygonal area", "设置多边形区域", Reply.GENERAL),
    0x8605: Name("delete polygonal areas", "删除多边形区域", Reply.GENERAL),
    0x8606: Name("set route", "设置路线", Reply.GENERAL),
    0x8607: Name("delete routes", "删除路线", Reply.GENERAL),
    0x8608: Name("query area or route data", "查询区域或线路数据", Reply.OWN, 2019),
    0x8700: Name("driving record command", "行驶记录数据采集命令", Reply.OWN),
    0x8701: Name("driving record parameters", "行驶记录参数下传命令", Reply.GENERAL),
    0x8702: Name("ask for driver identity", "上报驾驶员身份信息请求", Reply.OWN, 2013),
    0x8800: Name("multimedia upload answer", "多媒体数据上传应答", Reply.NONE),
    0x8801: Name("camera shot", "摄像头立即拍摄命令", Reply.OWN),
    0x8802: Name("stored multimedia search", "存储多媒体数据检索", Reply.OWN),
    0x8803: Name("stored multimedia upload", "存储多媒体数据上传", Reply.GENERAL),
    0x8804: Name("start recording sound", "录音开始命令", Reply.GENERAL),
    0x8805: Name(
        "one stored multimedia item: search and upload",
        "单条存储多媒体数据检索上传命令",
        Reply.GENERAL,
        2013,
    ),
    0x8900: Name("transparent data down", "数据下行透传", Reply.GENERAL),
    0x8A00: Name("platform RSA public key", "平台 RSA 公钥", Reply.OWN),
}

FROM_PLATFORM = 0x8000
"""The bit that marks a message of the platform (JT/T 808-2019 section 8)."""

CARRY_POSITIONS = frozenset({0x0200, 0x0201, 0x0500, 0x0704})
"""Messages out of which `positions_of` reads fixes."""


def is_from_platform(msg_id: int) -> bool:
    """Whether the standard has this number sent by the platform."""
    return bool(msg_id & FROM_PLATFORM)
