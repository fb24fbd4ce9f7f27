"""Readings of names: every common reading for search, one order for lists.

Polyphones keep all their readings, since nobody who types ``zeng`` should have to know that the
register took 曾 for ``ceng``. Surnames are read as surnames (单 shan, 解 xie, 万俟 moqi) in the
order of lists. A character that no dictionary knows (an extension of GB 18030) is found by itself.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin

#: The dot of minority names, as keyboards and other systems write it; it is dropped in tokens.
_DOTS = dict.fromkeys(map(ord, "·•‧∙⋅・･．｡。.᛫﹒●‐"), None)
_READINGS_MAX = 4

_SURNAMES = {
    "单": "shan4", "曾": "zeng1", "仇": "qiu2", "乐": "yue4", "解": "xie4", "查": "zha1",
    "区": "ou1", "任": "ren2", "华": "hua4", "盖": "ge3", "缪": "miao4", "朴": "piao2",
    "翟": "zhai2", "覃": "qin2", "员": "yun4", "尹": "yin3", "召": "shao4", "黑": "he4",
    "长": "zhang3", "重": "chong2", "秘": "bi4", "洗": "xian3", "冼": "xian3", "卜": "bu3",
    "种": "chong2", "逄": "pang2", "郇": "xun2", "宓": "mi4", "晁": "chao2", "曲": "qu1",
    "折": "she2", "纪": "ji3", "过": "guo1", "宁": "ning4", "应": "ying1", "燕": "yan1",
    "佴": "nai4", "繁": "po2", "车": "che1", "阚": "kan4", "那": "na1", "哈": "ha3",
}  # fmt: skip
_DOUBLE_SURNAMES = {
    "尉迟": ("yu4", "chi2"), "万俟": ("mo4", "qi2"), "单于": ("chan2", "yu2"),
    "长孙": ("zhang3", "sun1"), "澹台": ("tan2", "tai2"), "令狐": ("ling2", "hu2"),
    "宇文": ("yu3", "wen2"), "皇甫": ("huang2", "fu3"), "夏侯": ("xia4", "hou2"),
}  # fmt: skip

_SYLLABLES = """
    a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang
    cao ce cen ceng cha chai chan chang chao che chen cheng chi chong chou chu chua chuai chuan
    chuang chui chun chuo ci cong cou cu cuan cui cun cuo da dai dan dang dao de dei den deng di dia
    dian diao die ding diu dong dou du duan dui dun duo e ei en eng er fa fan fang fei fen feng fo
    fou fu ga gai gan gang gao ge gei gen geng gong gou gu gua guai guan guang gui gun guo ha hai
    han hang hao he hei hen heng hong hou hu hua huai huan huang hui hun huo ji jia jian jiang jiao
    jie jin jing jiong jiu ju juan jue jun ka kai kan kang kao ke ken keng kong kou ku kua kuai kuan
    kuang kui kun kuo la lai lan lang lao le lei leng li lia lian liang liao lie lin ling liu lo
    long lou lu luan lun luo lv lve ma mai man mang mao me mei men meng mi mian miao mie min ming
    miu mo mou mu na nai nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu nong nou
    nu nuan nun nuo nv nve o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu
    qi qia qian qiang qiao qie qin qing qiong qiu qu quan que qun ran rang rao re ren reng ri rong
    rou ru ruan rui run ruo sa sai san sang sao se sen seng sha shai shan shang shao she shei shen
    sheng shi shou shu shua shuai shuan shuang shui shun shuo si song sou su suan sui sun suo ta tai
    tan tang tao te teng ti tian tiao tie ting tong tou tu tuan tui tun tuo wa wai wan wang wei wen
    weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi
    yin ying yo yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang
    zhao zhe zhen zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu
    zuan zui zun zuo
    """
SYLLABLES = frozenset(_SYLLABLES.split())
_INITIALS = frozenset("abcdefghjklmnopqrstwxyz") | {"zh", "ch", "sh"}
_PREFIXES = frozenset(s[:end] for s in SYLLABLES for end in range(1, len(s) + 1))
_LONGEST = 6


def plain_name(name: str) -> str:
    """A name without spaces and dots, in one width and small letters, for grams and queries."""
    text = unicodedata.normalize("NFKC", name).translate(_DOTS)
    return "".join(text.split()).lower()


@lru_cache(maxsize=16_384)
def readings(character: str) -> tuple[str, ...]:
    """Common readings without tones; ü is found as v and as u. Letters read as themselves."""
    if character.isascii():
        return (character,) if character.isalnum() else ()
    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    plain = list(found[0] if found else [])[:_READINGS_MAX]
    if character in _SURNAMES:
        plain.insert(0, _SURNAMES[character].rstrip("1234"))
    spelled: list[str] = []
    for reading in plain:
        if reading.isascii() and reading.isalpha():
            spelled += [reading, reading.replace("v", "u")] if "v" in reading else [reading]
    return tuple(dict.fromkeys(spelled))


@lru_cache(maxsize=16_384)
def _toned(character: str) -> str:
    return lazy_pinyin(character, style=Style.TONE3, neutral_tone_with_five=True)[0]


def order_key(name: str) -> str:
    """By what lists are ordered: readings with tones, character by character, then the name.

    Same surnames stand together, as in a Chinese register; characters without a reading come last.
    """
    plain = plain_name(name)
    parts: list[str] = []
    double = _DOUBLE_SURNAMES.get(plain[:2])
    if double:
        parts += double
    elif plain:
        parts.append(_SURNAMES.get(plain[0]) or _spoken(plain[0]))
    parts += [_spoken(character) for character in plain[len(parts) :]]
    key = " ".join(f"{part} {character}" for part, character in zip(parts, plain, strict=True))
    return key[:200]


def _spoken(character: str) -> str:
    if character.isascii():
        return character
    said = _toned(character)
    return said if said.isascii() else "~"


def units_of(letters: str, *, at_most: int = 6) -> list[tuple[str, ...]]:
    """Ways in which typed letters may be pinyin, the likeliest (fewest syllables) first.

    Each unit is a whole syllable or an initial; the last may be the beginning of a syllable.
    ``wangxm`` gives (wang, x, m); ``xian`` gives (xian,) and (xi, an).
    """
    ways: list[tuple[tuple[str, ...], ...]] = [((),)] + [()] * len(letters)
    for end in range(1, len(letters) + 1):
        last = end == len(letters)
        found: list[tuple[str, ...]] = []
        for start in range(max(0, end - _LONGEST), end):
            unit = letters[start:end]
            if unit in SYLLABLES or unit in _INITIALS or (last and unit in _PREFIXES):
                found += [(*before, unit) for before in ways[start]]
        found.sort(key=lambda units: (len(units), [-len(unit) for unit in units]))
        ways[end] = tuple(found[:at_most])
    best = list(ways[len(letters)])
    initials = tuple(letters)
    if 1 < len(letters) <= 6 and initials not in best and all(x in _INITIALS for x in initials):
        best[at_most - 1 :] = [initials]
    return best
