"""The few words of law that other rooms share: categories, kinds of sentence, levels, roles.

The national codes are those of the basic data set for community corrections (jzlb, ypxf);
`people` stores the codes, law speaks in these names.
"""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """矫正类别: on what legal ground a person serves in the community (CCL 2)."""

    PUBLIC_SURVEILLANCE = "public_surveillance"  # 管制
    PROBATION = "probation"  # 缓刑
    PAROLE = "parole"  # 假释
    TEMPORARY_SERVICE = "temporary_service"  # 暂予监外执行

    @property
    def code(self) -> str:
        """National code of the data item jzlb."""
        return _CATEGORY_WORDS[self][0]

    @property
    def zh(self) -> str:
        return _CATEGORY_WORDS[self][1]

    @property
    def en(self) -> str:
        return _CATEGORY_WORDS[self][2]

    @classmethod
    def of(cls, word: str) -> Category:
        """Read a category from its name in code, its national code, or its Chinese name.

        Raises ValueError naming the word; 剥夺政治权利 is no category since 2020 (CPL 270).
        """
        for category, (code, zh, _) in _CATEGORY_WORDS.items():
            if word in (category.value, code, zh):
                return category
        raise ValueError(
            f"{word!r} is no category of community corrections: use one of "
            + ", ".join(f"{code} {zh}" for code, zh, _ in _CATEGORY_WORDS.values())
        )


_CATEGORY_WORDS: dict[Category, tuple[str, str, str]] = {
    Category.PUBLIC_SURVEILLANCE: ("01", "管制", "public surveillance"),
    Category.PROBATION: ("02", "缓刑", "probation"),
    Category.PAROLE: ("03", "假释", "parole"),
    Category.TEMPORARY_SERVICE: ("04", "暂予监外执行", "temporary service outside prison"),
}


class SentenceKind(StrEnum):
    """原判刑罚: the principal penalty pronounced (data item ypxf)."""

    DEATH_SUSPENDED = "death_suspended"  # 死缓, code 01
    LIFE = "life"  # 无期徒刑, code 02
    IMPRISONMENT = "imprisonment"  # 有期徒刑, code 03
    DETENTION = "detention"  # 拘役, code 04
    SURVEILLANCE = "surveillance"  # 管制, code 05

    @property
    def code(self) -> str:
        """National code of the data item ypxf."""
        return _SENTENCE_WORDS[self][0]

    @property
    def zh(self) -> str:
        return _SENTENCE_WORDS[self][1]

    @property
    def en(self) -> str:
        return _SENTENCE_WORDS[self][2]


_SENTENCE_WORDS: dict[SentenceKind, tuple[str, str, str]] = {
    SentenceKind.DEATH_SUSPENDED: ("01", "死刑缓期二年执行", "death with two years' reprieve"),
    SentenceKind.LIFE: ("02", "无期徒刑", "life imprisonment"),
    SentenceKind.IMPRISONMENT: ("03", "有期徒刑", "fixed-term imprisonment"),
    SentenceKind.DETENTION: ("04", "拘役", "short-term detention"),
    SentenceKind.SURVEILLANCE: ("05", "管制", "public surveillance"),
}


class Level(StrEnum):
    """管理类别: the supervision level a local policy gives a case (CCL 24)."""

    STRICT = "strict"  # 严管
    ORDINARY = "ordinary"  # 普管
    LENIENT = "lenient"  # 宽管


class Tier(StrEnum):
    """Which tier of government an organ stands on."""

    OFFICE = "office"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"


#: Role of GLOSSARY that CCL 29 asks for: 县级司法行政部门负责人, never the head of the body.
BUREAU_HEAD = "bureau_head"
