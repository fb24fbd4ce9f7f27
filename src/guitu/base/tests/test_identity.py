"""Identity numbers (GB 11643-1999) and telephone numbers: checked with a sentence, masked."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guitu.base import identity


@given(
    st.integers(0, 10**6 - 1), st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999)
)
def test_a_number_with_its_own_check_digit_is_taken_and_any_other_last_digit_is_not(area, born, n):
    first = f"{area:06d}{born:%Y%m%d}{n:03d}"
    good = first + identity.check_digit(first)
    assert identity.normalise_identity_number(good) == good
    assert identity.birth_date_of(good) == born
    for last in set("0123456789X") - {good[-1]}:
        with pytest.raises(identity.IdentityNumberError, match=f"末位应为{good[-1]}"):
            identity.normalise_identity_number(first + last)


def test_small_x_and_spaces_are_mended():
    first = next(
        text for n in range(100) if identity.check_digit(text := f"00000019800101{n:03d}") == "X"
    )
    assert identity.normalise_identity_number(f" {first[:6]} {first[6:]}x ") == f"{first}X"


@pytest.mark.parametrize(
    "text", ["", "1", "00000019800101001", "0000001980010100100", "00000019800101００1X", "a" * 18]
)
def test_another_length_or_other_signs_are_refused_with_the_remedy(text):
    with pytest.raises(identity.IdentityNumberError, match="应为18位"):
        identity.normalise_identity_number(text)


@pytest.mark.parametrize("day", ["19800230", "19801301", "00000101", "20230229"])
def test_a_day_that_is_none_is_refused(day):
    with pytest.raises(identity.IdentityNumberError, match="不是日期"):
        identity.normalise_identity_number(f"000000{day}0010")


def test_masks_leave_only_what_lists_may_show():
    assert identity.mask_identity_number("00000019800101001X") == "000000********001X"
    assert identity.mask_identity_number("123") == "***"
    assert identity.mask_phone("13800000147") == "138****0147"
    assert identity.mask_phone("1234") == "****"


@pytest.mark.parametrize(
    ("text", "digits"),
    [("138 0000 0147", "13800000147"), ("+86 138-0000-0147", "13800000147"),
     ("8613800000147", "13800000147"), ("025-84420000", "02584420000")],
)  # fmt: skip
def test_telephone_numbers_are_brought_to_digits(text, digits):
    assert identity.normalise_phone(text) == digits


@pytest.mark.parametrize("text", ["", "123456", "1234567890123", "abc"])
def test_what_is_no_telephone_number_is_refused(text):
    with pytest.raises(ValueError, match="应为7至12位数字"):
        identity.normalise_phone(text)
