"""Finding persons: by name and part of it, by pinyin, by numbers; and the order of lists."""

import pytest

from guitu.people.pinyin import order_key, units_of
from guitu.people.queries import PersonFilters, find, person_list
from guitu.people.search import Findable, query_tokens, safe_words, tokens_of
from guitu.people.tests.cast import TODAY, register

ZENG = Findable(
    names=("曾小明",),
    numbers=("3201062026-0147", "（2026）苏0106刑初147号"),
    id_number="00000019900101123X",
    phones=("13800000999",),
)
AYGUL = Findable(names=("阿依古丽·买买提",))
RARE = Findable(names=("𠮷㙍",))


def finds(person: Findable, text: str) -> bool:
    tokens = set(tokens_of(person))
    query = query_tokens(text)
    return bool(query) and all(any(wanted <= tokens for wanted in word) for word in query.words)


@pytest.mark.parametrize(
    "text",
    ["曾", "小明", "曾小明", "曾 明", "zeng", "ceng", "zengxiaoming", "cengxm", "zxm", "xm", "xiaom", "ZENG",
     "zeng xiaoming", "0147", "3201062026-0147", "3201062026", "（2026）苏0106刑初147号",
     "2026苏0106刑初147号", "00000019900101123X", "00000019900101123x", "123X", "123x", "0999",
     "13800000999", "138 0000 0999".replace(" ", ""), "+8613800000999"],
)  # fmt: skip
def test_a_person_is_found_by(text):
    assert finds(ZENG, text)


@pytest.mark.parametrize(
    "text", ["明小", "王", "xmz", "zengming", "1234", "13800000998", "0000001990", "abc", "9"]
)
def test_a_person_is_not_found_by(text):
    assert not finds(ZENG, text)


@pytest.mark.parametrize(
    "text", ["阿依古丽•买买提", "阿依古丽买买提", "古丽", "买买提", "ayiguli", "aygl", "mmt"]
)
def test_the_dot_of_a_name_may_be_written_in_any_way(text):
    assert finds(AYGUL, text)


def test_a_rare_character_is_found_by_itself():
    assert finds(RARE, "𠮷") and finds(RARE, "𠮷㙍")


def test_no_token_holds_a_clear_digit_of_a_number():
    tokens = tokens_of(ZENG)
    assert not [
        token for token in tokens if "1990" in token or "0999" in token or "123x" in token.lower()
    ]


def test_typed_letters_are_read_as_syllables_and_initials():
    assert units_of("wangxm")[0] == ("wang", "x", "m")
    assert ("xi", "an") in units_of("xian") and ("xian",) in units_of("xian")
    assert units_of("wxm") == [("w", "x", "m")]


def test_names_stand_in_the_order_of_their_readings():
    names = ["王小明", "单雨", "曾明", "尉迟恭", "赵一", "安然", "王一", "仇和", "解放"]
    assert sorted(names, key=order_key) == [
        "安然", "仇和", "单雨", "王小明", "王一", "解放", "尉迟恭", "曾明", "赵一",
    ]  # fmt: skip


def test_numbers_are_kept_out_of_the_audits_words():
    assert safe_words("王 13800000999 小") == "王 ［号码］ 小"


@pytest.mark.django_db
def test_a_list_finds_within_the_scope_alone(cast):
    register("曾小明", cast.office, cast.officer)
    register("曾小明", cast.other_office, cast.outsider)
    shown = person_list(cast.officer, PersonFilters(search="zengxm"), today=TODAY)
    assert [row.person.office_id for row in shown.rows] == [cast.office.pk]
    assert [hit.name for hit in find(cast.officer, "曾")] == ["曾小明"]


@pytest.mark.django_db
def test_an_office_is_a_word_of_the_search(cast):
    def names(text):
        return [
            row.person.name
            for row in person_list(cast.city_officer, PersonFilters(search=text), today=TODAY).rows
        ]

    assert names("湖南路") == ["顾怀远"]
    assert names("宁海路 欧阳") == ["欧阳静"]
    assert names("湖南路 欧阳") == []


@pytest.mark.django_db
def test_filters_narrow_by_facets(cast):
    def names(**filters):
        shown = person_list(cast.city_officer, PersonFilters(**filters), today=TODAY)
        return sorted(row.person.name for row in shown.rows)

    assert names() == ["欧阳静", "郑启航", "顾怀远"]
    assert names(category="02", level="ordinary", state="active") == ["欧阳静", "郑启航", "顾怀远"]
    assert names(level="strict") == []
    assert names(office=cast.office.pk) == ["顾怀远"]
    assert names(flag="key") == [] and names(flag="monitored") == []
