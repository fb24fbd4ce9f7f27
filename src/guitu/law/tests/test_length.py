"""Lengths as courts write them."""

import pytest

from guitu.law.length import Length, compare


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1年6个月", Length(1, 6)),
        ("一年六个月", Length(1, 6)),
        ("两年零三个月", Length(2, 3)),
        ("十五日", Length(days=15)),
        ("二十一天", Length(days=21)),
        ("半个月", Length(days=15)),
        ("半年", Length(months=6)),
        ("1年半", Length(1, 6)),
        ("六个半月", Length(months=6, days=15)),
        ("六个月", Length(months=6)),
        (" 2 years 6 months ", Length(2, 6)),
        ("1 year", Length(1)),
        ("61 months", Length(months=61)),
        ("40 days", Length(days=40)),
    ],
)
def test_a_length_is_read_as_it_is_written(text: str, length: Length) -> None:
    assert Length.parse(text) == length


@pytest.mark.parametrize(
    "text", ["", "  ", "半", "六", "0个月", "-3 months", "三岁", "1年年", "月"]
)
def test_what_is_no_length_is_refused_with_the_form_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="length"):
        Length.parse(text)


@pytest.mark.parametrize("length", [Length(1, 6), Length(months=3), Length(2), Length(0, 1, 15)])
def test_a_written_length_is_read_back(length: Length) -> None:
    assert Length.parse(length.zh()) == length
    assert Length.parse(length.en()) == length


@pytest.mark.parametrize(
    ("a", "b", "order"),
    [
        ("12个月", "1年", 0),
        ("61个月", "5年", 1),
        ("2个月", "3个月", -1),
        ("1个月15日", "2个月", -1),
        ("1个月15日", "1个月", 1),
        ("58日", "2个月", -1),
        ("63日", "2个月", 1),
        ("60日", "2个月", None),  # two months have 59 to 62 days
        ("90日", "3个月", None),
        ("40日", "39日", 1),
    ],
)
def test_lengths_compare_or_say_that_the_start_decides(a: str, b: str, order: int | None) -> None:
    assert compare(Length.parse(a), Length.parse(b)) == order
    turned = compare(Length.parse(b), Length.parse(a))
    assert turned == (None if order is None else -order)
