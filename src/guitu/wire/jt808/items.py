"""The additional items of a position: those of the standard, and a few of makers.

Source: JT/T 808-2019 section 8.21, tables of the position's additional information (位置附加信息项).
A position keeps every item but 0x31 raw in `Position.extras`; `standard_items` reads those of
the standard out of there, when somebody asks. Makers' items stay raw but for two that were read
the same way in frames of several makers (see `maker_states`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct

from guitu.wire.messages import Flag

MILEAGE = 0x01
FUEL = 0x02
RECORDED_SPEED = 0x03
ALARM_EVENT = 0x04
TYRES = 0x05
CABIN_TEMPERATURE = 0x06
OVERSPEED = 0x11
AREA = 0x12
ROUTE_TIME = 0x13
VEHICLE_SIGNALS = 0x25
IO = 0x2A
ANALOG = 0x2B
SIGNAL = 0x30
SATELLITES = 0x31
MAKER_BATTERY = 0xE4
MAKER_CONTAINER = 0xEB

NAMES: dict[int, tuple[str, str]] = {
    MILEAGE: ("mileage", "里程"),
    FUEL: ("fuel", "油量"),
    RECORDED_SPEED: ("speed of the driving recorder", "行驶记录功能获取的速度"),
    ALARM_EVENT: ("alarm event to be confirmed by hand", "需要人工确认报警事件的 ID"),
    TYRES: ("tyre pressure", "胎压"),
    CABIN_TEMPERATURE: ("cabin temperature", "车厢温度"),
    OVERSPEED: ("overspeed alarm", "超速报警附加信息"),
    AREA: ("area or route alarm", "进出区域/路线报警附加信息"),
    ROUTE_TIME: ("route time alarm", "路段行驶时间不足/过长报警附加信息"),
    VEHICLE_SIGNALS: ("vehicle signals", "扩展车辆信号状态位"),
    IO: ("IO states", "IO 状态位"),
    ANALOG: ("analog inputs", "模拟量"),
    SIGNAL: ("radio signal", "无线通信网络信号强度"),
    SATELLITES: ("satellites", "GNSS 定位卫星数"),
}
"""The standard's items by id: English and Chinese. 0xE1 and up are makers' own."""


@dataclass(frozen=True, slots=True)
class AreaRef:
    """Which area or route stored in the terminal an alarm is about.

    `kind`: 0 no particular place, 1 circle, 2 rectangle, 3 polygon, 4 route (segment).
    `leaving` is None where the item does not say (overspeed).
    """

    kind: int
    area_id: int | None = None
    leaving: bool | None = None


@dataclass(frozen=True, slots=True)
class RouteTime:
    """A segment driven too fast or too slowly: seconds taken, and whether that was too long."""

    segment_id: int
    taken_s: int
    too_long: bool


@dataclass(frozen=True, slots=True)
class StandardItems:
    """What the standard's items say; None: not sent (or not of the standard's length)."""

    mileage_km: float | None = None
    fuel_l: float | None = None
    recorded_speed_kmh: float | None = None
    alarm_event: int | None = None
    tyre_pressures_pa: tuple[int, ...] | None = None
    cabin_temperature_c: int | None = None
    overspeed: AreaRef | None = None
    area: AreaRef | None = None
    route_time: RouteTime | None = None
    vehicle_signal_bits: int | None = None
    io_bits: int | None = None
    analog: tuple[int, int] | None = None
    signal: int | None = None


_ROUTE = Struct(">IHB")


def standard_items(extras: Mapping[int, bytes]) -> StandardItems:
    """The standard's items out of `Position.extras`."""

    def number(item: int, size: int) -> int | None:
        value = extras.get(item)
        return int.from_bytes(value, "big") if value is not None and len(value) == size else None

    mileage = number(MILEAGE, 4)
    fuel = number(FUEL, 2)
    speed = number(RECORDED_SPEED, 2)
    analog = number(ANALOG, 4)
    temperature = extras.get(CABIN_TEMPERATURE)
    tyres = extras.get(TYRES)
    return StandardItems(
        mileage_km=None if mileage is None else mileage / 10,
        fuel_l=None if fuel is None else fuel / 10,
        recorded_speed_kmh=None if speed is None else speed / 10,
        alarm_event=number(ALARM_EVENT, 2),
        tyre_pressures_pa=tuple(tyres) if tyres is not None and len(tyres) == 30 else None,
        cabin_temperature_c=(
            int.from_bytes(temperature, "big", signed=True)
            if temperature is not None and len(temperature) == 2
            else None
        ),
        overspeed=_overspeed(extras.get(OVERSPEED)),
        area=_area(extras.get(AREA)),
        route_time=_route_time(extras.get(ROUTE_TIME)),
        vehicle_signal_bits=number(VEHICLE_SIGNALS, 4),
        io_bits=number(IO, 2),
        analog=None if analog is None else (analog & 0xFFFF, analog >> 16),
        signal=number(SIGNAL, 1),
    )


def _overspeed(value: bytes | None) -> AreaRef | None:
    if value and len(value) in (1, 5):
        return AreaRef(value[0], int.from_bytes(value[1:], "big") if value[0] else None)
    return None


def _area(value: bytes | None) -> AreaRef | None:
    if value and len(value) == 6:
        return AreaRef(value[0], int.from_bytes(value[1:5], "big"), bool(value[5]))
    return None


def _route_time(value: bytes | None) -> RouteTime | None:
    if value and len(value) == 7:
        segment, taken, result = _ROUTE.unpack(value)
        return RouteTime(segment, taken, bool(result))
    return None


def maker_states(extras: Mapping[int, bytes]) -> tuple[int | None, int]:
    """Battery per cent (or None) and flags out of two makers' items.

    Source: the public test frames of Traccar's "huabao" decoder, where several makers' devices
    agree with the readings stated beside them.

    - 0xE4 of two bytes: the second is the battery's percentage.
    - 0xEB as a container of [length of two bytes, id of two bytes, value]: 0x00A8 of one byte is
      the percentage; in 0x0089 (four bytes, bits that are *cleared* alarm) bit 12 is removal; in
      0x00C5 likewise bit 6 is vibration. Other makers put text in 0xEB: unless the entries fill
      the item to the last byte, nothing is read.
    """
    battery: int | None = None
    flags = 0
    value = extras.get(MAKER_BATTERY)
    if value is not None and len(value) == 2 and value[1] <= 100:
        battery = value[1]
    for key, entry in _entries(extras.get(MAKER_CONTAINER, b"")):
        if key == 0x00A8 and len(entry) == 1 and entry[0] <= 100:
            battery = entry[0]
        elif key == 0x0089 and len(entry) == 4 and not entry[2] & 0x10:
            flags |= Flag.TAMPER
        elif key == 0x00C5 and len(entry) == 4 and not entry[3] & 0x40:
            flags |= Flag.VIBRATION
    return battery, int(flags)


def _entries(value: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 4 <= len(value):
        size = int.from_bytes(value[at : at + 2], "big")
        end = at + 2 + size
        if size < 2 or end > len(value):
            return []
        found.append((int.from_bytes(value[at + 2 : at + 4], "big"), value[at + 4 : end]))
        at = end
    return found if at == len(value) else []
