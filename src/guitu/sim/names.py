"""Names, numbers and addresses that belong to nobody, by construction.

- Identity numbers begin with region 000000, which GB/T 2260 never assigns; birth date and check
  digit (GB 11643) are right, so that every check of the system passes.
- Mobile numbers begin with 154, the one block of 15x that was never given to an operator.
- Landlines are 025-0…: no local number begins with 0.
- Personal names join common surnames with given names out of two lists of poetic characters; with
  the numbers above a record can denote no real person.
- Addresses name streets and estates that don't exist.
"""

from __future__ import annotations

import random
from datetime import date

from guitu.base.identity import check_digit

#: Surnames with rough weights; the last few are of two characters.
_SURNAMES = (
    ("王", 71), ("李", 70), ("张", 66), ("刘", 50), ("陈", 45), ("杨", 31), ("赵", 22), ("黄", 22),
    ("周", 21), ("吴", 20), ("徐", 17), ("孙", 15), ("胡", 13), ("朱", 13), ("高", 12), ("林", 12),
    ("何", 11), ("郭", 11), ("马", 11), ("罗", 10), ("梁", 9), ("宋", 8), ("郑", 8), ("谢", 8),
    ("韩", 7), ("唐", 7), ("冯", 6), ("于", 6), ("董", 6), ("萧", 5), ("程", 5), ("曹", 5),
    ("袁", 5), ("邓", 5), ("许", 5), ("傅", 4), ("沈", 4), ("曾", 4), ("彭", 4), ("吕", 4),
    ("苏", 4), ("卢", 4), ("蒋", 4), ("蔡", 4), ("贾", 3), ("丁", 3), ("魏", 3), ("薛", 3),
    ("叶", 3), ("阎", 2), ("余", 3), ("潘", 3), ("杜", 3), ("戴", 3), ("夏", 3), ("钟", 2),
    ("汪", 3), ("田", 2), ("任", 2), ("姜", 2), ("范", 2), ("方", 2), ("石", 2), ("姚", 2),
    ("谭", 2), ("廖", 2), ("邹", 2), ("熊", 2), ("金", 2), ("陆", 2), ("郝", 1), ("孔", 1),
    ("单", 1), ("仇", 1), ("解", 1), ("区", 1), ("欧阳", 1), ("司马", 1), ("诸葛", 1), ("上官", 1),
)  # fmt: skip
_FIRST = "望听知怀守问行归思临致景承秉毓敬咏澄砚泊栖霁岚溯弈慕言若以乐广远立清闻"
_SECOND_M = "川岳舟野松柏原澜屹峰朔辰曦策骏锋溪洲钧嵩垣林桥阳谷潮鹤翰竹城"
_SECOND_F = "荷芷岚溪筠月桐棠蘅汐禾萱薇菱莺芸露妍晴絮湄笙蕊兰竹漪苒葵"
_ONE_M = "川岳屹峰澈朔骁策锋钧铮"
_ONE_F = "荷筠桐棠汐禾芸晴漪葵"
_MINORITY = ("阿依努尔·买买提江", "古丽娜·艾合买提", "巴特尔", "卓玛央金", "艾尼瓦尔·吐尔逊")

_STREETS = [
    "归鸿",
    "听雨",
    "望川",
    "清砚",
    "知秋",
    "白鹭",
    "松风",
    "栖云",
    "临溪",
    "怀远",
    "石桥",
    "柳岸",
    "竹影",
    "晴岚",
    "长汀",
    "云台",
]
_ESTATES = [
    "听松苑",
    "望江里",
    "清溪园",
    "知秋坊",
    "怀安新村",
    "栖云花苑",
    "松风雅居",
    "晴川公寓",
    "归鸿新寓",
    "白鹭家园",
]

_WEIGHTS = [weight for _, weight in _SURNAMES]
_NAMES = [name for name, _ in _SURNAMES]


def personal_name(rng: random.Random, *, woman: bool) -> str:
    """A name of two to four characters; one in a hundred has the form of another people's."""
    if rng.random() < 0.008:
        return rng.choice(_MINORITY)
    surname = rng.choices(_NAMES, _WEIGHTS)[0]
    if rng.random() < 0.16:
        return surname + rng.choice(_ONE_F if woman else _ONE_M)
    while True:
        first, second = rng.choice(_FIRST), rng.choice(_SECOND_F if woman else _SECOND_M)
        if first != second:
            return surname + first + second


def identity_number(index: int, *, born: date, woman: bool) -> str:
    """An identity number of region 000000 with the right check digit, from a serial per birth day.

    ``index`` gives the three digits before the check digit; the last of them is even for women.
    """
    serial = (index % 500) * 2 + (0 if woman else 1)
    first17 = f"000000{born:%Y%m%d}{serial:03d}"
    return first17 + check_digit(first17)


def mobile(index: int) -> str:
    """A mobile number of the never assigned block 154."""
    return f"154{index % 100_000_000:08d}"


def landline(index: int) -> str:
    """A landline of area 025 that can't exist: it begins with 0."""
    return f"0250{index % 10_000_000:07d}"


def address(rng: random.Random, *, district: str, town: str) -> tuple[str, str]:
    """A whole address, and the part of it without a door (what lists show)."""
    suffix = "镇" if rng.random() < 0.2 else "街道"
    area = f"{district}{town}{suffix}"
    street, estate = rng.choice(_STREETS), rng.choice(_ESTATES)
    door = (
        f"{rng.randint(1, 38)}幢{rng.randint(1, 4)}单元{rng.randint(1, 18)}0{rng.randint(1, 4)}室"
    )
    return f"江苏省南京市{area}{street}路{rng.randint(1, 320)}号{estate}{door}", area
