"""Resident identity numbers (GB 11643-1999) and telephone numbers: check, normalise, mask."""

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


class IdentityNumberError(ValueError):
    """The number is wrong; the message names it and the remedy."""


def check_digit(first17: str) -> str:
    """The last character of an identity number from its first 17 (ISO 7064 MOD 11-2)."""
    return _CHECK[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def normalise_identity_number(text: str) -> str:
    """Upper-case the number and verify length, birth date and check digit.

    Raises :class:`IdentityNumberError` with a sentence in Chinese.
    """
    number = "".join(text.split()).upper()
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        raise IdentityNumberError(f"身份证号“{text}”应为18位，前17位是数字，请对照证件重填。")
    try:
        birth_date_of(number)
    except ValueError:
        raise IdentityNumberError(
            f"身份证号“{text}”第7至14位“{number[6:14]}”不是日期，请对照证件重填。"
        ) from None
    expected = check_digit(number[:17])
    if number[17] != expected:
        raise IdentityNumberError(
            f"身份证号“{text}”末位应为{expected}，现为{number[17]}，请对照证件逐位核对。"
        )
    return number


def birth_date_of(number: str) -> date:
    """Birth date written in an 18-character identity number."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def mask_identity_number(number: str) -> str:
    """First six and last four stay: 000000********123X."""
    return (
        f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
        if len(number) > 10
        else "*" * len(number)
    )


def normalise_phone(text: str) -> str:
    """Digits only, a leading +86 dropped. Raises ``ValueError`` with a sentence."""
    digits = "".join(c for c in text if c.isdigit() and c.isascii())
    if text.strip().startswith("+86") or (len(digits) == 13 and digits.startswith("86")):
        digits = digits[2:]
    if not 7 <= len(digits) <= 12:
        raise ValueError(f"电话“{text}”应为7至12位数字，固定电话带区号，请重填。")
    return digits


def mask_phone(number: str) -> str:
    """138****0147."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 8 else "*" * len(number)
